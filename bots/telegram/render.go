package telegram

import (
	"regexp"
	"strings"

	"kellybot/bots"
	"kellybot/commands"
)

// asHTML writes text for parse_mode HTML:
// https://core.telegram.org/bots/api#html-style. Telegram's limits count what
// people read.
var asHTML = bots.Markup{Span: func(s commands.Span) string {
	text := escape.Replace(strings.ToValidUTF8(s.Text, "\uFFFD"))
	switch {
	case s.URL != "":
		return `<a href="` + escape.Replace(s.URL) + `">` + text + "</a>"
	case s.Style == commands.Code:
		return "<code>" + text + "</code>"
	case s.Style == commands.Bold:
		return "<b>" + mention.ReplaceAllString(text, "</b><code>$0</code><b>") + "</b>"
	}
	return mention.ReplaceAllString(text, "<code>$0</code>")
}}

// mention is what Telegram makes a mention of, anywhere but in code. The bot
// repeats what people wrote, and must not ping anybody by that.
var mention = regexp.MustCompile(`\B@[A-Za-z0-9_]{2,}`)

// asText writes text without structure, for no parse_mode.
var asText = bots.Markup{Span: func(s commands.Span) string { return strings.ToValidUTF8(s.Text, "\uFFFD") }}

// escape knows all the characters that Telegram's HTML gives a meaning to.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
