package discord

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/kelly"
)

// noise returns a reply with a picture that compresses badly: 640×480 in
// about 900 KiB of PNG, or 500 KiB of JPEG.
func noise(t *testing.T, format kelly.Format) commands.Reply {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(random.UintN(256)) | byte(i%4/3*255) // opaque
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	if format == kelly.JPEG {
		b.Reset()
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 100})
	}
	if err != nil {
		t.Fatal(err)
	}
	return holding(t, b.Bytes())
}

func holding(t *testing.T, file []byte) commands.Reply {
	t.Helper()
	reply := drawn(t, 0)
	var err error
	if reply.Images[0].Picture, err = kelly.NewPicture(file); err != nil {
		t.Fatal(err)
	}
	reply.Images[0].Name = "a-red-fox." + string(reply.Images[0].Picture.Format)
	return reply
}

// vast is the header of a PNG of 25 megapixels, with much behind it.
func vast(t *testing.T) commands.Reply {
	header := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x13\x88\x00\x00\x13\x88\b\x02\x00\x00\x00\x00\x00\x00\x00")
	return holding(t, append(header, make([]byte, 3<<20)...))
}

// line is a picture one pixel wide that no JPEG of its height makes small.
func line(t *testing.T) commands.Reply {
	t.Helper()
	pixels := image.NewRGBA(image.Rect(0, 0, 1, 20_000))
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(pixels.Pix) // cannot fail
	for n := 3; n < len(pixels.Pix); n += 4 {
		pixels.Pix[n] = 255
	}
	var b bytes.Buffer
	if err := png.Encode(&b, pixels); err != nil {
		t.Fatal(err)
	}
	return holding(t, b.Bytes())
}

func TestThePictureThatPeopleGetIsTheBestThatDiscordTakes(t *testing.T) {
	const (
		large   = "The picture has 3.0 MiB, and Discord takes at most 1.0 MiB here: ask for a smaller one, for example with --size 512x512."
		refused = "The picture has 0.9 MiB, more than Discord takes here: ask for a smaller one, for example with --size 512x512."
	)
	pngNoise, jpegNoise := noise(t, kelly.PNG), noise(t, kelly.JPEG)
	padded := drawn(t, 11<<20)
	unreadable := holding(t, append(vast(t).Images[0].Picture.Bytes()[:16:16],
		append([]byte("\x00\x00\x00\x40\x00\x00\x00\x40\b\x02\x00\x00\x00\x00\x00\x00\x00"), make([]byte, 3<<20)...)...))
	answering := func(status, code int) http.HandlerFunc {
		if code != 0 {
			return refusing(status, code)
		}
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<h1>Too large</h1>", status) }
	}
	for name, c := range map[string]struct {
		limit  int64 // that the interaction tells; 0 when it does not
		reply  commands.Reply
		fault  http.HandlerFunc
		faults int
		file   string // that people see, or "" for none
		most   int64  // bytes of it
		text   string
	}{
		"what fits goes as it is": {limit: 2 << 20, reply: pngNoise, file: "a-red-fox.png", most: size(pngNoise), text: "a red fox"},
		"over the chat's limit it is a JPEG of the same size": {limit: 800 << 10, reply: pngNoise, file: "a-red-fox.jpg", most: 800 << 10,
			text: "a red fox\nSent as a JPEG: the original's 0.9 MiB are more than Discord takes here."},
		"over the usual limit, where none is told": {limit: 0, reply: padded, file: "a-red-fox.jpg", most: 10 << 20,
			text: "a red fox\nSent as a JPEG: the original's 11.0 MiB are more than Discord takes here."},
		"in a chat with a higher limit it stays": {limit: 25 << 20, reply: padded, file: "a-red-fox.png", most: 11 << 20, text: "a red fox"},
		"far over the limit it is a smaller JPEG": {limit: 20 << 10, reply: pngNoise, file: "a-red-fox.jpg", most: 20 << 10,
			text: "a red fox\nSent as a JPEG of "},
		"of a line one pixel wide only the height changes": {limit: 5000, reply: line(t), file: "a-red-fox.jpg", most: 5000,
			text: "a red fox\nSent as a JPEG of 1×"},
		"a JPEG loses quality": {limit: 300 << 10, reply: jpegNoise, file: "a-red-fox.jpg", most: 300 << 10,
			text: "a red fox\nSent as a JPEG of less quality: the original's "},
		"over a limit that only Discord knows": {limit: 25 << 20, reply: pngNoise, fault: answering(413, codeTooLarge), faults: 1, file: "a-red-fox.jpg", most: 460 << 10,
			text: "a red fox\nSent as a JPEG: the original's 0.9 MiB are more than Discord takes here."},
		"over one that Discord tells of a single file": {limit: 25 << 20, reply: pngNoise, fault: answering(400, codeFileTooLarge), faults: 1, file: "a-red-fox.jpg", most: 460 << 10,
			text: "a red fox\nSent as a JPEG: the original's 0.9 MiB are more than Discord takes here."},
		"over one that is told twice": {limit: 25 << 20, reply: pngNoise, fault: answering(413, 0), faults: 2, file: "a-red-fox.jpg", most: 230 << 10,
			text: "a red fox\nSent as a JPEG: the original's 0.9 MiB are more than Discord takes here."},
		"over the usual limit, although more is told": {limit: 25 << 20, reply: padded, fault: answering(413, 0), faults: 1, file: "a-red-fox.jpg", most: 10 << 20,
			text: "a red fox\nSent as a JPEG: the original's 11.0 MiB are more than Discord takes here."},
		"over every limit it is said in words":        {limit: 25 << 20, reply: pngNoise, fault: answering(413, codeTooLarge), faults: encodings, text: refused},
		"what cannot be read is said in words":        {limit: 1 << 20, reply: unreadable, text: large},
		"what is too vast to decode is said in words": {limit: 1 << 20, reply: vast(t), text: large},
		"where no JPEG is small enough it is so, too": {limit: 100, reply: pngNoise, text: "The picture has 0.9 MiB, and Discord takes at most 0.0 MiB here: ask for a smaller one, for example with --size 512x512."},
	} {
		for place, wait := range map[string]time.Duration{"in the placeholder": 0, "in the channel": later} {
			t.Run(name+", "+place, func(t *testing.T) {
				onBench(t, func(t *testing.T, b *bench) {
					b.SetUploadLimit(c.limit)
					address := b.accepted(t)
					time.Sleep(wait)
					if c.fault != nil {
						method, path := http.MethodPatch, "@original"
						if wait > 0 {
							method, path = http.MethodPost, "/messages"
						}
						b.faults(c.faults, method, path, c.fault)
					}
					if _, err := b.adapter.Deliver(t.Context(), address, c.reply); err != nil {
						t.Fatal(err)
					}
					got := b.Messages()
					if len(got) != 1 || !strings.HasPrefix(got[0].Text, c.text) && wait == 0 {
						t.Fatalf("people see %d messages: %+v", len(got), got)
					}
					if c.file == "" {
						if len(got[0].Files) != 0 || wait == 0 && got[0].For != anna.UserID {
							t.Errorf("people see %+v", got[0])
						}
						return
					}
					if len(got[0].Files) != 1 || got[0].For != "" || !strings.HasSuffix(got[0].Text, " · @Annabel") {
						t.Fatalf("people see %+v", got[0])
					}
					file := got[0].Files[0]
					if file.Name != c.file || file.Alt != "a red fox" || int64(len(file.Bytes)) > c.most || file.ContentType != contentType(c.file) {
						t.Errorf("the file is %q, %s, %q, %d bytes of at most %d", file.Name, file.ContentType, file.Alt, len(file.Bytes), c.most)
					}
				})
			})
		}
	}
}

// Who finds an upload too large may close the connection, and what it answers is
// lost then.
func TestAPictureWhoseUploadsAreCutBecomesSmaller(t *testing.T) {
	both := drawn(t, 3<<20)
	both.Images = append(both.Images, both.Images[0])
	for name, c := range map[string]struct {
		reply commands.Reply
		files []string // that people see; none where the reply is left for later
	}{
		"it is a JPEG":          {drawn(t, 3<<20), []string{"a-red-fox.jpg"}},
		"and so is each of two": {both, []string{"a-red-fox.jpg", "a-red-fox.jpg"}},
		"one that nobody can make smaller waits for a better line": {vast(t), nil},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				b.cut = func(r *http.Request) bool {
					if r.ContentLength <= 1<<20 {
						return false
					}
					_, _ = io.CopyN(io.Discard, r.Body, 1<<10)
					return true
				}
				_, err := b.adapter.Deliver(t.Context(), address, c.reply)
				if (err == nil) != (c.files != nil) || errors.Is(err, commands.ErrUndeliverable) {
					t.Fatalf("Deliver ended with %v", err)
				}
				var files []string
				for _, message := range b.Messages() {
					for _, file := range message.Files {
						files = append(files, file.Name)
					}
				}
				if !slices.Equal(files, c.files) {
					t.Errorf("people see %v", files)
				}
			})
		})
	}
}

func TestAReplyThatDiscordRefusesEndsInOneClearMessage(t *testing.T) {
	const (
		forbidden = "The picture is ready, but I may not attach files here: ask again in another channel, or once I have the permission to attach files."
		refused   = "The picture is ready, but Discord refuses to show it here: ask for another one, or in another channel."
		wrong     = "Something went wrong in the bot: please try again, and tell whoever runs it if it happens again."
	)
	words := commands.Reply{Text: commands.T("a red fox")}
	for name, c := range map[string]struct {
		status, code int
		reply        commands.Reply
		faults       int // -1: always
		want         string
	}{
		"a picture that may not be attached":          {403, codeMissingPermissions, drawn(t, 0), 1, forbidden},
		"a picture where the bot has no access":       {403, codeMissingAccess, drawn(t, 0), 1, forbidden},
		"a picture that is too explicit":              {403, 20009, drawn(t, 0), 1, refused},
		"a picture in a form that is not Discord's":   {400, 50035, drawn(t, 0), 1, refused},
		"a picture that automatic moderation blocks":  {400, 200000, drawn(t, 0), 1, refused},
		"words in a form that is not Discord's":       {400, 50035, words, 1, wrong},
		"a picture where words are refused as well":   {400, 50035, drawn(t, 0), -1, ""},
		"a picture where words are forbidden as well": {403, codeMissingPermissions, drawn(t, 0), -1, ""},
		"words that may not be written":               {403, codeMissingPermissions, words, -1, ""},
		"a picture for a channel that is gone":        {404, codeUnknownChannel, drawn(t, 0), -1, ""},
		"words for a channel that is gone":            {404, codeUnknownChannel, words, -1, ""},
	} {
		for place, wait := range map[string]time.Duration{"in the placeholder": 0, "in the channel": later} {
			t.Run(name+", "+place, func(t *testing.T) {
				onBench(t, func(t *testing.T, b *bench) {
					address := b.accepted(t)
					time.Sleep(wait)
					method, path, mention := http.MethodPatch, "@original", ""
					if wait > 0 {
						method, path, mention = http.MethodPost, "/messages", " · @Annabel"
					}
					b.faults(c.faults, method, path, refusing(c.status, c.code))
					before := len(b.Calls())
					_, err := b.adapter.Deliver(t.Context(), address, c.reply)
					if c.want == "" {
						if !errors.Is(err, commands.ErrUndeliverable) {
							t.Errorf("the error is %v", err)
						}
						b.want(t)
						return
					}
					if err != nil || len(b.Calls())-before != 1 {
						t.Errorf("after %v: %v", b.methods(before), err)
					}
					got := b.Messages()
					if len(got) != 1 || got[0].Text != c.want+mention || len(got[0].Files) != 0 {
						t.Errorf("people see %+v", got)
					}
					if !b.warned() {
						t.Error("the operator is not told")
					}
				})
			})
		}
	}
}

func TestAPictureIsMadeSmallerOnceForADelivery(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		l := b.adapter.newLadder("1", noise(t, kelly.PNG), 100<<10)
		first, err := l.fitting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		again, err := l.fitting(t.Context())
		if err != nil || again.Images[0].Picture != first.Images[0].Picture {
			t.Errorf("it is made anew: %v", err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.adapter.newLadder("1", noise(t, kelly.PNG), 100<<10).fitting(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("when there is no more time: %v", err)
		}
	})
}

func contentType(name string) string {
	if strings.HasSuffix(name, ".png") {
		return "image/png"
	}
	return "image/jpeg"
}
