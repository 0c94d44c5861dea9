package sandbox

import (
	"image"
	"net/http"

	"golang.org/x/image/draw"
)

// How far a background pixel's colour may lie from its neighbour's, and from
// the corner's where the background began: sums of squares over red, green and
// blue.
const (
	toNeighbour = 3 * 14 * 14
	toCorner    = 3 * 64 * 64
)

// removeBackground makes transparent what hangs together with a corner and
// looks much like it.
func removeBackground(r *http.Request) (any, error) {
	f, err := readForm(r, maxBody)
	if err != nil {
		return nil, err
	}
	data := f.file()
	if err := f.problems(); err != nil {
		return nil, err
	}
	source, err := decode(data)
	if err != nil {
		return nil, err
	}
	out := image.NewNRGBA(image.Rectangle{Max: source.Bounds().Size()})
	draw.Draw(out, out.Rect, source, source.Bounds().Min, draw.Src)
	erase(out)
	return respond(r.Context(), f, out)
}

// erase floods the picture from its corners. A pixel's alpha becomes 0 when it
// is reached, so that none is looked at twice.
func erase(img *image.NRGBA) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	far := func(a, b [3]uint8) int {
		sum := 0
		for c := range 3 {
			d := int(a[c]) - int(b[c])
			sum += d * d
		}
		return sum
	}
	at := func(i int) [3]uint8 { return [3]uint8(img.Pix[4*i : 4*i+3]) }
	var open []int32
	for _, corner := range []int{0, w - 1, (h - 1) * w, h*w - 1} {
		began := at(corner)
		reach := func(i int, from [3]uint8) {
			if img.Pix[4*i+3] == 0 {
				return
			}
			if c := at(i); far(c, from) <= toNeighbour && far(c, began) <= toCorner {
				img.Pix[4*i+3] = 0
				open = append(open, int32(i))
			}
		}
		reach(corner, began)
		for len(open) > 0 {
			i := int(open[len(open)-1])
			open = open[:len(open)-1]
			c, x := at(i), i%w
			if x > 0 {
				reach(i-1, c)
			}
			if x < w-1 {
				reach(i+1, c)
			}
			if i >= w {
				reach(i-w, c)
			}
			if i < (h-1)*w {
				reach(i+w, c)
			}
		}
	}
}
