package sandbox

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// A canvas is an opaque picture to draw on. Coordinates are pixels.
type canvas struct {
	*image.RGBA
	w, h float64
	unit float64 // the shorter side, the measure of sizes
}

func newCanvas(width, height int) *canvas {
	return &canvas{
		RGBA: image.NewRGBA(image.Rect(0, 0, width, height)),
		w:    float64(width),
		h:    float64(height),
		unit: float64(min(width, height)),
	}
}

// blend lays c over the pixel at offset i, cover being 0 to 1.
func (cv *canvas) blend(i int, c color.RGBA, cover float64) {
	a := uint32(clamp(cover, 0, 1)*256 + 0.5)
	p := cv.Pix[i : i+4 : i+4]
	p[0] = uint8((uint32(p[0])*(256-a) + uint32(c.R)*a) >> 8)
	p[1] = uint8((uint32(p[1])*(256-a) + uint32(c.G)*a) >> 8)
	p[2] = uint8((uint32(p[2])*(256-a) + uint32(c.B)*a) >> 8)
	p[3] = 255
}

// gradient fills everything, top tone to bottom tone.
func (cv *canvas) gradient(top, bottom tone) {
	for y := range cv.Rect.Dy() {
		c := top.mix(bottom, float64(y)/cv.h).rgba()
		row := cv.Pix[y*cv.Stride : (y+1)*cv.Stride]
		row[0], row[1], row[2], row[3] = c.R, c.G, c.B, c.A
		for done := 4; done < len(row); done *= 2 {
			copy(row[done:], row[:done])
		}
	}
}

// ridge fills everything below the line that height draws: it is given a
// column's centre and answers the line's y there. The fill runs from the top
// tone at the line's highest point to the bottom tone at the canvas's edge.
func (cv *canvas) ridge(height func(x float64) float64, top, bottom tone) {
	line := make([]float64, cv.Rect.Dx())
	highest := cv.h
	for x := range line {
		line[x] = height(float64(x) + 0.5)
		highest = min(highest, line[x])
	}
	highest = max(highest, 0)
	for y := int(highest); y < cv.Rect.Dy(); y++ {
		c := top.mix(bottom, (float64(y)-highest)/(cv.h-highest)).rgba()
		i := y * cv.Stride
		for _, edge := range line {
			if cover := float64(y+1) - edge; cover >= 1 {
				p := cv.Pix[i : i+4 : i+4]
				p[0], p[1], p[2], p[3] = c.R, c.G, c.B, 255
			} else if cover > 0 {
				cv.blend(i, c, cover)
			}
			i += 4
		}
	}
}

// shade lays a colour over the box around (cx, cy) of half size r, as much of
// it as cover says for a pixel's offset from the centre.
func (cv *canvas) shade(cx, cy, rx, ry float64, c color.RGBA, cover func(dx, dy float64) float64) {
	box := image.Rect(int(cx-rx)-1, int(cy-ry)-1, int(cx+rx)+2, int(cy+ry)+2).Intersect(cv.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		i := cv.PixOffset(box.Min.X, y)
		dy := float64(y) + 0.5 - cy
		for x := box.Min.X; x < box.Max.X; x++ {
			if a := cover(float64(x)+0.5-cx, dy); a > 0 {
				cv.blend(i, c, a)
			}
			i += 4
		}
	}
}

// disc draws a filled circle with a soft edge of one pixel.
func (cv *canvas) disc(cx, cy, r float64, c color.RGBA, alpha float64) {
	cv.shade(cx, cy, r, r, c, func(dx, dy float64) float64 {
		return alpha * clamp(r+0.5-math.Hypot(dx, dy), 0, 1)
	})
}

// glow draws light that fades with the distance, to nothing at r.
func (cv *canvas) glow(cx, cy, r float64, c color.RGBA, alpha float64) {
	cv.shade(cx, cy, r, r, c, func(dx, dy float64) float64 {
		fade := 1 - (dx*dx+dy*dy)/(r*r)
		if fade <= 0 {
			return 0
		}
		return alpha * fade * fade * fade
	})
}

// ring draws a circle's line of the given width.
func (cv *canvas) ring(cx, cy, r, width float64, c color.RGBA, alpha float64) {
	outer := r + width/2
	cv.shade(cx, cy, outer, outer, c, func(dx, dy float64) float64 {
		return alpha * clamp(width/2+0.5-math.Abs(math.Hypot(dx, dy)-r), 0, 1)
	})
}

// box fills a rectangle with soft edges and round corners.
func (cv *canvas) box(x0, y0, x1, y1, round float64, c color.RGBA, alpha float64) {
	hw, hh := (x1-x0)/2, (y1-y0)/2
	cv.shade(x0+hw, y0+hh, hw, hh, c, func(dx, dy float64) float64 {
		qx, qy := math.Abs(dx)-hw+round, math.Abs(dy)-hh+round
		outside := math.Hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - round
		return alpha * clamp(0.5-outside, 0, 1)
	})
}

// polygon fills the shape whose corners are given as x, y, x, y, ….
func (cv *canvas) polygon(c color.Color, corners ...float64) {
	var box image.Rectangle
	for i := 0; i < len(corners); i += 2 {
		x, y := int(math.Floor(corners[i])), int(math.Floor(corners[i+1]))
		box = box.Union(image.Rect(x, y, x+2, y+2))
	}
	cv.path(box, c, func(p pen) {
		p.moveTo(corners[0], corners[1])
		for i := 2; i < len(corners); i += 2 {
			p.lineTo(corners[i], corners[i+1])
		}
		p.ClosePath()
	})
}

// path fills what draw outlines within the box.
func (cv *canvas) path(box image.Rectangle, c color.Color, draw func(pen)) {
	box = box.Intersect(cv.Rect)
	if box.Empty() {
		return
	}
	p := pen{vector.NewRasterizer(box.Dx(), box.Dy()), float64(box.Min.X), float64(box.Min.Y)}
	draw(p)
	p.Draw(cv.RGBA, box, image.NewUniform(c), image.Point{})
}

// A pen outlines shapes in the canvas's coordinates on a rasterizer that
// covers only the part from (x0, y0).
type pen struct {
	*vector.Rasterizer
	x0, y0 float64
}

func (p pen) moveTo(x, y float64) { p.MoveTo(float32(x-p.x0), float32(y-p.y0)) }
func (p pen) lineTo(x, y float64) { p.LineTo(float32(x-p.x0), float32(y-p.y0)) }
func (p pen) quadTo(cx, cy, x, y float64) {
	p.QuadTo(float32(cx-p.x0), float32(cy-p.y0), float32(x-p.x0), float32(y-p.y0))
}
