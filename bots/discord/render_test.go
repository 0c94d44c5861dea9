package discord

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

// prompts are what strangers write.
var prompts = []string{
	"a cat's hat, sci-fi semi-surreal -s --weird",
	"*a* **b** _c_ __d__ ~~e~~ ||f|| `g` ``h`` ```\ni\n``` \\*j\\*",
	"# a\n## b\n-# c\n> d\n>>> e\n- f\n  * g\n1. h\n12. i\n  3. j",
	"@everyone @here <@1> <@!2> <@&3> <#4> <:a:5> <a:b:6> <t:7:R> </imagine:8> <id:browse>",
	"[a](https://example.com/b_c) <https://example.com> https://example.com/d_e*f*g http://x",
	":smile: a:b:c 16:9: ¯\\_(ツ)_/¯ :)",
	"\\ \\\\ a\\b \\", "snake_case *", "**", "`", "``", "[", "](", "<", "a\nb\n\nc", "…", "2. ", "-", "#",
}

func TestPeopleReadExactlyWhatWasWritten(t *testing.T) {
	for _, prompt := range prompts {
		for _, style := range []commands.Style{commands.Plain, commands.Bold, commands.Code} {
			text := commands.Text{{Text: prompt, Style: style}, {Text: "\nend."}}
			content := markdown.Render(text, maxContent)
			if got := discordtest.Read(content, nil); got != prompt+"\nend." {
				t.Errorf("style %d: people read %q, want %q; the content is %q", style, got, prompt, content)
			}
		}
	}
}

func TestNoLineBecomesAnItemOfAList(t *testing.T) {
	for _, spans := range [][]string{
		{"1", ". fox"}, {"1", ".", " fox"}, {"1", "2. fox"}, {" ", "1. fox"}, {"1. ", "fox"}, {"a\n", "1", ". fox"}, {"a\n1", ". fox"},
		{"-", " fox"}, {" ", "- fox"}, {"*", " fox"}, {"#", " fox"}, {"-", "# fox"}, {">", " fox"}, {"in ", "1", ". fox"},
	} {
		var text commands.Text
		for _, span := range spans {
			text = append(text, commands.T(span)...)
		}
		content := markdown.Render(text, maxContent)
		if got := discordtest.Read(content, nil); got != text.String() || regexp.MustCompile(`(?m)^\s*(\d+\.|[-*#>])`).MatchString(content) {
			t.Errorf("%q is written %q, and people read %q", spans, content, got)
		}
	}
}

func TestMarkupIsMadeOfStyles(t *testing.T) {
	for want, span := range map[string]commands.Span{
		"**a\\*b**":                              {Text: "a*b", Style: commands.Bold},
		"`/imagine a*b --size 1x1`":              {Text: "/imagine a*b --size 1x1", Style: commands.Code},
		"a\\`b":                                  {Text: "a`b", Style: commands.Code},
		"[a\\]b](<https://example.com/a_b?c=d>)": {Text: "a]b", URL: "https://example.com/a_b?c=d"},
		"[**a**](<https://example.com/%3E%29>)":  {Text: "a", Style: commands.Bold, URL: "https://example.com/>)"},
		"run":                                    {Text: "run", URL: "javascript:alert(1)"},
		"sci-fi, 1.5 + (a) #5 model: x":          {Text: "sci-fi, 1.5 + (a) #5 model: x"},
		"<t:1790000000:R>":                       {Text: "in about 2 min", At: time.Unix(1790000000, 5e8)},
	} {
		if got := markdown.Render(commands.Text{span}, maxContent); got != want {
			t.Errorf("%+v is written %q, want %q", span, got, want)
		}
	}
}

func TestALongPromptIsCutAndTheRestStays(t *testing.T) {
	for _, prompt := range []string{strings.Repeat("*", 2000), strings.Repeat("🦊", 2000), strings.Repeat("a ", 1000)} {
		m := compose(commands.Reply{
			Text: commands.Text{{Text: prompt, Style: commands.Bold, Cut: true}, {Text: "\nPhotoPerfect"}},
		}, anna.UserID)
		if n := len(utf16.Encode([]rune(m.Content))); n > maxContent || n < maxContent-3 {
			t.Errorf("the content has %d characters", n)
		}
		if !strings.HasSuffix(m.Content, "…**\nPhotoPerfect · <@90001>") {
			t.Errorf("the content ends in %q", m.Content[len(m.Content)-40:])
		}
	}
}

func FuzzPeopleReadExactlyWhatWasWritten(f *testing.F) {
	for _, prompt := range prompts {
		f.Add(prompt)
	}
	f.Fuzz(func(t *testing.T, prompt string) {
		if !utf8.ValidString(prompt) || len(prompt) > 500 {
			t.Skip()
		}
		for _, style := range []commands.Style{commands.Plain, commands.Bold} {
			content := markdown.Render(commands.Text{{Text: prompt, Style: style}, {Text: "\nend"}}, maxContent)
			if got := discordtest.Read(content, nil); got != prompt+"\nend" {
				t.Errorf("people read %q, want %q; the content is %q", got, prompt, content)
			}
		}
	})
}

func TestWhatTheAdapterAddsIsInTheReadersLanguage(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		b.faults(1, http.MethodPatch, "@original", refusing(http.StatusBadRequest, 50035))
		if _, err := b.adapter.Deliver(t.Context(), address, commands.Reply{Text: commands.T("Refused."), Locale: "de"}); err != nil {
			t.Fatal(err)
		}
		sentence := commands.Explain(errPanic)
		want := sentence.In("de").String()
		if got := b.Messages(); len(got) != 1 || got[0].Text != want || want == sentence.String() {
			t.Errorf("people see %+v, want %q", got, want)
		}
	})
}
