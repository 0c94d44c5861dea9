package sandbox

import (
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// goBold is the font of everything written: Latin, Greek and Cyrillic, legible
// when small.
var goBold = parse(gobold.TTF)

// parse panics on a file that is no font, as the files are compiled in.
func parse(file []byte) *sfnt.Font {
	f, err := sfnt.Parse(file)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return f
}

// A typeface measures and draws the font's characters. It is not safe for
// concurrent use, as the buffer is not; the font is, and shared.
type typeface struct {
	font            *sfnt.Font
	buffer          sfnt.Buffer
	em              fixed.Int26_6 // as pixels, it makes the font answer in its own units
	ascent, descent float64       // in ems, both positive
}

func newTypeface() *typeface {
	f := &typeface{font: goBold, em: fixed.Int26_6(goBold.UnitsPerEm())}
	metrics, _ := f.font.Metrics(&f.buffer, f.em, font.HintingNone) // cannot fail: parse has read them
	f.ascent, f.descent = f.ems(metrics.Ascent), f.ems(metrics.Descent)
	return f
}

func (f *typeface) ems(units fixed.Int26_6) float64 { return float64(units) / float64(f.em) }

// glyph looks a character up; ok is false when the font lacks it.
func (f *typeface) glyph(r rune) (glyph sfnt.GlyphIndex, ok bool) {
	glyph, err := f.font.GlyphIndex(&f.buffer, r)
	return glyph, err == nil && glyph != 0
}

// advance returns how far a character moves the pen, in ems; ok is false when
// the font lacks it.
func (f *typeface) advance(r rune) (ems float64, ok bool) {
	glyph, ok := f.glyph(r)
	if !ok {
		return 0, false
	}
	units, err := f.font.GlyphAdvance(&f.buffer, glyph, f.em, font.HintingNone)
	return f.ems(units), err == nil
}

// outline draws a character with its origin at (x, y), size pixels to the em;
// ok is false when the font lacks it.
func (f *typeface) outline(p pen, r rune, x, y, size float64) (ok bool) {
	glyph, ok := f.glyph(r)
	if !ok {
		return false
	}
	segments, err := f.font.LoadGlyph(&f.buffer, glyph, f.em, nil)
	if err != nil {
		return false
	}
	at := func(q fixed.Point26_6) (float64, float64) { return x + f.ems(q.X)*size, y + f.ems(q.Y)*size }
	for _, s := range segments { // TrueType has no cubic ones, and every contour returns to its start
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.moveTo(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			p.lineTo(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			cx, cy := at(s.Args[0])
			ex, ey := at(s.Args[1])
			p.quadTo(cx, cy, ex, ey)
		}
	}
	return true
}
