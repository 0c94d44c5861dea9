package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"kellybot/kelly"
)

type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[kelly.Format]codec{
	kelly.PNG:  {png.DecodeConfig, png.Decode},
	kelly.JPEG: {jpeg.DecodeConfig, jpeg.Decode},
	kelly.GIF:  {gif.DecodeConfig, gif.Decode}, // the first frame
	kelly.WebP: {webp.DecodeConfig, webp.Decode},
}

// decode returns the picture as it is to be seen: upright and without
// transparency.
func decode(ctx context.Context, p *kelly.Picture) (img image.Image, err error) {
	defer survive(&img, &err)
	if img, err = pixels(ctx, p); err != nil {
		return nil, err
	}
	if p.Format == kelly.WebP {
		fullRange(img)
	}
	img = flatten(img, image.Rect(0, 0, p.Width, p.Height))
	if p.Format == kelly.JPEG {
		img = turn(img, orientation(p.Bytes()))
	}
	return img, nil
}

// survive makes a panic one more way in which a file cannot be read.
func survive(img *image.Image, err *error) {
	if r := recover(); r != nil {
		*img, *err = nil, fmt.Errorf("%w: the decoder panicked: %v", ErrUnreadable, r)
	}
}

// pixels returns the picture as it is in its file. The file is what a stranger
// wrote, so its pixels are decoded only when the decoder finds no more of them
// in the header than p has.
func pixels(ctx context.Context, p *kelly.Picture) (img image.Image, err error) {
	defer survive(&img, &err)
	codec, ok := codecs[p.Format]
	if !ok {
		return nil, fmt.Errorf("%w: unknown format %q", ErrUnreadable, p.Format)
	}
	config, err := codec.config(bytes.NewReader(p.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if config.Width != p.Width || config.Height != p.Height {
		return nil, fmt.Errorf("%w: the header says %dx%d and %dx%d", ErrUnreadable, p.Width, p.Height, config.Width, config.Height)
	}
	img, err = codec.decode(reader{ctx, bytes.NewReader(p.Bytes())})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return img, nil
}

// A reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// flatten puts the picture on white where anything shows through, or where it
// does not cover all of the canvas, as a GIF's frame need not. Its result is of
// a type that the JPEG encoder is fast with; img must not be used any more.
func flatten(img image.Image, canvas image.Rectangle) image.Image {
	if img.Bounds() == canvas {
		switch img := img.(type) {
		case *image.Gray, *image.YCbCr, *image.RGBA: // RGBA is what decoders return for the opaque
			return img
		case *image.NRGBA: // in its own memory, as it may be 80 MB
			for i := 0; i < len(img.Pix); i += 4 {
				pixel := img.Pix[i : i+4 : i+4]
				alpha := int(pixel[3])
				for c, value := range pixel[:3] {
					pixel[c] = byte((int(value)*alpha + 255*(255-alpha) + 127) / 255)
				}
				pixel[3] = 255
			}
			return &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}
		}
	}
	out := image.NewRGBA(canvas)
	draw.Draw(out, canvas, image.White, image.Point{}, draw.Src)
	draw.Draw(out, img.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// fullRange stretches the values of a lossy WebP, which lie between 16 and 235
// or 240 (RFC 6386, 9.2 and ITU-R BT.601), to JPEG's 0 to 255, which is how the
// image package reads them. The decoder leaves that to its caller.
func fullRange(img image.Image) {
	var planes *image.YCbCr
	switch img := img.(type) {
	case *image.YCbCr:
		planes = img
	case *image.NYCbCrA:
		planes = &img.YCbCr
	default:
		return
	}
	var luma, chroma [256]byte
	for i := range 256 {
		luma[i] = stretch(i, 16, 219, 0)
		chroma[i] = stretch(i, 128, 224, 128)
	}
	for i, value := range planes.Y {
		planes.Y[i] = luma[value]
	}
	for i := range planes.Cb {
		planes.Cb[i], planes.Cr[i] = chroma[planes.Cb[i]], chroma[planes.Cr[i]]
	}
}

// stretch moves a value's distance from one zero to another, where a range of
// so many steps becomes one of 255.
func stretch(value, from, steps, to int) byte {
	return byte(min(max((2*(value-from)*255+steps)/(2*steps)+to, 0), 255))
}
