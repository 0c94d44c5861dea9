package telegram_test

import (
	"strings"
	"testing"

	"kellybot/bots/telegram"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func FuzzTextIsReadAsItWasWritten(f *testing.F) {
	f.Add("a <b> & &amp; \"c\" 'd'", "@everyone", "--size 1x1 `x`")
	f.Add("</b>@kelly_bot</code>", "x@example.com é@name &lt;", "\x00\xff<")
	f.Fuzz(func(t *testing.T, plain, bold, code string) {
		text := commands.Text{{Text: plain}, {Text: bold, Style: commands.Bold}, {Text: code, Style: commands.Code}}
		got, _, err := telegramtest.ParseHTML(telegram.HTML(text, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		for _, span := range text {
			want += strings.ToValidUTF8(span.Text, "\uFFFD")
		}
		if got != want {
			t.Errorf("people read %q, want %q", got, want)
		}
	})
}
