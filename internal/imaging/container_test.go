package imaging

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"slices"
	"strings"
	"testing"
)

func pngChunk(kind, data string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// kinds names a file's chunks, each with the keyword or header that it has.
func kinds(chunks func(func(chunk) bool)) (all []string) {
	for c := range chunks {
		name := c.kind
		if keyword, _, ok := bytes.Cut(c.data, []byte{0}); ok && (strings.HasSuffix(c.kind, "Xt") || c.kind == jpegAPP0 || c.kind == jpegAPP1) {
			name += " " + string(keyword)
		}
		all = append(all, name)
	}
	return all
}

func TestAPNGsOwnParametersAndXMPAreReplaced(t *testing.T) {
	file := pngFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow))
	const header, end = 8 + 25, 12
	file = slices.Concat(file[:header],
		pngChunk("tEXt", "parameters\x00secret"), pngChunk("zTXt", "parameters\x00\x00secret"), pngChunk("tEXt", "Title\x00kept"),
		pngChunk("zTXt", "Raw profile type xmp\x00\x00secret"), file[header:len(file)-end],
		pngChunk("iTXt", "parameters\x00\x00\x00\x00\x00secret"), pngChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00secret"),
		file[len(file)-end:], []byte("trailing bytes"))
	for said, m := range map[string]Metadata{"full": fox, "marking": {ID: "1", Source: Generated}} {
		got := mark(t, picture(t, file), m).Bytes()
		want := []string{"IHDR", "tEXt parameters", "iTXt XML:com.adobe.xmp", "tEXt Title", "IDAT", "IEND"}
		if said == "marking" {
			want = slices.Delete(want, 1, 2)
		}
		if chunks := kinds(pngChunks(got)); !slices.Equal(chunks, want) || bytes.Contains(got, []byte("secret")) {
			t.Errorf("%s: %q", said, chunks)
		}
		if !bytes.HasSuffix(got, []byte("trailing bytes")) {
			t.Errorf("%s: what follows the picture is lost", said)
		}
	}
}

func TestAPNGsTextIsInLatin1WhereThatHasIt(t *testing.T) {
	for prompt, want := range map[string]string{"a café": "tEXt", "a\ttab": "iTXt", "\u0085": "iTXt", "лиса": "iTXt"} {
		m := Metadata{Prompt: prompt}
		got := mark(t, picture(t, pngFile(t, image.NewGray(frame))), m).Bytes()
		for c := range pngChunks(got) {
			if keyword, _, _ := bytes.Cut(c.data, []byte{0}); string(keyword) == "parameters" && c.kind != want {
				t.Errorf("%q is in a chunk %s", prompt, c.kind)
			}
		}
	}
}

func TestAJPEGsOwnXMPAndCommentAreReplaced(t *testing.T) {
	file := after(jpegFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow)),
		segment(0xe0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")),
		segment(0xe1, []byte(jpegExif+string(userComment("secret")))),
		[]byte{0xff, 0xff}, // fill bytes
		segment(0xe1, []byte(jpegXMP+"secret")),
		segment(0xfe, []byte("kept")),
		segment(0xe1, []byte(jpegExtendedXMP+"secret")),
	)
	got := mark(t, picture(t, file), fox).Bytes()
	want := []string{"\xe0 JFIF", "\xe1 Exif", "\xe1 http://ns.adobe.com/xap/1.0/", "\xfe"}
	if segments := kinds(jpegSegments(got)); !slices.Equal(segments[:4], want) ||
		bytes.Contains(got, []byte("secret")) || bytes.Contains(got, userComment("secret")) {
		t.Errorf("%q", segments)
	}
}

func TestAPicturesOwnExifDataStay(t *testing.T) {
	turned := exif(binary.LittleEndian, 6)
	file := after(jpegFile(t, quarters(image.NewRGBA(frame), red, green, blue, yellow)), turned)
	got := mark(t, picture(t, file), fox).Bytes()
	if n := bytes.Count(got, []byte(jpegExif)); n != 1 || orientation(got) != 6 || kinds(jpegSegments(got))[0] != "\xe1 Exif" {
		t.Errorf("%d Exif segments, orientation %d", n, orientation(got))
	}

	more := segment(0xe1, append([]byte(jpegExif+string(userComment("theirs"))), "and more"...))
	if got := mark(t, picture(t, after(file, more)), fox).Bytes(); !bytes.Contains(got, more) {
		t.Error("Exif data that only begin with a comment are lost")
	}

	webp := stored(t, "lossy.webp")
	own := webpChunk("EXIF", turned[4+len(jpegExif):])
	webp = slices.Concat(webp[:riffHeader], webpExtended(48, 32), webp[riffHeader:], own, webpChunk("XMP ", []byte("secret")))
	webp[20] |= webpExif | webpXMP
	binary.LittleEndian.PutUint32(webp[4:], uint32(len(webp)-8))
	got = mark(t, picture(t, webp), fox).Bytes()
	want := []string{"VP8X", "VP8 ", "EXIF", "XMP "}
	if chunks := kinds(webpChunks(got)); !slices.Equal(chunks, want) || !bytes.Contains(got, own) || bytes.Contains(got, []byte("secret")) {
		t.Errorf("%q", chunks)
	}
}

func TestAWebPSaysWhatItHas(t *testing.T) {
	full, marking := fox, Metadata{ID: "1", Source: Generated}
	tests := []struct {
		name string
		m    Metadata
		want byte
	}{
		{"lossy.webp", full, webpExif | webpXMP},
		{"lossy.webp", marking, webpXMP},
		{"alpha.webp", full, webpAlpha | webpExif | webpXMP},
		{"lossless.webp", marking, webpXMP},
		{"lossless-alpha.webp", marking, webpAlpha | webpXMP},
		{"animated.webp", marking, webpAlpha | 1<<1 | webpXMP}, // 1<<1: animated
	}
	for _, test := range tests {
		p := mark(t, picture(t, stored(t, test.name)), test.m)
		if size := binary.LittleEndian.Uint32(p.Bytes()[4:]); p.Bytes()[20] != test.want || int(size) != len(p.Bytes())-8 {
			t.Errorf("%s: features %08b, want %08b; size %d of %d", test.name, p.Bytes()[20], test.want, size, len(p.Bytes())-8)
		}
		// Full metadata leave nothing behind when only the marking follows.
		if again := mark(t, p, marking); again.Bytes()[20] != test.want&^webpExif || again.Width != 48 || again.Height != 32 {
			t.Errorf("%s: features %08b, %dx%d", test.name, again.Bytes()[20], again.Width, again.Height)
		}
	}
}
