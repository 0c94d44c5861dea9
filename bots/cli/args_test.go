package cli

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"
)

func TestOptionsStandAnywhereAndTheRestIsTheSharedParsers(t *testing.T) {
	for name, args := range map[string][]string{
		"one quoted text":        {"a red fox --size 640x384 --model \"Dream Shaper\"", "-o", "fox.png"},
		"unquoted":               {"a", "red", "fox", "--size", "640x384", "--model", "Dream Shaper", "-o", "fox.png"},
		"options first":          {"-o", "fox.png", "--model", "Dream Shaper", "--size=640x384", "a red fox"},
		"in between":             {"a", "-o", "fox.png", "red", "--size", "640x384", "fox", "--model", "Dream Shaper"},
		"before the end of them": {"-o", "fox.png", "--size", "640x384", "--model", "Dream Shaper", "--", "a", "red", "fox"},
		"the file close to -o":   {"-ofox.png", "a", "red", "fox", "--size", "640x384", "--model", "Dream Shaper"},
		"the file after -o=":     {"a", "red", "fox", "-o=fox.png", "--size", "640x384", "--model", "Dream Shaper"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if err := d.imagine(t, args...); err != nil {
				t.Fatal(err)
			}
			got := d.accepted[0].Generate
			if got.Prompt != "a red fox" || got.Width != 640 || got.Height != 384 || got.Model != "Dream Shaper" {
				t.Errorf("accepted %+v", got)
			}
			d.holds(t, "fox.png", d.file)
		})
	}
}

func TestWordsThatLookLikeOptionsAreText(t *testing.T) {
	for prompt, args := range map[string][]string{
		"-o is a letter":                {"--", "-o", "is", "a", "letter"},
		"sci-fi semi-surreal -s":        {"sci-fi", "semi-surreal", "-s"},
		"a hat -o fox.png -f":           {"a hat -o fox.png -f"},
		"the cat's \"hat\", size":       {"the cat's", "\"hat\",", "size"},
		"line one\nline two 🦊 \t狐":      {"line one\nline two 🦊 \t狐"},
		"-- two dashes":                 {"--", "--", "two dashes"},
		"-":                             {"--", "-"},
		"--size 1x1 --nonsense":         {"--", "--size", "1x1", "--nonsense"},
		"a --size 1x1 —model x":         {"--", "a --size 1x1 —model x"},
		`a \--size —quickly`:            {"--", `a \--size —quickly`},
		"-5 degrees":                    {"-5", "degrees"},
		"a \u201cquoted\u201d old word": {"a \u201cquoted\u201d", "old word"},
	} {
		d := newDesk(t)
		if err := d.imagine(t, args...); err != nil {
			t.Errorf("%q: %v", args, err)
		} else if got := d.accepted[0].Generate.Prompt; got != prompt {
			t.Errorf("%q: the prompt is %q, want %q", args, got, prompt)
		}
	}
}

func TestValueWithSpacesStaysOneValue(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fox", "--model", "Dream Shaper"}, `fox --model "Dream Shaper"`},
		{[]string{"fox", "--no", `the "x"`, "--ar", "1:1"}, `fox --no “the "x"” --ar 1:1`},
		{[]string{"--model", "A", "a red fox"}, `--model A a red fox`},
		{[]string{"--model=A", "a red fox"}, `--model=A a red fox`},
		{[]string{"--model A", "a red fox"}, `--model A a red fox`},
		{[]string{"fox", "--model", "--size 64x64"}, `fox --model --size 64x64`},
		{[]string{"fox", "--model", ""}, `fox --model ""`},
		{[]string{"", "fox", ""}, ` fox `},
	} {
		if got := join(c.args); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.args, got, c.want)
		}
	}
}

func TestWrongArgumentsAreUsageErrors(t *testing.T) {
	const file = "-o needs a file's name, such as -o fox.png"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fox", "-o"}, file},
		{[]string{"fox", "-o", ""}, file},
		{[]string{"fox", "-o="}, file},
		{[]string{"-o"}, file},
		{[]string{"-o", "--", "fox"}, file},
		{[]string{"fox", "-o", "-f"}, file},
		{[]string{"-n", "4", "fox"}, "no option -n: the short ones are -o, -f and -h, and -- goes before a text that begins like one, as in kellybot imagine -- -n."},
		{[]string{"--size", "64x64", "-s", "fox"}, "no option -s: "},
		{[]string{"--size=64x64", "-size", "fox"}, "no option -size: "},
	} {
		d := newDesk(t)
		var usage UsageError
		if err := d.imagine(t, c.args...); !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) || len(d.accepted) > 0 {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

func TestTextMayStandOnStandardInput(t *testing.T) {
	d := newDesk(t)
	d.stdin.WriteString("\na red fox\nin snow --size 640x384\n")
	if err := d.imagine(t, "-o", "fox.png", "-", "--model", "Dream Shaper"); err != nil {
		t.Fatal(err)
	}
	if got := d.accepted[0].Generate; got.Prompt != "a red fox\nin snow" || got.Width != 640 || got.Model != "Dream Shaper" {
		t.Errorf("accepted %+v", got)
	}
	// Among other words it is a word.
	d.stdin.WriteString("unread")
	if err := d.imagine(t, "red", "-", "blue"); err != nil || d.accepted[1].Generate.Prompt != "red - blue" {
		t.Errorf("%v, accepted %+v", err, d.accepted[1:])
	}

	if err := d.imagine(t, "-", "--no", "text"); err != nil || d.accepted[2].Generate.Prompt != "unread" {
		t.Errorf("%v, accepted %+v", err, d.accepted[2:])
	}
	if err := d.imagine(t, "-"); err == nil || !strings.Contains(err.Error(), "nothing to draw yet") {
		t.Errorf("an empty one: %v", err)
	}
	d.Shell.stdin = iotest.ErrReader(&fs.PathError{Op: "read", Path: "/dev/stdin", Err: errors.New("is a directory")})
	if err := d.imagine(t, "-"); err == nil || err.Error() != "Standard input cannot be read: is a directory." {
		t.Errorf("an unreadable one: %v", err)
	}
}
