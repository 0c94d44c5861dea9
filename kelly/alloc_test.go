package kelly

import (
	"runtime"
	"testing"
)

// A picture's bytes, its base64 and the buffers between are never garbage.
func TestAPictureAllocatesLittle(t *testing.T) {
	client, err := New(testKey, WithBaseURL(pictureServer(t, 6_000_000)))
	if err != nil {
		t.Fatal(err)
	}
	receive := func(n int) {
		for range n {
			p, err := client.Generate(t.Context(), GenerateRequest{Prompt: "a fox"})
			if err != nil {
				t.Fatal(err)
			}
			p.Release()
		}
	}
	receive(2) // connects, and allocates the budget
	const pictures, limit = 20, 128 << 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	receive(pictures)
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / pictures; each > limit {
		t.Errorf("%d bytes allocated a picture, want at most %d", each, limit)
	}
}
