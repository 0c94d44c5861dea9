package sandbox

import (
	"image"
	"net/http"

	"golang.org/x/image/draw"
)

// maxUpscale is how many pixels a picture to upscale may have: the answer has
// four times as many.
const maxUpscale = 2048 * 2048

// upscale doubles a picture's sides by interpolation, which adds no detail.
func upscale(r *http.Request) (any, error) {
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
	from := source.Bounds()
	if from.Dx()*from.Dy() > maxUpscale {
		return nil, refuse(http.StatusBadRequest, "The picture is too large to upscale: at most %d pixels", maxUpscale)
	}
	out := image.NewRGBA(image.Rect(0, 0, 2*from.Dx(), 2*from.Dy()))
	// In strips, as the scaler's working memory is 64 bytes for every pixel of
	// the source; each sees two rows beyond its own, as far as the kernel reaches.
	const strip, reach = 64, 2
	for y := 0; y < from.Dy(); y += strip {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		seen := image.Rect(from.Min.X, from.Min.Y+y-reach, from.Max.X, from.Min.Y+y+strip+reach).Intersect(from)
		part := out.SubImage(image.Rect(0, 2*y, out.Rect.Dx(), 2*(y+strip))).(*image.RGBA)
		target := seen.Sub(from.Min)
		target.Min, target.Max = target.Min.Mul(2), target.Max.Mul(2)
		draw.CatmullRom.Scale(part, target, source, seen, draw.Src, nil)
	}
	return respond(r.Context(), f, out)
}
