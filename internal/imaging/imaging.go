// Package imaging turns a picture that is too big for a platform into a JPEG
// file that fits (Fit), and writes into a file how its picture was made (Mark)
// without touching what shows it.
//
// The file that Fit makes has no metadata: neither what a camera noted about
// the place nor a colour profile, nor what Mark wrote. Where these say how a
// JPEG is turned, it is turned.
package imaging

import (
	"context"
	"errors"
	"fmt"

	"kellybot/kelly"
)

// MaxPixels is the largest picture that is re-encoded: 20 megapixels. They take
// 80 MB, and as much again for a palette or a JPEG that has to be turned; the
// decoder of 16 bits a channel needs 240 MB, and that of a progressive JPEG up
// to 300 MB, or 480 MB in CMYK.
const MaxPixels = 20_000_000

// Why Fit fails, for errors.Is.
var (
	ErrTooLarge   = errors.New("the picture has more than 20 megapixels")
	ErrUnreadable = errors.New("the picture cannot be decoded")
	ErrNoFit      = errors.New("no JPEG file is as small as that")
)

// slot is taken by whoever works on a picture: its pixels are most of what
// memory the process needs, so there is one picture at a time.
var slot = make(chan struct{}, 1)

// Fit returns a JPEG file of the picture of at most limit bytes. It has the
// highest quality that fits at the picture's own size, and where none from 40
// up does, fewer pixels of quality 75 or better. Own size ends at JPEG's
// 65535 pixels a side. Of an animation the first frame is taken; transparent
// parts become white.
//
// One picture is worked on at a time in the process. The end of ctx ends the
// wait, and the work soon after.
//
// The error is ErrTooLarge for a picture of more than MaxPixels, ErrUnreadable
// for one that cannot be decoded (an animated WebP cannot), ErrNoFit when limit
// is too small for any, or ctx's.
//
// p must not be released before Fit returns. The result is in memory of its
// own, and p stays the caller's.
func Fit(ctx context.Context, p *kelly.Picture, limit int64) (*kelly.Picture, error) {
	if int64(p.Width)*int64(p.Height) > MaxPixels {
		return nil, ErrTooLarge
	}
	select {
	case slot <- struct{}{}:
		defer func() { <-slot }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	file, err := fit(ctx, p, limit)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	fitted, err := kelly.NewPicture(file)
	if err != nil {
		return nil, fmt.Errorf("re-encoded: %w", err)
	}
	return fitted, nil
}

// The qualities from which on a picture is good enough, of 100: one that keeps
// its size, and one that has to become smaller, where fewer pixels of good
// quality look better than more of poor quality.
const (
	leastQuality        = 40
	leastQualitySmaller = 75
)

func fit(ctx context.Context, p *kelly.Picture, limit int64) ([]byte, error) {
	img, err := decode(ctx, p)
	if err != nil {
		return nil, err
	}
	if longest := max(img.Bounds().Dx(), img.Bounds().Dy()); longest > maxSide {
		if img, err = scale(ctx, img, maxSide/float64(longest)); err != nil {
			return nil, err
		}
	}
	e := encoder{ctx, limit}
	if file, err := e.best(img, leastQuality); file != nil || err != nil {
		return file, err
	}
	return e.smaller(img)
}
