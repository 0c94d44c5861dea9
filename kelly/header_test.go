package kelly

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// encoded returns a picture of 37x21 in a format.
func encoded(tb testing.TB, format Format) []byte {
	tb.Helper()
	var b bytes.Buffer
	var err error
	picture := image.NewRGBA(image.Rect(0, 0, 37, 21))
	switch format {
	case PNG:
		err = png.Encode(&b, picture)
	case JPEG:
		err = jpeg.Encode(&b, picture, nil)
	case GIF:
		err = gif.Encode(&b, picture, nil)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestNewPictureReadsFormatAndSize(t *testing.T) {
	const riff = "52494646 00000000 57454250 "
	withFill := bytes.Replace(encoded(t, JPEG), []byte{0xff, 0xdb}, []byte{0xff, 0xff, 0xff, 0xdb}, 1)
	tests := map[string]struct {
		file          []byte
		format        Format
		width, height int
	}{
		"PNG":                       {encoded(t, PNG), PNG, 37, 21},
		"JPEG":                      {encoded(t, JPEG), JPEG, 37, 21},
		"JPEG with fill bytes":      {withFill, JPEG, 37, 21},
		"JPEG with a lone marker":   {unhex(t, "ffd8 ff01 ffe0 0004 0000 ffc2 000b 08 0015 0025 01 011100"), JPEG, 37, 21},
		"GIF":                       {encoded(t, GIF), GIF, 37, 21},
		"WebP, lossy":               {unhex(t, riff+"56503820 18000000 300100 9d012a 2500 1500 0034"), WebP, 37, 21},
		"WebP, lossless":            {unhex(t, riff+"5650384c 0d000000 2f 24000500 0000"), WebP, 37, 21},
		"WebP, extended":            {unhex(t, riff+"56503858 0a000000 10000000 240000 140000"), WebP, 37, 21},
		"WebP, extended, very wide": {unhex(t, riff+"56503858 0a000000 10000000 000001 000000"), WebP, 65537, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := NewPicture(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if p.Format != test.format || p.Width != test.width || p.Height != test.height {
				t.Errorf("got %s %dx%d", p.Format, p.Width, p.Height)
			}
			p.Release()
			p.Release()
			if !bytes.Equal(p.Bytes(), test.file) {
				t.Error("a picture in memory lost its bytes")
			}
		})
	}
}

func TestNewPictureRefusesWhatIsNone(t *testing.T) {
	const riff = "52494646 00000000 57454250 "
	tests := map[string]string{
		"nothing":                       "",
		"text":                          "48656c6c6f",
		"only PNG's signature":          "89504e470d0a1a0a",
		"PNG that begins otherwise":     "89504e470d0a1a0a 0000000d 49444154 00000010 00000010",
		"PNG without width":             "89504e470d0a1a0a 0000000d 49484452 00000000 00000010",
		"PNG beyond the format's limit": "89504e470d0a1a0a 0000000d 49484452 80000000 00000001",
		"GIF cut off":                   "474946383961 2500",
		"JPEG without a frame":          "ffd8 ffe0 0004 0000 ffd9",
		"JPEG with pixels first":        "ffd8 ffda 0004 0000",
		"JPEG cut off":                  "ffd8 ffe0 0004",
		"JPEG cut off in a marker":      "ffd8 ffe0 00",
		"JPEG with a small segment":     "ffd8 ffe0 0001 0000 0000",
		"JPEG with a small frame":       "ffd8 ffc0 0006 08 0015 00 0000 0000",
		"JPEG with rubbish":             "ffd8 ffe0 0004 0000 41424344",
		"WebP with no chunk":            riff,
		"WebP with a strange chunk":     riff + "41424344 0a000000 10000000 240000 140000",
		"WebP, lossy, broken":           riff + "56503820 18000000 300100 9d012b 2500 1500 0034",
		"WebP, lossless, cut off":       riff + "5650384c 0d000000 2f 2400",
	}
	for name, file := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := NewPicture(unhex(t, file)); !errors.Is(err, ErrInvalidContent) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNewPictureRefusesMoreThan100Megapixels(t *testing.T) {
	const sized = "89504e470d0a1a0a 0000000d 49484452 "
	if _, err := NewPicture(unhex(t, sized+"00002710 00002710")); err != nil {
		t.Errorf("10000x10000: %v", err)
	}
	for _, size := range []string{"00002710 00002711", "7fffffff 7fffffff"} {
		if _, err := NewPicture(unhex(t, sized+size)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: got %v", size, err)
		}
	}
}

func TestContentTypesAreTheRegisteredOnes(t *testing.T) {
	for format, want := range map[Format]string{PNG: "image/png", JPEG: "image/jpeg", WebP: "image/webp", GIF: "image/gif"} {
		if got := format.ContentType(); got != want {
			t.Errorf("%s is %s", format, got)
		}
	}
}

// What the standard library can read as well must have the same size there,
// and what it takes for another format is none of ours. It reads more: rubbish
// between a JPEG's segments, for one.
func FuzzHeader(f *testing.F) {
	for _, format := range []Format{PNG, JPEG, GIF} {
		f.Add(encoded(f, format))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		format, width, height := header(file)
		config, name, err := image.DecodeConfig(bytes.NewReader(file))
		if err != nil || width == 0 || height == 0 {
			return
		}
		if name == "jpeg" {
			name = "jpg"
		}
		if string(format) != name || width != config.Width || height != config.Height {
			t.Errorf("got %s %dx%d, want %s %dx%d", format, width, height, name, config.Width, config.Height)
		}
	})
}
