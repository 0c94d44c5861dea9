package imaging

import (
	"context"
	"image"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// scale returns img, which lies at the origin, with its sides multiplied by
// factor, less than 1, and at least 1 pixel long.
//
// It is drawn as a transformation, in strips, rather than by draw.Scaler: that
// one first scales all rows into 32 bytes a pixel, which is more than the
// picture itself, and cannot be stopped.
func scale(ctx context.Context, img image.Image, factor float64) (image.Image, error) {
	from := img.Bounds()
	to := image.Rect(0, 0, max(int(float64(from.Dx())*factor), 1), max(int(float64(from.Dy())*factor), 1))
	matrix := f64.Aff3{
		float64(to.Dx()) / float64(from.Dx()), 0, 0,
		0, float64(to.Dy()) / float64(from.Dy()), 0,
	}
	out := image.NewRGBA(to)
	const strip = 64
	for y := 0; y < to.Dy(); y += strip {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := out.SubImage(image.Rect(0, y, to.Dx(), min(y+strip, to.Dy()))).(*image.RGBA)
		draw.CatmullRom.Transform(part, matrix, img, from, draw.Src, nil)
	}
	return out, nil
}
