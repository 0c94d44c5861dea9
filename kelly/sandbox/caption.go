package sandbox

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"unicode"
)

// Sizes in ems.
const (
	lineHeight = 1.3
	hexBox     = 1.15 // the width of the box that stands for a missing glyph
)

// width returns a text's width in ems.
func (f *typeface) width(text string) float64 {
	w := 0.0
	for _, r := range text {
		w += f.runeWidth(r)
	}
	return w
}

// runeWidth returns a character's width in ems: a box where the typeface has
// no glyph, nothing where there is nothing to see.
func (f *typeface) runeWidth(r rune) float64 {
	if w, ok := f.advance(r); ok {
		return w
	}
	if invisible(r) {
		return 0
	}
	return hexBox
}

// invisible holds for what joins, marks or directs other characters.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc, unicode.Variation_Selector)
}

// write draws a line of text whose baseline starts at (x, y), size pixels to
// the em. A character that the typeface lacks becomes a box with its code
// point, which claims nothing and can be looked up.
func (cv *canvas) write(f *typeface, text string, x, y, size float64, c color.RGBA) {
	line := image.Rect(
		int(x)-1, int(y-size*(f.ascent+0.1)),
		int(x+size*f.width(text))+2, int(y+size*(f.descent+0.1))+1)
	var boxes []func()
	cv.path(line, c, func(p pen) {
		for _, r := range text {
			if !f.outline(p, r, x, y, size) && !invisible(r) {
				left := x
				boxes = append(boxes, func() { cv.codeBox(f, r, left, y, size, c) })
			}
			x += size * f.runeWidth(r)
		}
	})
	for _, draw := range boxes {
		draw()
	}
}

// codeBox draws a box with the character's code point in it, or an empty one
// where digits would be too small to read.
func (cv *canvas) codeBox(f *typeface, r rune, x, y, size float64, c color.RGBA) {
	const digits = 0.42 // their size in the box's ems
	thin := max(1, math.Round(size/18))
	x0, x1 := math.Round(x+size*0.07), math.Round(x+size*(hexBox-0.07))
	y0, y1 := math.Round(y-size*0.82), math.Round(y+size*0.14)
	for _, side := range [][4]float64{
		{x0, y0, x1, y0 + thin}, {x0, y1 - thin, x1, y1},
		{x0, y0 + thin, x0 + thin, y1 - thin}, {x1 - thin, y0 + thin, x1, y1 - thin},
	} {
		cv.box(side[0], side[1], side[2], side[3], 0, c, 0.9)
	}
	code := fmt.Sprintf("%04X", r)
	half := (len(code) + 1) / 2
	small := size * digits * 2 / float64(half)
	if small < 6 {
		return
	}
	for i, row := range []string{code[:half], code[half:]} {
		left := (x0+x1)/2 - small*f.width(row)/2
		cv.write(f, row, left, y0+(y1-y0)*(0.47+0.40*float64(i)), small, c)
	}
}

// wrap breaks a text into lines no wider than width ems, at spaces where it
// can, within words and between missing glyphs where it must.
func (f *typeface) wrap(text string, width float64) []string {
	var lines []string
	line, used := "", 0.0
	end := func() {
		if line = strings.TrimRight(line, " "); line != "" {
			lines = append(lines, line)
		}
		line, used = "", 0
	}
	for word := range strings.FieldsSeq(text) {
		need := f.width(word)
		if line != "" && used+need > width {
			end()
		}
		for _, r := range word {
			w := f.runeWidth(r)
			if line != "" && used+w > width {
				end()
			}
			line += string(r)
			used += w
		}
		line += " "
		used += f.runeWidth(' ')
	}
	end()
	return lines
}

// cut shortens lines to at most n, an ellipsis at the end of what remains.
func (f *typeface) cut(lines []string, n int, width float64) []string {
	if len(lines) <= n {
		return lines
	}
	lines = lines[:n]
	last := []rune(lines[n-1])
	for len(last) > 0 && f.width(string(last))+f.runeWidth('…') > width {
		last = last[:len(last)-1]
	}
	lines[n-1] = strings.TrimRight(string(last), " ,.;:") + "…"
	return lines
}

// caption writes the text on a dark panel along the lower edge: as large as it
// fits, smaller when it is long, cut when even that is not enough.
func (cv *canvas) caption(text string) {
	bold := newTypeface()
	margin := max(3, cv.unit*0.035)
	room := cv.h * clamp(0.62-cv.h/1600, 0.36, 0.55) // a small picture is mostly its caption
	smallest := clamp(cv.unit/36, 8.5, 30)
	size := max(smallest, cv.unit/15)
	var lines []string
	var width float64
	for {
		width = (cv.w - 2*margin) / size
		lines = bold.wrap(text, width)
		if size == smallest || float64(len(lines))*size*lineHeight <= room-margin {
			break
		}
		size = max(smallest, size*0.94)
	}
	fits := int((room - margin) / (size * lineHeight))
	lines = bold.cut(lines, max(fits, 1), width)
	if len(lines) == 0 {
		return
	}
	height := float64(len(lines))*size*lineHeight + margin*1.3
	top := math.Floor(cv.h - height)
	cv.box(-cv.unit, top, cv.w+cv.unit, cv.h+1, 0, color.RGBA{12, 13, 20, 255}, 0.66)
	for i, line := range lines {
		baseline := top + margin*0.65 + size*(0.98+lineHeight*float64(i))
		cv.write(bold, line, margin, math.Round(baseline), size, color.RGBA{255, 255, 255, 255})
	}
}

// stamp says in the upper right corner who drew the picture.
func (cv *canvas) stamp() {
	const text = "sandbox"
	bold := newTypeface()
	size := max(8.5, cv.unit/30)
	pad := size * 0.5
	width := bold.width(text)*size + 2*pad
	x0, y0 := cv.w-width-pad*0.8, pad*0.8
	y1 := y0 + size*1.5
	cv.box(x0, y0, cv.w-pad*0.8, y1, size*0.45, color.RGBA{12, 13, 20, 255}, 0.66)
	cv.write(bold, text, x0+pad, math.Round(y0+size*1.07), size, color.RGBA{255, 255, 255, 255})
}
