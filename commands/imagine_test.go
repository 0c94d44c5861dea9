package commands

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"kellybot/kelly"
)

func TestImagineAsksForWhatWasSaid(t *testing.T) {
	b := newBench(t, nil).warm(t)
	negative := func(words string) *string { return new(kelly.DefaultNegativePrompt + ", " + words) }
	for _, c := range []struct {
		line string
		want kelly.GenerateRequest
	}{
		{"/imagine a red fox", kelly.GenerateRequest{Prompt: "a red fox"}},
		{"/imagine a red fox --model realisticvision --size 640×384", kelly.GenerateRequest{Prompt: "a red fox", Model: "RealisticVision", Width: 640, Height: 384}},
		{"/imagine fox --model “anything v5”", kelly.GenerateRequest{Prompt: "fox", Model: "Anything V5"}},
		{"/imagine fox --size 64X2048", kelly.GenerateRequest{Prompt: "fox", Width: 64, Height: 2048}},
		{"/imagine fox --size 641*383", kelly.GenerateRequest{Prompt: "fox", Width: 641, Height: 383}},
		{"/imagine fox --ar 16:9", kelly.GenerateRequest{Prompt: "fox", Width: 1368, Height: 768}},
		{"/imagine fox --ar 1:4", kelly.GenerateRequest{Prompt: "fox", Width: 512, Height: 2048}},
		{"/imagine fox --ar 2.39:1", kelly.GenerateRequest{Prompt: "fox", Width: 1584, Height: 664}},
		{"/imagine fox --ar 16x9", kelly.GenerateRequest{Prompt: "fox", Width: 1368, Height: 768}},
		{"/imagine fox --ar 16/9", kelly.GenerateRequest{Prompt: "fox", Width: 1368, Height: 768}},
		{"/imagine fox --ar 16×9", kelly.GenerateRequest{Prompt: "fox", Width: 1368, Height: 768}},
		{"/imagine fox --ar 16:1", kelly.GenerateRequest{Prompt: "fox", Width: 2048, Height: 128}},
		{"/imagine fox --ar 1:32", kelly.GenerateRequest{Prompt: "fox", Width: 64, Height: 2048}},
		{"/imagine fox --model any-thing_v.5", kelly.GenerateRequest{Prompt: "fox", Model: "Anything V5"}},
		{"/imagine fox --model \"photo perfect\"", kelly.GenerateRequest{Prompt: "fox"}},
		{"/imagine fox\u200b", kelly.GenerateRequest{Prompt: "fox\u200b"}},
		{"/imagine ❤\ufe0f", kelly.GenerateRequest{Prompt: "❤\ufe0f"}},
		{"/imagine fox --no \u200b", kelly.GenerateRequest{Prompt: "fox"}},
		{"/imagine fox --no text, people", kelly.GenerateRequest{Prompt: "fox", NegativePrompt: negative("text, people")}},
		{"/imagine " + strings.Repeat("狐", 2000), kelly.GenerateRequest{Prompt: strings.Repeat("狐", 2000)}},
	} {
		if c.want.Model == "" {
			c.want.Model = "PhotoPerfect"
		}
		if c.want.Width == 0 {
			c.want.Width, c.want.Height = 1024, 1024
		}
		got := b.accepted(t, c.line).Generate
		if (got.NegativePrompt == nil) != (c.want.NegativePrompt == nil) || got.NegativePrompt != nil && *got.NegativePrompt != *c.want.NegativePrompt {
			t.Errorf("%s: another negative prompt", c.line)
		}
		got.NegativePrompt, c.want.NegativePrompt = nil, nil
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.line, got, c.want)
		}
	}
}

func TestWrongImagineIsRefusedInOneSentence(t *testing.T) {
	b := newBench(t, nil).warm(t)
	for line, sentence := range map[string]string{
		"/imagine":                                       "There is nothing to draw yet: describe the picture, as in /imagine a red fox in snow.",
		"/imagine --size 640x384":                        "There is nothing to draw yet: describe the picture, as in /imagine a red fox in snow.",
		"/imagine " + strings.Repeat("a", 2001):          "The prompt has 2001 characters and may have 2000: shorten it, as in /imagine a red fox in snow.",
		"/imagine fox --no " + strings.Repeat("a", 2001): "The words after --no have 2001 characters and may have 2000: shorten them, as in --no text, people.",
		"/imagine \u200b\u2060 \x01\ufeff":               "There is nothing to draw yet: describe the picture, as in /imagine a red fox in snow.",
		"/imagine \u3164\u2800\ufe0f":                    "There is nothing to draw yet: describe the picture, as in /imagine a red fox in snow.",
		"/imagine --no text, people a red fox":           `Everything after --no was taken as what should not be there: put the picture first, or the words in quotes, as in /imagine --no "text, people" a red fox.`,
		`/imagine --no "text, people"`:                   "There is nothing to draw yet: describe the picture, as in /imagine a red fox in snow.",
		"/imagine fox --model zzz":                       "There is no model zzz: /models lists all of them.",
		"/imagine fox --ar 40:1":                         "40:1 is too long for a picture of 64 to 2048 pixels a side: try less, such as --ar 16:9.",
		"/imagine fox --size big":                        "big is no size: give width and height in pixels, such as --size 768x512.",
		"/imagine fox --size 640":                        "640 is no size: give width and height in pixels, such as --size 768x512.",
		"/imagine fox --size 1x2x3":                      "1x2x3 is no size: give width and height in pixels, such as --size 768x512.",
		"/imagine fox --size -64x64":                     "-64x64 is no size: give width and height in pixels, such as --size 768x512.",
		"/imagine fox --size 63x64":                      "63x64 is out of range: each side may be 64 to 2048 pixels, such as --size 768x512.",
		"/imagine fox --size 64x2049":                    "64x2049 is out of range: each side may be 64 to 2048 pixels, such as --size 768x512.",
		"/imagine fox --size 99999999999999999999x64":    "99999999999999999999x64 is out of range: each side may be 64 to 2048 pixels, such as --size 768x512.",
		"/imagine fox --size 99999x1":                    "99999x1 is out of range: each side may be 64 to 2048 pixels, such as --size 768x512.",
		"/imagine fox --size 16:9":                       "16:9 is an aspect ratio and no size: send --ar 16:9 instead.",
		`/imagine fox --size "16 : 9"`:                   `16 : 9 is an aspect ratio and no size: send --ar "16 : 9" instead.`,
		"/imagine fox --ar wide":                         "wide is no aspect ratio: give width and height as numbers, such as --ar 16:9.",
		"/imagine fox --ar 0:1":                          "0:1 is no aspect ratio: give width and height as numbers, such as --ar 16:9.",
		"/imagine fox --ar 1:inf":                        "1:inf is no aspect ratio: give width and height as numbers, such as --ar 16:9.",
		"/imagine fox --ar 1:1e3":                        "1:1e3 is no aspect ratio: give width and height as numbers, such as --ar 16:9.",
		"/imagine fox --ar 100:1":                        "100:1 is too long for a picture of 64 to 2048 pixels a side: try less, such as --ar 16:9.",
		"/imagine fox --ar 1:1 --size 64x64":             "--size and --ar both set the size: give one of them, such as --size 768x512.",
		"/imagine fox --model PhotoPerfekt":              "There is no model PhotoPerfekt: the nearest is --model PhotoPerfect, and /models lists all.",
		"/imagine fox --model anythingv6":                `There is no model anythingv6: the nearest is --model "Anything V5", and /models lists all.`,
	} {
		b.refused(t, line, sentence)
	}
	b.full = true
	b.refused(t, "/imagine fox", "The bot is too busy to take the request right now: please send it again in a minute.")
}

func TestImagineTakesFieldsAndFlags(t *testing.T) {
	b := newBench(t, nil).warm(t)
	ask := func(text string, fields map[string]string) Reply {
		b.jobs = nil
		reply, _ := b.Handle(t.Context(), &Request{Address: Address{Platform: "discord"}, Command: "imagine", Text: text, Options: maps.Clone(fields)})
		return reply
	}
	if reply := ask("fox --no people", map[string]string{"model": "photoperfect", "size": "640x384", "negative": "text"}); reply.Failed {
		t.Fatal(reply.Text)
	}
	got := b.jobs[0].Generate
	if got.Model != "PhotoPerfect" || got.Width != 640 || got.Height != 384 || !strings.HasSuffix(*got.NegativePrompt, "nsfw, people, text") {
		t.Errorf("asked for %+v", got)
	}
	if reply := ask("fox", map[string]string{"model": " photo perfect ", "size": "\t640x384 ", "ar": " ", "negative": " text "}); reply.Failed ||
		b.jobs[0].Generate.Model != "PhotoPerfect" || b.jobs[0].Generate.Width != 640 || !strings.HasSuffix(*b.jobs[0].Generate.NegativePrompt, "nsfw, text") {
		t.Errorf("fields with white space: %s", reply.Text)
	}
	if reply := ask("fox", map[string]string{"ar": "1:1"}); reply.Failed || b.jobs[0].Generate.Width != 1024 {
		t.Errorf("ar as a field: %s", reply.Text)
	}
	reply := ask("fox --size 640x384", map[string]string{"size": "640x384"})
	if want := "--size stands in the text and in a field: give it once, such as --size 768x512."; reply.Text.String() != want {
		t.Errorf("given twice: %s", reply.Text)
	}
}

func TestASizeOfARatioFitsTheSettings(t *testing.T) {
	for _, c := range []struct {
		ratio   string
		area    Size
		maximum int
		want    Size // zero when none fits
	}{
		{"16:9", Size{512, 512}, 512, Size{512, 288}},
		{"9:16", Size{1024, 1024}, 1024, Size{576, 1024}},
		{"16:9", Size{64, 64}, 2048, Size{112, 64}},
		{"1:1", Size{100, 100}, 100, Size{96, 96}},
		{"16:9", Size{64, 64}, 64, Size{}},
		{"1:1", Size{64, 64}, 64, Size{64, 64}},
		{"31:1", Size{1024, 1024}, 2048, Size{2048, 64}},
		{"40:1", Size{1024, 1024}, 2048, Size{}},
		{"10000:1", Size{1024, 1024}, 10000, Size{}},
	} {
		ratio, ok := parseRatio(c.ratio)
		if !ok {
			t.Errorf("%s is no ratio", c.ratio)
		}
		if got, ok := sizeOfRatio(ratio, c.area, c.maximum); ok != (c.want != Size{}) || ok && got != c.want {
			t.Errorf("%s of %s within %d: %s, %v; want %s", c.ratio, c.area, c.maximum, got, ok, c.want)
		}
	}
}

func TestAModelIsCheckedWhenTheListsAreThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.service.hold = make(chan struct{})
		// Nothing waits for a cold list: the name passes.
		wrong, right := b.accepted(t, "/imagine fox --model nonsense"), b.accepted(t, "/imagine fox --model photoperfect")
		if plain := b.accepted(t, "/imagine fox"); plain.ModelUnchecked {
			t.Error("the default model needs the lists")
		}
		close(b.service.hold)
		if _, err := Draw(t.Context(), b.service, b.catalog, wrong); err == nil || !strings.Contains(Explain(err).String(), "There is no model nonsense") {
			t.Errorf("an unknown model is drawn: %v", err)
		}
		reply, err := Draw(t.Context(), b.service, b.catalog, right)
		if err != nil || b.service.request.Model != "PhotoPerfect" {
			t.Errorf("drawn with %q: %v", b.service.request.Model, err)
		}
		reply.Release()
	})
}

func TestAModelPassesAsGivenWithoutLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.service.hold = make(chan struct{}) // never comes
		job := b.accepted(t, "/imagine fox --model NewModel")
		reply, err := Draw(t.Context(), b.service, b.catalog, job)
		if err != nil || b.service.request.Model != "NewModel" {
			t.Errorf("drawn with %q: %v", b.service.request.Model, err)
		}
		reply.Release()
		b.catalog.Close()
	})
}

func TestThePictureComesWithItsPromptModelSizeAndSeconds(t *testing.T) {
	b := newBench(t, nil).warm(t)
	for line, name := range map[string]string{
		"/imagine A red fox, in SNOW! --size 64x96":                "a-red-fox-in-snow.png",
		"/imagine 狐 --size 64x96":                                  "picture-photoperfect.png",
		"/imagine " + strings.Repeat("word ", 50) + "--size 64x96": strings.Repeat("word-", 11) + "word.png",
		"/imagine " + strings.Repeat("w", 100) + " --size 64x96":   strings.Repeat("w", 60) + ".png",
		"/imagine ../../etc/passwd\x00 --size 64x96":               "etc-passwd.png",
	} {
		job := b.accepted(t, line)
		reply, err := Draw(t.Context(), b.service, b.catalog, job)
		if err != nil {
			t.Fatal(err)
		}
		image := reply.Images[0]
		if image.Name != name || image.Alt != job.Generate.Prompt || reply.Private || reply.Failed {
			t.Errorf("%q: file %q, alt %q", line, image.Name, image.Alt)
		}
		rest, ok := strings.CutPrefix(reply.Text.String(), job.Generate.Prompt+"\nPhotoPerfect · 64×96 · ")
		if !ok || !regexp.MustCompile(`^[0-9]+\.[0-9] s$`).MatchString(rest) {
			t.Errorf("%q: %q", line, reply.Text)
		}
		reply.Release()
	}
}

func TestValuesAreCompletedFromMemory(t *testing.T) {
	b := newBench(t, func(cfg *Config) { cfg.Model = "RealisticVision" }).warm(t)
	for _, c := range []struct{ option, typed, want string }{
		{"model", "", "RealisticVision PhotoPerfect Anything V5 DreamShaperXL"},
		{"model", "p", "PhotoPerfect DreamShaperXL"},
		{"model", "DSX", "DreamShaperXL"},
		{"model", "zzz", ""},
		{"size", "", "1024x1024 1368x768 768x1368 1256x840 840x1256 1184x888 888x1184"},
		{"size", "13", "1368x768 768x1368"},
		{"size", "640 × 384", "640x384"},
		{"model", "photo perf", "PhotoPerfect"},
		{"ar", "", "1:1 16:9 9:16 3:2 2:3 4:3 3:4"},
		{"ar", "16", "16:9 9:16"},
		{"ar", " 21:9", "21:9"},
		{"ar", "99:1", ""},
		{"ar", "3:2", "3:2"},
	} {
		options := b.Commands("discord")[0].Options
		option := options[slices.IndexFunc(options, func(o Option) bool { return o.Name == c.option })]
		if got := strings.Join(option.Complete(t.Context(), &Request{}, c.typed), " "); got != c.want {
			t.Errorf("%q completes to %q, want %q", c.typed, got, c.want)
		}
	}
}
