package imaging

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"math"
)

// maxSide is the longest side that a JPEG can have (ITU T.81, B.2.2).
const maxSide = 1<<16 - 1

// An encoder looks for the JPEG of a picture that fits into limit bytes. It
// measures files without keeping them, and writes only the one that is wanted.
type encoder struct {
	ctx   context.Context
	limit int64
}

// best returns the file of the highest quality from least to 100 that fits,
// and nil when there is none.
func (e encoder) best(img image.Image, least int) ([]byte, error) {
	fits, size := least-1, int64(0)
	for low, high := least, 100; low <= high; {
		quality := (low + high) / 2
		n, err := e.encode(io.Discard, img, quality, e.limit)
		switch {
		case errors.Is(err, errStopped):
			high = quality - 1
		case err != nil:
			return nil, err
		default:
			fits, size = quality, n
			low = quality + 1
		}
	}
	if fits < least {
		return nil, nil
	}
	file := bytes.NewBuffer(make([]byte, 0, size))
	_, err := e.encode(file, img, fits, e.limit)
	return file.Bytes(), err
}

// smaller returns a file that fits because it has fewer pixels than img.
func (e encoder) smaller(img image.Image) ([]byte, error) {
	// What a file has before any pixels: no picture is smaller than that.
	overhead, err := e.encode(io.Discard, image.NewRGBA(image.Rect(0, 0, 1, 1)), 1, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	factor, small := 1.0, img
	for small.Bounds().Dx() > 1 || small.Bounds().Dy() > 1 {
		if e.limit <= overhead {
			break
		}
		size, err := e.encode(io.Discard, small, leastQualitySmaller, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		// The rest of a file grows about as its pixels do; a little is taken off,
		// because details lie closer together in a smaller picture.
		factor *= math.Sqrt(float64(e.limit-overhead)/float64(max(size, e.limit)-overhead)) * 0.97
		if small, err = scale(e.ctx, img, factor); err != nil {
			return nil, err
		}
		if file, err := e.best(small, leastQualitySmaller); file != nil || err != nil {
			return file, err
		}
	}
	return nil, ErrNoFit
}

// encode writes a file to w and returns its size, or errStopped when that is
// more than atMost.
func (e encoder) encode(w io.Writer, img image.Image, quality int, atMost int64) (int64, error) {
	m := meter{ctx: e.ctx, w: w, atMost: atMost}
	err := jpeg.Encode(&m, img, &jpeg.Options{Quality: quality})
	return m.size, err
}

var errStopped = errors.New("more than there is room for")

// A meter counts what is written through it, until that is too much or its
// context ends.
type meter struct {
	ctx          context.Context
	w            io.Writer
	size, atMost int64
}

func (m *meter) Write(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	if m.size += int64(len(b)); m.size > m.atMost {
		return 0, errStopped
	}
	return m.w.Write(b)
}
