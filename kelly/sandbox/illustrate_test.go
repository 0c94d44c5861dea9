package sandbox

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/image/vector"
)

const babel = "a red fox, лиса, αλεπού, 雪の中の狐 🦊, ثعلب, 👩‍👩‍👧, café, e\u0301, \x00\ufffd"

func TestEveryScriptHasSomethingToShow(t *testing.T) {
	bold := newTypeface()
	for _, r := range babel {
		if w := bold.runeWidth(r); w <= 0 && !invisible(r) || w > 2 {
			t.Errorf("%U is %v ems wide", r, w)
		}
	}
}

func TestPromptAndStampAreWrittenAtEverySize(t *testing.T) {
	bright := func(cv *image.RGBA, part image.Rectangle) (n int) {
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				if c := cv.RGBAAt(x, y); c.R > 128 {
					n++
				}
			}
		}
		return n
	}
	for _, size := range [][2]int{{64, 64}, {64, 2048}, {2048, 64}, {300, 200}, {1024, 1024}, {2048, 2048}} {
		// A black picture, so that all that is bright was written.
		cv := newCanvas(size[0], size[1])
		for i := 3; i < len(cv.Pix); i += 4 {
			cv.Pix[i] = 255
		}
		corner := image.Rect(size[0]/2, 0, size[0], size[1]/2)
		cv.stamp()
		if bright(cv.RGBA, corner) < 20 {
			t.Errorf("%v: there is no stamp", size)
		}
		cv.caption(babel)
		low := image.Rect(0, size[1]/3, size[0], size[1])
		if bright(cv.RGBA, low) < 100 {
			t.Errorf("%v: there is no caption", size)
		}
	}
}

func TestWrapKeepsEveryCharacterAndTheWidth(t *testing.T) {
	bold := newTypeface()
	for _, text := range []string{babel, "one two  three\nfour", strings.Repeat("long", 40), strings.Repeat("狐", 50)} {
		for _, width := range []float64{2, 5, 30} {
			lines := bold.wrap(text, width)
			for _, line := range lines {
				if bold.width(line) > width {
					t.Errorf("%q is wider than %v ems", line, width)
				}
			}
			bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
			if got := bare(strings.Join(lines, "")); got != bare(text) {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

func TestCutEndsInAnEllipsisThatFits(t *testing.T) {
	bold := newTypeface()
	lines := bold.wrap(strings.Repeat("many words, ", 30), 10)
	if got := bold.cut(lines, len(lines), 10); len(got) != len(lines) || strings.HasSuffix(got[len(got)-1], "…") {
		t.Error("what fits was cut")
	}
	got := bold.cut(lines, 2, 10)
	if len(got) != 2 || !strings.HasSuffix(got[1], "…") || bold.width(got[1]) > 10 {
		t.Errorf("cut to %q", got)
	}
}

func TestEveryCharacterOfTheFontCanBeDrawn(t *testing.T) {
	bold := newTypeface()
	p := pen{Rasterizer: vector.NewRasterizer(1, 1)}
	n := 0
	for r := range rune(unicode.MaxRune) {
		if _, ok := bold.advance(r); !ok {
			continue
		}
		n++
		if !bold.outline(p, r, 0, 1, 1) {
			t.Errorf("%U has a width and no outline", r)
		}
	}
	if n < 600 {
		t.Errorf("the font has only %d characters", n)
	}
}

func TestTonesSurviveTheWayToRGBAndBack(t *testing.T) {
	for name, want := range colours {
		c := want.rgba()
		back := toneOf(c).rgba()
		for _, d := range []int{int(c.R) - int(back.R), int(c.G) - int(back.G), int(c.B) - int(back.B)} {
			if d < -1 || d > 1 {
				t.Errorf("%s: %v came back as %v", name, c, back)
			}
		}
	}
}

func TestColoursAreNamedAsPeopleDo(t *testing.T) {
	for want, c := range map[string]color.RGBA{
		"red": {220, 20, 30, 255}, "orange": {250, 140, 20, 255}, "yellow": {250, 225, 40, 255},
		"green": {40, 160, 60, 255}, "turquoise": {40, 190, 190, 255}, "blue": {30, 90, 220, 255},
		"violet": {140, 60, 200, 255}, "pink": {250, 150, 190, 255}, "brown": {110, 70, 30, 255},
		"white": {250, 250, 250, 255}, "black": {5, 5, 5, 255}, "grey": {130, 130, 130, 255},
		"dark blue": {10, 30, 90, 255}, "light grey": {200, 200, 200, 255}, "dark grey": {60, 60, 60, 255},
	} {
		if got := toneOf(c).name(); got != want {
			t.Errorf("%v is called %s, not %s", c, got, want)
		}
	}
}

func TestPromptsWordsDecideSceneAndMood(t *testing.T) {
	for prompt, want := range map[string]string{
		"Boats at midnight": "sea", "a red CAR": "city", "foxes": "forest", "an astronaut": "space",
	} {
		if got := read(prompt, rand.New(rand.NewPCG(1, 1))); got.scene != want {
			t.Errorf("%q became %s", prompt, got.scene)
		}
	}
	if s := read("Boats at midnight", rand.New(rand.NewPCG(1, 1))); !s.palette.night {
		t.Error("midnight is not at night")
	}
	if s := read("a red fox in snow", rand.New(rand.NewPCG(1, 1))); !s.palette.snow || len(s.tints) != 1 || s.tints[0] != colours["red"] {
		t.Error("there is no snow, or nothing red")
	}
}

func TestEveryWordHasOneMeaning(t *testing.T) {
	for _, lists := range []map[string]string{moodLists, sceneLists} {
		seen := make(map[string]string)
		for name, words := range lists {
			for word := range strings.FieldsSeq(words) {
				if other, twice := seen[word]; twice {
					t.Errorf("%q means both %s and %s", word, name, other)
				}
				seen[word] = name
			}
		}
	}
	for mood := range moodLists {
		if _, known := moods[mood]; !known {
			t.Errorf("there is no mood %q", mood)
		}
	}
	for name := range sceneLists {
		if !slices.ContainsFunc(scenes, func(s scene) bool { return s.name == name }) {
			t.Errorf("there is no scene %q", name)
		}
	}
}

func FuzzIllustrate(f *testing.F) {
	f.Add("a red fox in snow", "PhotoPerfect", uint8(0), uint8(0))
	f.Add(babel, "", uint8(255), uint8(0))
	f.Add(strings.Repeat("wide ", 300), "PixelArt", uint8(0), uint8(255))
	f.Add("\xff\xfe\n\t", "x", uint8(9), uint8(100))
	for _, s := range scenes {
		f.Add("a red black blue white "+s.name, "y", uint8(30), uint8(60))
	}
	f.Fuzz(func(t *testing.T, prompt, model string, w, h uint8) {
		width, height := MinSide+int(w), MinSide+int(h)
		img := illustrate(prompt, model, width, height, 0)
		if img.Bounds() != image.Rect(0, 0, width, height) {
			t.Errorf("the size is %v", img.Bounds())
		}
		if !img.Opaque() {
			t.Error("the picture has holes")
		}
	})
}

func BenchmarkIllustrate1024(b *testing.B) {
	for _, s := range scenes {
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				img := illustrate("a red "+s.name, "PhotoPerfect", 1024, 1024, 0)
				enc := png.Encoder{CompressionLevel: png.BestSpeed}
				if err := enc.Encode(io.Discard, img); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
