package kelly

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/segmentio/asm/base64"
)

var errUploadStopped = errors.New("the upload was stopped")

// An upload is a JSON body with a picture in it, which is encoded while it is
// sent: the whole base64 text never exists.
type upload struct {
	head, tail []byte

	mu    sync.Mutex
	image []byte
}

// newUpload adds image to body, a JSON object that is not empty.
func newUpload(body, image []byte) *upload {
	head := append(body[:len(body)-1:len(body)-1], `,"image_data":"`...)
	return &upload{head: head, image: image, tail: []byte(`"}`)}
}

func (u *upload) attach(req *http.Request) {
	req.ContentLength = int64(len(u.head) + base64.StdEncoding.EncodedLen(len(u.image)) + len(u.tail))
	req.GetBody = func() (io.ReadCloser, error) { return &uploadReader{upload: u, ready: u.head}, nil }
	req.Body, _ = req.GetBody()
}

// stop waits for a read in progress; after it nothing reads the image.
func (u *upload) stop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.image = nil
}

type uploadReader struct {
	*upload
	ready []byte // text to send before the rest of the image
	sent  int    // bytes of the image
	ended bool
	quad  [4]byte
}

func (r *uploadReader) Close() error { return nil }

func (r *uploadReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(r.ready) > 0 {
		n := copy(p, r.ready)
		r.ready = r.ready[n:]
		return n, nil
	}
	if r.ended {
		return 0, io.EOF
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.image == nil {
		return 0, errUploadStopped
	}
	rest := r.image[r.sent:]
	switch {
	case len(rest) == 0:
		r.ended = true
		n := copy(p, r.tail)
		r.ready = r.tail[n:]
		return n, nil
	case len(p) < 4:
		n := min(3, len(rest))
		base64.StdEncoding.Encode(r.quad[:], rest[:n])
		r.sent += n
		n = copy(p, r.quad[:])
		r.ready = r.quad[n:]
		return n, nil
	default:
		n := min(len(p)/4*3, len(rest))
		base64.StdEncoding.Encode(p, rest[:n])
		r.sent += n
		return base64.StdEncoding.EncodedLen(n), nil
	}
}
