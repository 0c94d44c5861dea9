package imaging

import (
	"context"

	"kellybot/kelly"
)

// Transparent reports whether one can see through parts of the picture. Its
// pixels are looked at, one picture at a time as in Fit, only where the file
// says that one may: many files that could be transparent are opaque. When that
// cannot be done, as for more than MaxPixels, the file is believed.
func Transparent(ctx context.Context, p *kelly.Picture) bool {
	if !mayBeTransparent(p) {
		return false
	}
	if int64(p.Width)*int64(p.Height) > MaxPixels {
		return true
	}
	select {
	case slot <- struct{}{}:
		defer func() { <-slot }()
	case <-ctx.Done():
		return true
	}
	img, err := pixels(ctx, p)
	if err != nil {
		return true
	}
	opaque, ok := img.(interface{ Opaque() bool })
	return !ok || !opaque.Opaque()
}

// mayBeTransparent reports whether the file says that one can see through parts
// of the picture: a PNG by its colour type or a tRNS chunk (PNG, 11.2.1 and
// 11.3.1.1), a WebP by the flag of its first chunk (RFC 9649, 2.7 and 3.4).
func mayBeTransparent(p *kelly.Picture) bool {
	switch p.Format {
	case kelly.PNG:
		for c := range pngChunks(p.Bytes()) {
			switch {
			case c.kind == "IHDR" && len(c.data) > 9 && c.data[9]&4 != 0, c.kind == "tRNS":
				return true
			case c.kind == "IDAT":
				return false
			}
		}
	case kelly.WebP:
		for c := range webpChunks(p.Bytes()) {
			return c.kind == "VP8X" && len(c.data) > 0 && c.data[0]&webpAlpha != 0 ||
				c.kind == "VP8L" && len(c.data) > 4 && c.data[4]&webpAlpha != 0
		}
	}
	return false
}
