package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"kellybot/kelly"
)

// The pictures are 48x32: four quarters of one colour each.
var (
	red    = color.NRGBA{200, 30, 30, 255}
	green  = color.NRGBA{30, 180, 30, 255}
	blue   = color.NRGBA{30, 30, 200, 255}
	yellow = color.NRGBA{220, 200, 20, 255}
	white  = color.NRGBA{255, 255, 255, 255}
	none   = color.NRGBA{}
)

// quarters draws a picture of top left, top right, bottom left, bottom right.
func quarters[T interface {
	image.Image
	Set(x, y int, c color.Color)
}](img T, colours ...color.NRGBA) T {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			i := 0
			if x >= (b.Min.X+b.Max.X)/2 {
				i++
			}
			if y >= (b.Min.Y+b.Max.Y)/2 {
				i += 2
			}
			img.Set(x, y, colours[i])
		}
	}
	return img
}

var frame = image.Rect(0, 0, 48, 32)

func wantQuarters(t *testing.T, p *kelly.Picture, colours ...color.NRGBA) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	for i, want := range colours {
		got := color.NRGBAModel.Convert(img.At(b.Dx()*(1+i%2*2)/4, b.Dy()*(1+i/2*2)/4)).(color.NRGBA)
		for c, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
			if max(d, -d) > 8 {
				t.Errorf("quarter %d: got %v, want %v (channel %d)", i, got, want, c)
			}
		}
	}
}

func picture(tb testing.TB, file []byte) *kelly.Picture {
	tb.Helper()
	p, err := kelly.NewPicture(file)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func encoded(tb testing.TB, encode func(w io.Writer) error) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func pngFile(tb testing.TB, img image.Image) []byte {
	return encoded(tb, func(w io.Writer) error { return png.Encode(w, img) })
}

func jpegFile(tb testing.TB, img image.Image) []byte {
	return encoded(tb, func(w io.Writer) error { return jpeg.Encode(w, img, &jpeg.Options{Quality: 95}) })
}

// stored reads a file that an encoder which Go does not have has written:
// cwebp, img2webp, libjpeg-turbo's cjpeg and library, netpbm.
func stored(tb testing.TB, name string) []byte {
	tb.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// animation has a first frame that covers only the right of the canvas.
func animation(tb testing.TB) []byte {
	palette := color.Palette{none, green, yellow, red}
	first := quarters(image.NewPaletted(image.Rect(24, 0, 48, 32), palette), green, green, yellow, yellow)
	second := quarters(image.NewPaletted(frame, palette), red, red, red, red)
	return encoded(tb, func(w io.Writer) error {
		return gif.EncodeAll(w, &gif.GIF{
			Image:  []*image.Paletted{first, second},
			Delay:  []int{1, 1},
			Config: image.Config{ColorModel: palette, Width: 48, Height: 32},
		})
	})
}

func TestColoursAreKeptAndTransparencyIsWhite(t *testing.T) {
	palette := color.Palette{red, green, blue, none}
	grey := func(v byte) color.NRGBA { return color.NRGBA{v, v, v, 255} }
	opaque := []color.NRGBA{red, green, blue, yellow}
	tests := map[string]struct {
		file []byte
		want []color.NRGBA
	}{
		"PNG":                         {pngFile(t, quarters(image.NewRGBA(frame), opaque...)), opaque},
		"PNG with transparency":       {pngFile(t, quarters(image.NewNRGBA(frame), red, green, none, color.NRGBA{255, 0, 0, 128})), []color.NRGBA{red, green, white, {255, 127, 127, 255}}},
		"PNG of 16 bits":              {pngFile(t, quarters(image.NewRGBA64(frame), opaque...)), opaque},
		"PNG of 16 bits, transparent": {pngFile(t, quarters(image.NewNRGBA64(frame), red, green, blue, none)), []color.NRGBA{red, green, blue, white}},
		"PNG, gray":                   {pngFile(t, quarters(image.NewGray(frame), grey(0), grey(80), grey(160), grey(255))), []color.NRGBA{grey(0), grey(80), grey(160), grey(255)}},
		"PNG, gray, of 16 bits":       {pngFile(t, quarters(image.NewGray16(frame), grey(0), grey(80), grey(160), grey(255))), []color.NRGBA{grey(0), grey(80), grey(160), grey(255)}},
		"PNG with a palette":          {pngFile(t, quarters(image.NewPaletted(frame, palette), red, green, blue, none)), []color.NRGBA{red, green, blue, white}},
		"PNG, interlaced":             {stored(t, "interlaced.png"), opaque},
		"JPEG":                        {jpegFile(t, quarters(image.NewRGBA(frame), opaque...)), opaque},
		"JPEG, progressive":           {stored(t, "progressive.jpg"), opaque},
		"JPEG, gray":                  {stored(t, "gray.jpg"), []color.NRGBA{grey(81), grey(118), grey(49), grey(185)}},
		"JPEG, CMYK":                  {stored(t, "cmyk.jpg"), opaque},
		"GIF": {encoded(t, func(w io.Writer) error {
			return gif.Encode(w, quarters(image.NewPaletted(frame, color.Palette{red, green, blue, yellow}), opaque...), nil)
		}), opaque},
		"GIF, interlaced":             {stored(t, "interlaced.gif"), opaque},
		"GIF, animated":               {animation(t), []color.NRGBA{white, green, white, yellow}},
		"WebP, lossy":                 {stored(t, "lossy.webp"), opaque},
		"WebP, lossy, transparent":    {stored(t, "alpha.webp"), []color.NRGBA{red, green, blue, white}},
		"WebP, lossless":              {stored(t, "lossless.webp"), opaque},
		"WebP, lossless, transparent": {stored(t, "lossless-alpha.webp"), []color.NRGBA{red, green, blue, white}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := picture(t, test.file)
			before := bytes.Clone(test.file)
			got, err := Fit(t.Context(), p, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if got.Format != kelly.JPEG || got.Width != 48 || got.Height != 32 {
				t.Errorf("got %s, %dx%d", got.Format, got.Width, got.Height)
			}
			wantQuarters(t, got, test.want...)
			if !bytes.Equal(p.Bytes(), before) {
				t.Error("the given picture has changed")
			}
		})
	}
}

// exif is a JPEG segment that holds an orientation, behind another entry.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range [][2]uint16{{0x0100, 7}, {0x0112, orientation}} {
		tiff = order.AppendUint16(tiff, entry[0])
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, entry[1])
		tiff = append(tiff, 0, 0)
	}
	tiff = append(tiff, 0, 0, 0, 0)
	return segment(0xe1, append([]byte("Exif\x00\x00"), tiff...))
}

func segment(marker byte, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(data))), data...)
}

// after puts segments behind a JPEG's first two bytes.
func after(file []byte, segments ...[]byte) []byte {
	return append(append(bytes.Clone(file[:2]), bytes.Join(segments, nil)...), file[2:]...)
}

func TestAJPEGIsTurnedAsItsExifDataSay(t *testing.T) {
	file := jpegFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow))
	// Where the first row and the first column are to be seen (Exif 2.32, 4.6.4).
	wants := map[uint16][]color.NRGBA{
		1: {red, green, blue, yellow}, // top, left
		2: {green, red, yellow, blue}, // top, right
		3: {yellow, blue, green, red}, // bottom, right
		4: {blue, yellow, red, green}, // bottom, left
		5: {red, blue, green, yellow}, // left, top
		6: {blue, red, yellow, green}, // right, top
		7: {yellow, green, blue, red}, // right, bottom
		8: {green, yellow, red, blue}, // left, bottom
		0: {red, green, blue, yellow},
		9: {red, green, blue, yellow},
	}
	for orientation, want := range wants {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p := picture(t, after(file, segment(0xe0, []byte("JFIF\x00")), exif(order, orientation)))
			got, err := Fit(t.Context(), p, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			if turned := 5 <= orientation && orientation <= 8; turned != (got.Width == 32 && got.Height == 48) {
				t.Errorf("orientation %d: %dx%d", orientation, got.Width, got.Height)
			}
			wantQuarters(t, got, want...)
		}
	}
}

func TestNonsenseInExifDataLeavesAJPEGAsItIs(t *testing.T) {
	file := jpegFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow))
	whole := exif(binary.BigEndian, 6)
	tests := map[string][]byte{
		"empty":                     segment(0xe1, []byte("Exif\x00\x00")),
		"no directory":              segment(0xe1, whole[4:4+6+8]),
		"a directory out of bounds": segment(0xe1, []byte("Exif\x00\x00MM\x00*\xff\xff\xff\xff\x00\x01")),
		"cut off in the entry":      segment(0xe1, whole[4:4+6+8+2+12+6]),
		"of another type":           segment(0xe1, bytes.Replace(whole[4:], []byte{0x01, 0x12, 0, 3}, []byte{0x01, 0x12, 0, 4}, 1)),
		"no Exif data at all":       segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00")),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Fit(t.Context(), picture(t, after(file, data)), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			wantQuarters(t, got, red, green, blue, yellow)
		})
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	whole := pngFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow))
	asJPEG := jpegFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow))
	lying := picture(t, whole)
	lying.Width--
	strange := picture(t, whole)
	strange.Format = "bmp"
	tests := map[string]*kelly.Picture{
		"PNG cut off":               picture(t, whole[:len(whole)-30]),
		"PNG cut off in the header": picture(t, whole[:24]),
		"PNG with rubbish":          picture(t, bytes.Replace(whole, []byte("IDAT"), []byte("IDAX"), 1)),
		"JPEG cut off":              picture(t, asJPEG[:len(asJPEG)-60]),
		"GIF cut off":               picture(t, stored(t, "interlaced.gif")[:60]),
		"WebP cut off":              picture(t, stored(t, "lossy.webp")[:60]),
		"WebP, animated":            picture(t, stored(t, "animated.webp")),
		"another size than said":    lying,
		"another format than said":  strange,
		"WebP frame beyond its header": picture(t, bytes.Replace(stored(t, "alpha.webp"),
			[]byte{47, 0, 0, 31, 0, 0}, []byte{1, 0, 0, 1, 0, 0}, 1)),
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Fit(t.Context(), p, 1<<20); !errors.Is(err, ErrUnreadable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestADecodersPanicIsAnUnreadablePicture(t *testing.T) {
	old := codecs[kelly.PNG]
	t.Cleanup(func() { codecs[kelly.PNG] = old })
	codecs[kelly.PNG] = codec{old.config, func(io.Reader) (image.Image, error) { panic("out of range") }}
	p := picture(t, pngFile(t, image.NewRGBA(frame)))
	if _, err := Fit(t.Context(), p, 1<<20); !errors.Is(err, ErrUnreadable) {
		t.Errorf("got %v", err)
	}
	codecs[kelly.PNG] = old
	if _, err := Fit(t.Context(), p, 1<<20); err != nil {
		t.Errorf("the next picture: %v", err)
	}
}

// What a stranger wrote either becomes a JPEG within the limit or is one of
// the documented errors.
func FuzzFit(f *testing.F) {
	for _, name := range []string{"lossy.webp", "alpha.webp", "lossless-alpha.webp", "interlaced.gif", "interlaced.png", "progressive.jpg", "cmyk.jpg"} {
		f.Add(stored(f, name), int64(2000))
	}
	f.Add(after(jpegFile(f, image.NewGray(frame)), exif(binary.LittleEndian, 6)), int64(700))
	f.Add(animation(f), int64(100))
	f.Fuzz(func(t *testing.T, file []byte, limit int64) {
		p, err := kelly.NewPicture(file)
		if err != nil || p.Width*p.Height > 1<<20 {
			return
		}
		got, err := Fit(t.Context(), p, limit)
		switch {
		case errors.Is(err, ErrUnreadable), errors.Is(err, ErrNoFit):
		case err != nil:
			t.Fatal(err)
		case int64(len(got.Bytes())) > limit:
			t.Errorf("%d bytes, more than %d", len(got.Bytes()), limit)
		default:
			if _, err := jpeg.Decode(bytes.NewReader(got.Bytes())); err != nil {
				t.Error(err)
			}
		}
	})
}
