package imaging

import "kellybot/kelly"

// Transparent reports whether the file says that one can see through parts of
// the picture: a PNG by its colour type or a tRNS chunk (PNG, 11.2.1 and
// 11.3.1.1), a WebP by the flag of its first chunk (RFC 9649, 2.7 and 3.4). It
// looks at no pixel: all of them may be opaque.
func Transparent(p *kelly.Picture) bool {
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
