package sandbox

import (
	"bytes"
	"image"
	_ "image/gif"  // the formats a picture may be sent in
	_ "image/jpeg" //
	"net/http"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" //
)

// decode reads a picture that was sent, of a GIF the first frame. Its size is
// read before anything is allocated for it.
func decode(data []byte) (image.Image, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "image_data is not a picture: send PNG, JPEG, GIF or WebP")
	}
	if config.Width*config.Height > maxPixels {
		return nil, refuse(http.StatusBadRequest, "The picture is too large: at most %d megapixels", int(maxPixels/1e6))
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil || img.Bounds().Empty() {
		return nil, refuse(http.StatusBadRequest, "The picture is damaged")
	}
	return img, nil
}

// cover scales the picture to fill width by height; what sticks out is cut off
// evenly on both sides.
func cover(img image.Image, width, height int) *image.RGBA {
	from := img.Bounds()
	if w := from.Dy() * width / height; w < from.Dx() {
		from = image.Rect(0, 0, max(w, 1), from.Dy()).Add(image.Pt(from.Min.X+(from.Dx()-w)/2, from.Min.Y))
	} else if h := from.Dx() * height / width; h < from.Dy() {
		from = image.Rect(0, 0, from.Dx(), max(h, 1)).Add(image.Pt(from.Min.X, from.Min.Y+(from.Dy()-h)/2))
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(out, out.Rect, img, from, draw.Src, nil)
	return out
}
