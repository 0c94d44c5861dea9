package imaging

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kellybot/kelly"
)

var fox = Metadata{
	ID:             "7f3a9c",
	Prompt:         "a fox in the snow, 8k <lora:fur:0.8> & \"quotes\"",
	NegativePrompt: "blurry, (low quality:1.4)",
	Model:          "PhotoPerfect",
	Width:          768,
	Height:         512,
	Source:         Generated,
	Software:       "kellybot",
}

// photographs are a file of each kind that can be marked.
func photographs(tb testing.TB) map[string][]byte {
	opaque := quarters(image.NewRGBA(frame), red, green, blue, yellow)
	return map[string][]byte{
		"PNG":                         pngFile(tb, opaque),
		"PNG, transparent":            pngFile(tb, quarters(image.NewNRGBA(frame), red, green, none, blue)),
		"PNG with a palette":          pngFile(tb, quarters(image.NewPaletted(frame, color.Palette{red, none}), red, none, red, none)),
		"PNG, interlaced":             stored(tb, "interlaced.png"),
		"JPEG":                        jpegFile(tb, opaque),
		"JPEG, progressive":           stored(tb, "progressive.jpg"),
		"JPEG, gray":                  stored(tb, "gray.jpg"),
		"JPEG, CMYK":                  stored(tb, "cmyk.jpg"),
		"WebP, lossy":                 stored(tb, "lossy.webp"),
		"WebP, lossy, transparent":    stored(tb, "alpha.webp"),
		"WebP, lossless":              stored(tb, "lossless.webp"),
		"WebP, lossless, transparent": stored(tb, "lossless-alpha.webp"),
		"WebP, animated":              stored(tb, "animated.webp"),
	}
}

func mark(tb testing.TB, p *kelly.Picture, m Metadata) *kelly.Picture {
	tb.Helper()
	parts, err := Mark(p, m)
	if err != nil {
		tb.Fatal(err)
	}
	return picture(tb, bytes.Join(parts, nil))
}

func TestAMarkedFileShowsTheSamePicture(t *testing.T) {
	for name, file := range photographs(t) {
		t.Run(name, func(t *testing.T) {
			before := bytes.Clone(file)
			p := picture(t, file)
			marked := mark(t, p, fox)
			if !bytes.Equal(file, before) {
				t.Error("the given file has changed")
			}
			if marked.Format != p.Format || marked.Width != p.Width || marked.Height != p.Height {
				t.Errorf("%s %dx%d became %s %dx%d", p.Format, p.Width, p.Height, marked.Format, marked.Width, marked.Height)
			}
			if name == "WebP, animated" { // which Go does not decode
				wantSameFrames(t, p, marked)
				return
			}
			decode := codecs[p.Format].decode
			want, err := decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := decode(bytes.NewReader(marked.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Error("other pixels")
			}
		})
	}
}

func wantSameFrames(t *testing.T, a, b *kelly.Picture) {
	t.Helper()
	frames := func(p *kelly.Picture) (all [][]byte) {
		for c := range webpChunks(p.Bytes()) {
			if c.kind == "ANIM" || c.kind == "ANMF" {
				all = append(all, p.Bytes()[c.from:c.to])
			}
		}
		return all
	}
	const animated = 1 << 1
	if got, want := frames(b), frames(a); len(want) < 3 || !reflect.DeepEqual(got, want) || b.Bytes()[20]&animated == 0 {
		t.Errorf("%d chunks of an animation became %d, features %08b", len(want), len(got), b.Bytes()[20])
	}
}

func TestThePixelsAreNotCopied(t *testing.T) {
	for name, file := range photographs(t) {
		parts, err := Mark(picture(t, file), fox)
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Join(parts, nil)
		for i := range file {
			file[i] ^= 0xff
		}
		shared := 0
		for i, b := range bytes.Join(parts, nil) {
			if b != before[i] {
				shared++
			}
		}
		if shared < len(file)-len("sizeVP8Xsize0123456789") { // which a WebP gets anew
			t.Errorf("%s: of the file's %d bytes %d are its own", name, len(file), shared)
		}
	}
}

func TestWhatIsMarkedIsRead(t *testing.T) {
	everything := strings.Repeat("\x00\x01\t\r\n ~\u007f\u0085é€\u2028\ufffe\U0001f98a<>&'\"]]>\xff", 3)
	tests := map[string]Metadata{
		"all of it":         fox,
		"only the marking":  {ID: "7f3a9c", Source: Generated, Software: "kellybot"},
		"an edit":           {ID: "1", Source: Composite},
		"a drawing":         {ID: "1", Prompt: "a fox"},
		"nothing":           {},
		"another source":    {ID: "1", Source: "digitalCapture"},
		"not Latin":         {ID: "1", Prompt: "лиса 狐狸 ثعلب 🦊", NegativePrompt: "размыто", Model: "模型"},
		"lines":             {ID: "1", Prompt: " \n a\nNegative prompt: b\r\nSteps: 3, \t", NegativePrompt: "\nc\n"},
		"everything":        {ID: everything, Prompt: everything, NegativePrompt: everything, Model: everything, Software: everything},
		"a negative size":   {ID: "1", Width: -1, Height: -2},
		"half a size":       {ID: "1", Width: 1 << 40},
		"2000 of the worst": {ID: "1", Prompt: strings.Repeat("&", 2000), NegativePrompt: strings.Repeat("\"", 2000)},
		"10000 foxes":       {ID: "1", Prompt: strings.Repeat("🦊", 10_000)},
	}
	for name, file := range photographs(t) {
		for said, m := range tests {
			got, ok := Read(mark(t, picture(t, file), m))
			if want := sayable(m); !ok || got != want {
				t.Errorf("%s, %s: read %#v, %t; want %#v", name, said, got, ok, want)
			}
		}
	}
}

// sayable is what XML 1.0 lets one say (section 2.2).
func sayable(m Metadata) Metadata {
	forbidden := regexp.MustCompile(`[^\t\r\n\x{20}-\x{d7ff}\x{e000}-\x{fffd}\x{10000}-\x{10ffff}]`)
	for _, s := range []*string{&m.ID, &m.Prompt, &m.NegativePrompt, &m.Model, &m.Software} {
		*s = forbidden.ReplaceAllString(string([]rune(*s)), "\ufffd")
	}
	m.Width, m.Height = max(m.Width, 0), max(m.Height, 0)
	if !slices.Contains([]SourceType{Generated, Composite}, m.Source) {
		m.Source = ""
	}
	return m
}

func TestMarkingAgainReplacesWhatWasMarked(t *testing.T) {
	other := Metadata{ID: "1b2c3d", Source: Composite, Prompt: "ещё лиса"}
	bare := Metadata{ID: "4", Source: Generated}
	for name, file := range photographs(t) {
		p := picture(t, file)
		once := mark(t, p, fox)
		for _, m := range []Metadata{fox, other, bare} {
			if got, want := mark(t, once, m), mark(t, p, m); !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%s: marked twice it has %d bytes, marked once %d", name, len(got.Bytes()), len(want.Bytes()))
			}
		}
	}
}

func TestAGIFStaysAsItIs(t *testing.T) {
	file := animation(t)
	parts, err := Mark(picture(t, file), fox)
	if err != nil || !bytes.Equal(bytes.Join(parts, nil), file) {
		t.Errorf("%d parts, %v", len(parts), err)
	}
	if m, ok := Read(picture(t, file)); ok {
		t.Errorf("read %+v", m)
	}
}

func TestFilesOfOthersHaveNoMetadataOfOurs(t *testing.T) {
	theirs := bytes.Replace(xmpPacket(fox), []byte("kellybot:7f3a9c"), []byte("another:7f3a9c"), 1)
	elsewhere := bytes.Replace(xmpPacket(fox), []byte("http://purl.org/dc/"), []byte("http://example.org/"), 1)
	bomb := []byte(`<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x><RDF><Description>&b;</Description></RDF></x>`)
	for name, packet := range map[string][]byte{
		"none": nil, "theirs": theirs, "of another namespace": elsewhere, "cut off": xmpPacket(fox)[:400], "a bomb": bomb,
		"too long": append(xmpPacket(fox), make([]byte, maxReadPacket)...),
		"deep":     bytes.Repeat([]byte("<a>"), maxReadPacket/3),
	} {
		if m, ok := readPacket(packet); ok {
			t.Errorf("%s: read %+v", name, m)
		}
	}
	for name, file := range photographs(t) {
		if m, ok := Read(picture(t, file)); ok {
			t.Errorf("%s: read %+v", name, m)
		}
	}
}

func TestOtherPropertiesAndOtherSerializationsAreRead(t *testing.T) {
	packet := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
		<r:Description r:about="" xmlns:d="http://purl.org/dc/elements/1.1/" d:identifier="kellybot:7f3a9c" d:format="image/png"/>
		<r:Description r:about="" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:k="urn:kellybot:metadata:1/"
			k:Width="768" k:Height="many" e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia">
			<e:AIPromptInformation>a <![CDATA[fox & more]]></e:AIPromptInformation>
			<d:title xmlns:d="http://purl.org/dc/elements/1.1/"><r:Alt><r:li xml:lang="x-default">A fox</r:li></r:Alt></d:title>
		</r:Description></r:RDF></x:xmpmeta>`
	got, ok := readPacket([]byte(packet))
	if want := (Metadata{ID: "7f3a9c", Prompt: "a fox & more", Width: 768, Source: Generated}); !ok || got != want {
		t.Errorf("read %+v, %t; want %+v", got, ok, want)
	}
}

func TestNonsenseInMetadataOfOursSaysNothing(t *testing.T) {
	nowhere, noWidth, noHeight, onlyPositive := fox, fox, fox, fox
	nowhere.Source, noWidth.Width, noHeight.Height, onlyPositive.NegativePrompt = "", 0, 0, ""
	for _, test := range []struct {
		was, is string
		want    Metadata
	}{
		{"trainedAlgorithmicMedia", "digitalCapture", nowhere},
		{"http://cv.iptc.org/newscodes", "https://example.org", nowhere},
		{"<kellybot:Width>768", "<kellybot:Width>-768", noWidth},
		{"<kellybot:Height>512", "<kellybot:Height>99999999999999999999", noHeight},
		{"<kellybot:Height>512</", "<kellybot:Height><b>512</b></", noHeight},
		{"kellybot:NegativePrompt>", "kellybot:negativeprompt>", onlyPositive},
	} {
		got, ok := readPacket([]byte(strings.ReplaceAll(string(xmpPacket(fox)), test.was, test.is)))
		if !ok || got != test.want {
			t.Errorf("%s: read %#v, %t", test.is, got, ok)
		}
	}
}

func TestMetadataTooLongForAJPEGAreAnErrorEverywhere(t *testing.T) {
	for name, file := range photographs(t) {
		for _, prompt := range []string{strings.Repeat("a", 70_000), strings.Repeat("a", 33_000), strings.Repeat("&", 14_000)} {
			parts, err := Mark(picture(t, file), Metadata{Prompt: prompt})
			if !errors.Is(err, ErrTooLong) || !bytes.Equal(bytes.Join(parts, nil), file) {
				t.Errorf("%s, %d bytes: %v", name, len(prompt), err)
			}
		}
	}
}

func TestWhatIsNotAWholeFileStaysAsItIs(t *testing.T) {
	for name, file := range photographs(t) {
		unreadable := 0
		for size := range len(file) {
			p, err := kelly.NewPicture(file[:size:size])
			if err != nil {
				continue
			}
			parts, err := Mark(p, fox)
			switch {
			case err == nil && p.Format == kelly.JPEG: // cut off within the pixels
			case !errors.Is(err, ErrUnreadable):
				t.Errorf("%s, %d of %d bytes: %v", name, size, len(file), err)
			case !bytes.Equal(bytes.Join(parts, nil), file[:size]):
				t.Errorf("%s, %d of %d bytes: the file has changed", name, size, len(file))
			default:
				unreadable++
			}
			Read(p)
		}
		if unreadable == 0 {
			t.Errorf("%s: every beginning is a whole file", name)
		}
	}
	lossy := stored(t, "lossy.webp")
	copy(lossy[4:], "\x04\x00\x00\x00")
	if _, err := Mark(picture(t, lossy), fox); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a WebP whose chunks are behind its end: %v", err)
	}
	for _, p := range []*kelly.Picture{{}, {Format: kelly.PNG}, {Format: kelly.JPEG}, {Format: kelly.WebP}} {
		if parts, err := Mark(p, fox); !errors.Is(err, ErrUnreadable) || len(parts) != 0 {
			t.Errorf("%q without a file: %d parts, %v", p.Format, len(parts), err)
		}
		if _, ok := Read(p); ok {
			t.Errorf("%q without a file has metadata", p.Format)
		}
	}
}

func FuzzMarkAndReadAFile(f *testing.F) {
	for _, file := range photographs(f) {
		f.Add(file)
		f.Add(mark(f, picture(f, file), fox).Bytes())
	}
	f.Add(animation(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := kelly.NewPicture(file)
		if err != nil {
			return
		}
		Read(p)
		parts, err := Mark(p, fox)
		joined := bytes.Join(parts, nil)
		if err != nil || p.Format == kelly.GIF {
			if !bytes.Equal(joined, file) {
				t.Fatal("a file that cannot be marked has changed")
			}
			return
		}
		marked := picture(t, joined)
		if marked.Format != p.Format || marked.Width != p.Width || marked.Height != p.Height {
			t.Fatalf("%s %dx%d became %s %dx%d", p.Format, p.Width, p.Height, marked.Format, marked.Width, marked.Height)
		}
		if m, ok := Read(marked); !ok || m != fox {
			t.Fatalf("read %+v, %t", m, ok)
		}
		if again := mark(t, marked, fox); !bytes.Equal(again.Bytes(), joined) {
			t.Fatal("marked twice it is another file")
		}
	})
}

func FuzzWhatIsMarkedIsRead(f *testing.F) {
	f.Add(fox.ID, fox.Prompt, fox.NegativePrompt, fox.Model, fox.Width, fox.Height, string(fox.Source), fox.Software)
	f.Add("", "\x00\n", "Negative prompt: \xff", "a, b: \"c\"\n", -1, 1<<62, "None", "\r\n")
	var files []*kelly.Picture
	for _, file := range photographs(f) {
		files = append(files, picture(f, file))
	}
	f.Fuzz(func(t *testing.T, id, prompt, negative, model string, width, height int, source, software string) {
		m := Metadata{id, prompt, negative, model, width, height, SourceType(source), software}
		for _, p := range files {
			parts, err := Mark(p, m)
			if errors.Is(err, ErrTooLong) && len(id+prompt+negative+model+software) > 10_000 {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, ok := Read(picture(t, bytes.Join(parts, nil)))
			if want := sayable(m); !ok || got != want {
				t.Fatalf("read %#v, %t; want %#v", got, ok, want)
			}
		}
		if text := sayable(m).parameters(); !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Fatalf("parameters %+q", text)
		}
	})
}
