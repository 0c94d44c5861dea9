package sandbox

import (
	"encoding/binary"

	"golang.org/x/image/font/gofont/gobold"
)

// A typeface reads the outlines out of a TrueType file. It knows what the Go
// fonts use and trusts them, as they are compiled in: x/image's own reader
// would do as well, and bring golang.org/x/text into the program for the sake
// of character sets that no Go font has.
type typeface struct {
	em               float64 // font units to the em
	ascent, descent  float64 // in ems, both positive
	glyf, loca, hmtx []byte  // loca in its short form: offsets halved
	advances         int     // glyphs with an advance of their own; the others share the last one's
	index            map[rune]uint16
}

// bold is Go Bold: Latin, Greek and Cyrillic, legible when small.
var bold = newTypeface(gobold.TTF)

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func i16(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }
func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

func newTypeface(file []byte) *typeface {
	table := make(map[string][]byte)
	for i := range u16(file, 4) {
		entry := file[12+16*i:]
		offset, length := u32(entry, 8), u32(entry, 12)
		table[string(entry[:4])] = file[offset : offset+length]
	}
	em := float64(u16(table["head"], 18))
	return &typeface{
		em:       em,
		ascent:   float64(i16(table["hhea"], 4)) / em,
		descent:  float64(-i16(table["hhea"], 6)) / em,
		advances: u16(table["hhea"], 34),
		glyf:     table["glyf"],
		loca:     table["loca"],
		hmtx:     table["hmtx"],
		index:    characters(table["cmap"]),
	}
}

// characters reads the format 4 subtable for Unicode's basic plane.
func characters(cmap []byte) map[rune]uint16 {
	index := make(map[rune]uint16)
	for i := range u16(cmap, 2) {
		entry := cmap[4+8*i:]
		t := cmap[u32(entry, 4):]
		if u16(entry, 0) != 3 || u16(entry, 2) != 1 || u16(t, 0) != 4 {
			continue
		}
		n := u16(t, 6) // twice the number of segments
		for s := 0; s < n; s += 2 {
			last, first := u16(t, 14+s), u16(t, 16+n+s)
			delta, offset := u16(t, 16+2*n+s), u16(t, 16+3*n+s)
			for c := first; c <= last && c < 0xffff; c++ {
				glyph := c
				if offset != 0 {
					glyph = u16(t, 16+3*n+s+offset+2*(c-first))
				}
				if glyph != 0 {
					index[rune(c)] = uint16(glyph + delta)
				}
			}
		}
	}
	return index
}

// advance returns how far the glyph moves the pen, in ems.
func (f *typeface) advance(glyph uint16) float64 {
	return float64(u16(f.hmtx, 4*min(int(glyph), f.advances-1))) / f.em
}

// outline draws a glyph with its origin at (x, y), size pixels to the em.
func (f *typeface) outline(p pen, glyph uint16, x, y, size float64) {
	start, end := 2*u16(f.loca, 2*int(glyph)), 2*u16(f.loca, 2*int(glyph)+2)
	if start == end {
		return // a space
	}
	g := f.glyf[start:end]
	scale := size / f.em
	contours := i16(g, 0)
	if contours < 0 {
		f.parts(g[10:], func(part uint16, dx, dy int) {
			f.outline(p, part, x+float64(dx)*scale, y-float64(dy)*scale, size)
		})
		return
	}
	points := points(g, contours)
	first := 0
	for i := range contours {
		last := u16(g, 10+2*i)
		contour(p, points[first:last+1], x, y, scale)
		first = last + 1
	}
}

// parts walks a composite glyph. The Go fonts only move the parts: words
// (flag 1), as x and y (flag 2), never scaled.
func (f *typeface) parts(g []byte, each func(glyph uint16, dx, dy int)) {
	for {
		flags, glyph := u16(g, 0), uint16(u16(g, 2))
		if flags&1 != 0 {
			each(glyph, i16(g, 4), i16(g, 6))
			g = g[8:]
		} else {
			each(glyph, int(int8(g[4])), int(int8(g[5])))
			g = g[6:]
		}
		if flags&0x20 == 0 {
			return
		}
	}
}

// A point of an outline, in font units; those off the curve control it.
type point struct {
	x, y float64
	on   bool
}

func (p point) middle(q point) point { return point{(p.x + q.x) / 2, (p.y + q.y) / 2, true} }

// points unpacks the points of a simple glyph.
func points(g []byte, contours int) []point {
	points := make([]point, u16(g, 8+2*contours)+1)
	flags := make([]byte, 0, len(points))
	at := 12 + 2*contours + u16(g, 10+2*contours) // behind the hinting program
	for len(flags) < len(points) {
		flag := g[at]
		at++
		flags = append(flags, flag)
		if flag&8 != 0 {
			for range g[at] {
				flags = append(flags, flag)
			}
			at++
		}
	}
	coordinate := 0
	delta := func(flag, short, same byte) float64 {
		switch {
		case flag&short != 0:
			d := int(g[at])
			at++
			if flag&same == 0 {
				d = -d
			}
			coordinate += d
		case flag&same == 0:
			coordinate += i16(g, at)
			at += 2
		}
		return float64(coordinate)
	}
	for i, flag := range flags {
		points[i].x, points[i].on = delta(flag, 2, 16), flag&1 != 0
	}
	coordinate = 0
	for i, flag := range flags {
		points[i].y = delta(flag, 4, 32)
	}
	return points
}

// contour draws one closed line; between two points off the curve lies one
// on it.
func contour(p pen, points []point, x, y, scale float64) {
	if len(points) < 2 {
		return
	}
	at := func(i int) point { return points[i%len(points)] }
	start := at(0)
	if !start.on {
		start = start.middle(at(len(points) - 1))
	}
	px := func(q point) (float64, float64) { return x + q.x*scale, y - q.y*scale }
	p.moveTo(px(start))
	for i := range points {
		if q := at(i); q.on {
			p.lineTo(px(q))
			continue
		}
		end := at(i + 1)
		switch {
		case i == len(points)-1:
			end = start
		case !end.on:
			end = at(i).middle(end)
		}
		cx, cy := px(at(i))
		ex, ey := px(end)
		p.quadTo(cx, cy, ex, ey)
	}
	p.ClosePath()
}
