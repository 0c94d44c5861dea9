package kelly

import "sync/atomic"

// A Format is a picture's file format, told by its bytes.
type Format string

// The formats that a Picture can have; the value is the usual file extension.
const (
	PNG  Format = "png"
	JPEG Format = "jpg"
	WebP Format = "webp"
	GIF  Format = "gif"
)

// ContentType returns the format's media type, such as image/png.
func (f Format) ContentType() string {
	if f == JPEG {
		return "image/jpeg"
	}
	return "image/" + string(f)
}

// MaxPixels is the largest picture that is passed on: 100 megapixels.
const MaxPixels = 100_000_000

// A Picture is a file in one of the known formats. Only its header has been
// read: the dimensions are what the file says, and its end may be missing.
//
// A Picture that a Client returned holds a part of the client's memory budget
// until it is released.
type Picture struct {
	Format        Format
	Width, Height int // pixels

	data  []byte
	lease atomic.Pointer[lease]
}

// NewPicture checks that b is a picture as the Client checks what it receives,
// and fails with ErrInvalidContent or ErrTooLarge. The Picture keeps b, which
// must not change any more; releasing it does nothing.
func NewPicture(b []byte) (*Picture, error) {
	p, e := newPicture(b)
	if e != nil {
		return nil, e
	}
	return p, nil
}

func newPicture(b []byte) (*Picture, *Error) {
	format, width, height := header(b)
	switch {
	case format == "":
		return nil, invalid("not a PNG, JPEG, WebP or GIF picture")
	case width <= 0 || height <= 0:
		return nil, invalid("a picture without readable dimensions")
	case int64(width)*int64(height) > MaxPixels:
		return nil, &Error{Kind: ErrTooLarge, cause: "more than 100 megapixels"}
	}
	return &Picture{Format: format, Width: width, Height: height, data: b}, nil
}

// Bytes returns the file. It must not be changed, and is valid until Release.
func (p *Picture) Bytes() []byte { return p.data }

// Release gives the picture's memory back to its Client; Bytes is nil from
// then on. It may be called again, and on nil.
func (p *Picture) Release() {
	if p == nil {
		return
	}
	if l := p.lease.Swap(nil); l != nil {
		p.data = nil
		l.release()
	}
}
