package imaging

import (
	"regexp"
	"strings"
	"testing"
)

func TestParametersAreAsTheWebUIWritesThem(t *testing.T) {
	const unknown = "Steps: , Sampler: , CFG scale: , Seed: "
	tests := map[string]struct {
		m    Metadata
		want string
	}{
		"all of it": {fox, fox.Prompt + "\nNegative prompt: " + fox.NegativePrompt + "\n" +
			unknown + ", Size: 768x512, Model: PhotoPerfect, Version: kellybot"},
		"only a prompt":           {Metadata{Prompt: "a\nb"}, "a\nb\n" + unknown},
		"only a negative one":     {Metadata{NegativePrompt: "a"}, "Negative prompt: a\n" + unknown},
		"only a size":             {Metadata{Width: 2, Height: 3}, unknown + ", Size: 2x3"},
		"half a size":             {Metadata{Width: 2}, unknown},
		"a model that would end":  {Metadata{Model: `a, b: "<c>"` + "\n"}, unknown + `, Model: "a, b: \"<c>\"\n"`},
		"a model in quotes":       {Metadata{Model: `"a"`}, unknown + `, Model: "\"a\""`},
		"nothing but the marking": {Metadata{ID: "1", Source: Generated, Software: "kellybot"}, ""},
	}
	// What the web UI finds in the last line: three pairs, or it is a prompt's.
	pairs := regexp.MustCompile(`\s*(\w[\w /-]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)`)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.m.parameters()
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			last := got[strings.LastIndex(got, "\n")+1:]
			if found := pairs.FindAllString(last, -1); got != "" && (len(found) < 3 || strings.Join(found, "") != last) {
				t.Errorf("the web UI finds %q in %q", found, last)
			}
		})
	}
}
