package telegram

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/kelly"
)

func TestAPictureIsSentInTheBestWayThatTelegramTakes(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name          string
		gif           bool
		width, height int
		bytes         int
		want          way
	}{
		{"an ordinary picture is a photo", false, 1024, 1024, 2 * mb, way{asPhoto, 10 * mb}},
		{"a GIF is a file", true, 8, 8, 2 * mb, way{asDocument, 50e6}},
		{"10 MB are a photo", false, 1024, 1024, 10 * mb, way{asPhoto, 10 * mb}},
		{"a byte more is a file", false, 1024, 1024, 10*mb + 1, way{asDocument, 50e6}},
		{"sides of 10000 together are a photo", false, 5000, 5000, 100, way{asPhoto, 10 * mb}},
		{"sides of 10001 are a file", false, 5001, 5000, 100, way{asDocument, 50e6}},
		{"twenty times as wide as high is a photo", false, 2000, 100, 100, way{asPhoto, 10 * mb}},
		{"still wider is a file", false, 2001, 100, 100, way{asDocument, 50e6}},
		{"still higher is a file", false, 100, 2001, 100, way{asDocument, 50e6}},
		{"50 MB are a file", false, 1024, 1024, 50e6, way{asDocument, 50e6}},
		{"a byte more is a JPEG file", false, 1024, 1024, 50e6 + 1, way{asDocument, 50e6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLadder(t.Context(), &commands.Image{Picture: sized(t, c.gif, c.width, c.height, c.bytes)})
			if got := l.best(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if whole := l.fitting(l.best()) != nil; whole != (int64(c.bytes) <= c.want.most) {
				t.Errorf("sent whole: %v", whole)
			}
		})
	}
}

// sized is a picture by its dimensions and its length; most have no pixels.
func sized(t *testing.T, isGIF bool, width, height, length int) *kelly.Picture {
	t.Helper()
	var b bytes.Buffer
	if isGIF {
		if err := gif.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
			t.Fatal(err)
		}
	} else if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	file := make([]byte, max(length, b.Len()))
	copy(file, b.Bytes())
	if !isGIF {
		binary.BigEndian.PutUint32(file[16:], uint32(width))
		binary.BigEndian.PutUint32(file[20:], uint32(height))
	}
	p, err := kelly.NewPicture(file[:length])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestASmallerPictureIsMadeOnceForAllAttempts(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	p, err := kelly.NewPicture(append(b.Bytes(), make([]byte, maxDocumentBytes)...))
	if err != nil {
		t.Fatal(err)
	}
	a := (&script{}).adapter(t, pending, slog.DiscardHandler)
	m := &message{ladder: newLadder(t.Context(), &commands.Image{Name: "a-fox.png", Picture: p})}
	m.way = m.ladder.best()
	if err := a.fit(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	made := m.ladder.smaller
	for _, refused := range []*apiError{{Code: 400, Description: "Bad Request: can't parse entities"}, {Code: 400, Description: "Bad Request: CHAT_SEND_DOCS_FORBIDDEN"}} {
		if !m.adapt(refused) {
			t.Fatalf("there is no way after %v", refused)
		}
		if err := a.fit(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if m.ladder.smaller != made || m.ladder.fitting(m.way) != made || made.Name != "a-fox.jpg" {
			t.Errorf("after %v another one was made", refused)
		}
	}
	if m.form != asPhoto {
		t.Errorf("it is sent as %+v", m.way)
	}
}

// A slowLine is a Bot API behind a line of so many bytes a second, which all
// uploads share.
type slowLine struct {
	rate     int
	free     chan struct{} // holds one value while nobody sends
	uploads  atomic.Int64
	complete atomic.Int64
}

func newSlowLine(rate int) *slowLine {
	l := &slowLine{rate: rate, free: make(chan struct{}, 1)}
	l.free <- struct{}{}
	return l
}

func (l *slowLine) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	l.uploads.Add(1)
	piece := make([]byte, 16<<10)
	for {
		n, err := io.ReadFull(req.Body, piece)
		select {
		case <-l.free:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
		time.Sleep(time.Duration(n) * time.Second / time.Duration(l.rate))
		l.free <- struct{}{}
		if err != nil {
			break
		}
	}
	l.complete.Add(1)
	body := io.NopCloser(strings.NewReader(`{"ok":true,"result":{"message_id":1}}`))
	return &http.Response{StatusCode: http.StatusOK, Body: body, Request: req}, nil
}

func TestEightUploadsAtOncePassASlowLine(t *testing.T) {
	const atOnce = bots.MaxUploads
	reply := commands.Reply{Images: []commands.Image{{Name: "a-fox.png", Picture: sized(t, false, 64, 64, 3_000_000)}}}
	for name, c := range map[string]struct{ rate, complete int }{
		"1 Mbit/s does":         {1e6 / 8, atOnce},
		"a tenth of it is none": {1e5 / 8, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				line := newSlowLine(c.rate)
				a := (&script{}).adapter(t, pending, slog.DiscardHandler)
				a.transport, a.uploads = line, make(chan struct{}, atOnce)
				began := time.Now()
				var delivering sync.WaitGroup
				for range atOnce {
					delivering.Go(func() {
						if _, err := a.Deliver(t.Context(), address{Chat: 5}.stored(), reply); (err == nil) != (c.complete > 0) {
							t.Errorf("after %v Deliver ended with %v", time.Since(began), err)
						}
					})
				}
				delivering.Wait()
				if n := int(line.complete.Load()); n != c.complete || n > 0 && int(line.uploads.Load()) != n {
					t.Errorf("%d of %d uploads were complete", n, line.uploads.Load())
				}
				if took, most := time.Since(began), sendAttempts*bots.UploadTime(3_000_000)+time.Minute; took > most {
					t.Errorf("it took %v, more than %v", took, most)
				}
			})
		})
	}
}
