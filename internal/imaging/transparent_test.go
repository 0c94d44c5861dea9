package imaging_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"testing"

	"kellybot/internal/imaging"
	"kellybot/kelly"
)

func TestAFileSaysWhetherOneSeesThrough(t *testing.T) {
	encoded := func(m image.Image) []byte {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	area := image.Rect(0, 0, 8, 8)
	var still bytes.Buffer
	if err := gif.Encode(&still, image.NewGray(area), nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		file []byte
		want bool
	}{
		{"a grey PNG", encoded(image.NewGray(area)), false},
		{"a PNG with an alpha channel", encoded(image.NewNRGBA(area)), true},
		{"a PNG with an alpha channel that is full", read("opaque-rgba.png"), false},
		{"a PNG whose palette has a transparent colour", encoded(image.NewPaletted(area, color.Palette{color.Transparent, color.Black})), true},
		{"a PNG with an opaque palette", encoded(image.NewPaletted(area, color.Palette{color.White, color.Black})), false},
		{"a PNG that is broken off", encoded(image.NewNRGBA(area))[:30], false},
		{"a JPEG", read("progressive.jpg"), false},
		{"a GIF", still.Bytes(), false},
		{"a lossy WebP", read("lossy.webp"), false},
		{"a lossy WebP with alpha", read("alpha.webp"), true},
		{"a lossless WebP", read("lossless.webp"), false},
		{"a lossless WebP with alpha", read("lossless-alpha.webp"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := kelly.NewPicture(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := imaging.Transparent(t.Context(), p); got != c.want {
				t.Errorf("one sees through it: %v", got)
			}
		})
	}
}
