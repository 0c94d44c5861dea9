// Package kelly is a client of the Kelly image API: it turns prompts into
// pictures, edits, upscales and describes pictures, and lists the models.
//
//	client, err := kelly.New(os.Getenv("KELLY_API_KEY"))
//	if err != nil {
//		return err
//	}
//	picture, err := client.Generate(ctx, kelly.GenerateRequest{Prompt: "a red fox in snow"})
//	if err != nil {
//		return err
//	}
//	defer picture.Release()
//	return os.WriteFile("fox."+string(picture.Format), picture.Bytes(), 0o644)
//
// Every call blocks until its answer is there, obeys its context, and may run
// beside any number of others.
//
// # Errors
//
// A call fails with the context's own error when the context ended, and
// otherwise with an [*Error] whose kind errors.Is tells: [ErrBadKey],
// [ErrRefused], [ErrTooManyRequests], [ErrAway], [ErrTimeout],
// [ErrInvalidContent] or [ErrTooLarge]. Connection failures and the answers
// 429, 502, 503 and 504 are tried again, three attempts in all; nothing else
// is. No error holds the API key, or more than 300 bytes of an answer.
//
// # Memory
//
// All pictures of a Client lie in one piece of memory, its budget
// ([DefaultBudget], [WithBudget]). An answer that does not fit beside the
// pictures that are still held waits, first come, first served, until enough
// of them have been released; the wait counts against no time-out, and ends
// with the context. So:
//
//   - Call [Picture.Release] as soon as the bytes have been used, and never
//     use them after it.
//   - Never hold a Picture while asking the same Client for another one: where
//     everybody waits for the others to release, only their contexts help.
package kelly
