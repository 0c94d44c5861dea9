package commands

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

var testOptions = newImagine(Config{Model: "PhotoPerfect", Size: Size{1024, 1024}, MaxSize: 2048}).Options

func TestOptionsAreTakenOutOfTheText(t *testing.T) {
	type values = map[string]string
	for _, c := range []struct {
		text, rest string
		values     values
	}{
		{"a red fox", "a red fox", nil},
		{"  a red fox \n", "a red fox", nil},
		{"a red fox --model X --size 640x384", "a red fox", values{"model": "X", "size": "640x384"}},
		{"--model X a red fox", "a red fox", values{"model": "X"}},
		{"a red --size 1x2 fox", "a red fox", values{"size": "1x2"}},
		{"fox\n--size 1x2\nin snow", "fox\nin snow", values{"size": "1x2"}},
		{"fox --size=1x2 --model=X", "fox", values{"size": "1x2", "model": "X"}},
		{"fox --MODEL x", "fox", values{"model": "x"}},
		{"fox --model\u00a0x", "fox", values{"model": "x"}},
		{`fox --model "a b" in snow`, "fox in snow", values{"model": "a b"}},
		{"fox --model “a b” in snow", "fox in snow", values{"model": "a b"}},
		{`fox --model="a b"`, "fox", values{"model": "a b"}},
		{"fox „--model x“", "fox „--model x“", nil},
		{"fox —model x –size 1x2", "fox", values{"model": "x", "size": "1x2"}},
		{"fox —model=x", "fox", values{"model": "x"}},
		{"fox — model x", "fox — model x", nil},
		{"fox —quickly and–size", "fox —quickly and–size", nil},
		{"fox --no blurry text, people", "fox", values{"negative": "blurry text, people"}},
		{"--no blurry text --size 1x2 fox", "fox", values{"negative": "blurry text", "size": "1x2"}},
		{`--no "blurry text" fox`, "fox", values{"negative": "blurry text"}},
		{"fox --no text --no people", "fox", values{"negative": "text, people"}},
		{"fox --no dashes — and – —quick", "fox", values{"negative": "dashes — and – —quick"}},
		{`fox --no \--model words`, "fox", values{"negative": "--model words"}},
		{"fox --no sci-fi --ar 16:9", "fox", values{"negative": "sci-fi", "ar": "16:9"}},
		{"sci-fi semi-surreal -s 5", "sci-fi semi-surreal -s 5", nil},
		{"a fox -- size", "a fox -- size", nil},
		{`a fox \-- size 1x2 \--  and`, "a fox -- size 1x2 --  and", nil},
		{`fox --no \-- size 1x2`, "fox", values{"negative": "-- size 1x2"}},
		{"a cat's hat -- and --", "a cat's hat -- and --", nil},
		{"x--model y ---- --5 ---model", "x--model y ---- --5 ---model", nil},
		{`fox \--model x`, "fox --model x", nil},
		{`fox \—model \–size \\--no x`, `fox —model –size \--no x`, nil},
		{`fox \-size -sizes - size x-size \-5`, `fox -size -sizes - size x-size \-5`, nil},
		{`fox \—quickly`, `fox —quickly`, nil},
		{`fox \--nonsense \n \ --size 1x2`, `fox --nonsense \n \`, values{"size": "1x2"}},
		{"--model X", "", values{"model": "X"}},
		{"狐 🦊\u200d🔥 --size 1x2", "狐 🦊\u200d🔥", values{"size": "1x2"}},
		{"", "", nil},
	} {
		rest, got, err := parseOptions("imagine", c.text, testOptions)
		if err != nil {
			t.Errorf("%q: %s", c.text, Explain(err))
			continue
		}
		if rest != c.rest || !maps.Equal(got, c.values) {
			t.Errorf("%q: rest %q, values %q; want %q, %q", c.text, rest, got, c.rest, c.values)
		}
	}
}

func TestWrongOptionsAreNamedWithACorrectExample(t *testing.T) {
	for _, c := range []struct{ text, sentence string }{
		{"fox --modle x", `There is no option --modle: send /imagine fox --model x instead, or write \--modle to have it in the text as it is.`},
		{"fox --seed 5", `There is no option --seed: the options are --model, --size, --ar, --no and --n, and \--seed has it in the text as it is.`},
		{"fox --sise 5", `There is no option --sise: send /imagine fox --size 5 instead, or write \--sise to have it in the text as it is.`},
		{"a —MODEL=x --Sise 5 fox", `There is no option --sise: send /imagine a —MODEL=x --size 5 fox instead, or write \--sise to have it in the text as it is.`},
		{strings.Repeat("x", 600) + " --sise 5", `There is no option --sise: send --size 768x512 instead, or write \--sise to have it in the text as it is.`},
		{"fox --n4", `There is no option --n4: send /imagine fox --n 4 instead, or write \--n4 to have it in the text as it is.`},
		{"fox --negative text", `There is no option --negative: send /imagine fox --no text instead, or write \--negative to have it in the text as it is.`},
		{"fox --cinematic", `There is no option --cinematic: the options are --model, --size, --ar, --no and --n, and \--cinematic has it in the text as it is.`},
		{"fox --steps 30", `There is no option --steps: the options are --model, --size, --ar, --no and --n, and \--steps has it in the text as it is.`},
		{"fox --spoiler on", `There is no option --spoiler: the options are --model, --size, --ar, --no and --n, and \--spoiler has it in the text as it is.`},
		{"fox --m x", `There is no option --m: send /imagine fox --model x instead, or write \--m to have it in the text as it is.`},
		{"fox --ar16:9 --n4", `There is no option --ar16:9: send /imagine fox --ar 16:9 --n4 instead, or write \--ar16:9 to have it in the text as it is.`},
		{"a -quick fox -Size=1x2 -n 2", `There is no option -size: send /imagine a -quick fox --size=1x2 -n 2 instead, or write \-size to have it in the text as it is.`},
		{"a fox -- size 512x512", `There is no option -- size: send /imagine a fox --size 512x512 instead, or write \-- size to have it in the text as it is.`},
		{"a fox --  Size=1x2 in snow", `There is no option -- size: send /imagine a fox --size=1x2 in snow instead, or write \-- size to have it in the text as it is.`},
		{"fox --no text -- n 2", `There is no option -- n: send /imagine fox --no text --n 2 instead, or write \-- n to have it in the text as it is.`},
		{"fox --no text -n 2", `There is no option -n: send /imagine fox --no text --n 2 instead, or write \-n to have it in the text as it is.`},
		{"fox --model", "--model needs a value, such as --model PhotoPerfect."},
		{"fox --model --size 1x2", "--model needs a value, such as --model PhotoPerfect."},
		{"fox --model= x", "--model needs a value, such as --model PhotoPerfect."},
		{`fox --model ""`, "--model needs a value, such as --model PhotoPerfect."},
		{"fox --no --size 1x2", "--no needs a value, such as --no text, people."},
		{`fox --model "x`, `The quote after --model is not closed: write it as in --model "PhotoPerfect".`},
		{"fox --size 1x2 --size 3x4", "--size stands there twice: give it once, such as --size 768x512."},
	} {
		_, _, err := parseOptions("imagine", c.text, testOptions)
		if err == nil {
			t.Errorf("%q passes", c.text)
		} else if got := Explain(err).String(); got != c.sentence {
			t.Errorf("%q: %s\nwant %s", c.text, got, c.sentence)
		}
	}
}

func TestAnOptionThatIsKnownElsewhereIsNotTakenForASlip(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.bench, settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	g.cfg.Preferences, g.cfg.Offers, g.cfg.Records = k, k, k
	k.Router = NewRouter(g.cfg)
	for line, sentence := range map[string]string{
		"/imagine fox ": `There is no option %s: the options are --model, --size, --ar, --no, --n and --style, and \%[1]s has it in the text as it is.`,
		"/edit fox ":    `There is no option %s: the options are --size, --ar, --no, --id and --style, and \%[1]s has it in the text as it is.`,
	} {
		for _, option := range []string{"--stylize 100", "--s 250", "--s250", "--chaos 5", "--c 5", "--seed 1", "--v 6.1", "--v6.1", "--q 2", "--niji", "--niji 6", "--iw 2", "--tile", "--sref x", "--raw", "--n 4"} {
			if option == "--n 4" && line == "/imagine fox " {
				continue // which has it
			}
			name, _, _ := strings.Cut(option, " ")
			g.refused(t, line+option, fmt.Sprintf(sentence, name))
		}
	}
}

// specs is where real prompts lie, which are not part of this repository.
func specs() string {
	if dir := os.Getenv("KELLYBOT_SPECS"); dir != "" {
		return dir
	}
	return "../../shared/specs"
}

func TestRealPromptsPassUntouched(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(specs(), "prompts.txt"))
	if err != nil {
		t.Skipf("no real prompts at hand: set KELLYBOT_SPECS to the folder of prompts.txt (%v)", err)
	}
	prompts := strings.Split(strings.TrimSpace(string(data)), "\n")
	for _, prompt := range prompts {
		rest, values, err := parseOptions("imagine", prompt, testOptions)
		if err != nil || rest != strings.TrimSpace(prompt) || len(values) != 0 {
			t.Errorf("%q became %q with %q, %v", prompt, rest, values, err)
		}
		rest, values, err = parseOptions("imagine", prompt+" --size 64x64", testOptions)
		if err != nil || rest != strings.TrimSpace(prompt) || values["size"] != "64x64" {
			t.Errorf("%q with an option became %q with %q, %v", prompt, rest, values, err)
		}
	}
	t.Logf("%d prompts", len(prompts))
}

func FuzzOptions(f *testing.F) {
	for _, seed := range []string{"a fox --model X", "—size 1x2", "-size 1x2", `\--x "`, "--no a “b” --ar=16:9", "\xff --model \xff", "-- — –"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest, values, err := parseOptions("imagine", text, testOptions)
		if err != nil {
			if sentence := Explain(err).String(); len(sentence) > 1000 || strings.Contains(sentence, "\n") {
				t.Errorf("%q: %q is no one clear sentence", text, sentence)
			}
			return
		}
		if !strings.ContainsAny(text, `-—–`) && (rest != strings.TrimSpace(text) || len(values) > 0) {
			t.Errorf("%q has no option and became %q with %q", text, rest, values)
		}
		for name, value := range values {
			if strings.TrimSpace(value) == "" {
				t.Errorf("%q: %s has the empty value %q", text, name, value)
			}
		}
		// Whatever is kept or taken was typed: nothing is invented or said twice.
		letters := func(s string) (n int) {
			for _, r := range s {
				if unicode.IsLetter(r) {
					n++
				}
			}
			return n
		}
		total := letters(rest)
		for _, value := range values {
			total += letters(value)
		}
		if total > letters(text) {
			t.Errorf("%q became more: %q with %q", text, rest, values)
		}
	})
}
