package discord

import (
	"fmt"
	"net/url"
	"strings"

	"kellybot/bots"
	"kellybot/commands"
)

// markdown writes text such that people read exactly what it says. Adjacent
// spans in the same style need something plain between them.
var markdown = bots.Markup{Span: span, Raw: true}

func span(s commands.Span) string {
	if !s.At.IsZero() {
		return fmt.Sprintf("<t:%d:R>", s.At.Unix()) // counts by itself
	}
	text := escape(s.Text)
	switch {
	case s.Style == commands.Code && !strings.Contains(s.Text, "`"):
		text = "`" + s.Text + "`" // nothing is markup inside, not even a backslash
	case s.Style == commands.Bold:
		text = "**" + text + "**"
	}
	if target, err := url.Parse(s.URL); err == nil && (target.Scheme == "https" || target.Scheme == "http") {
		text = "[" + text + "](<" + linkTarget.Replace(target.String()) + ">)"
	}
	return text
}

// linkTarget keeps a URL from ending its brackets early.
var linkTarget = strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20")

// escape writes plain text. A backslash before punctuation that is no markup
// shows the punctuation alone, so one too many does no harm.
func escape(s string) string {
	var b strings.Builder
	// What the line holds so far: nothing but white space, or that and a
	// number. A span may start a line, or follow one that is a number.
	blank, number := true, true
	for i := range len(s) {
		c := s[i]
		switch {
		case strings.IndexByte(special, c) >= 0,
			c == ':' && (i+1 == len(s) || !white(s[i+1])), // emoji; and bare links, which would show the backslashes inside
			blank && (c == '#' || c == '-'),               // headings, small print, lists
			number && c == '.':                            // numbered lists, which would be counted anew
			b.WriteByte('\\')
		}
		b.WriteByte(c)
		number = (blank || number) && '0' <= c && c <= '9'
		blank = c == '\n' || blank && white(c)
	}
	return b.String()
}

// special is markup wherever it stands: emphasis, spoilers, code, quotes,
// mentions and timestamps, links.
const special = "\\*_~`|<>[]@"

func white(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// plain is for texts without any markup.
var plain = bots.Markup{Span: func(s commands.Span) string { return s.Text }}

// shorten cuts a text without markup to a limit in characters.
func shorten(s string, limit int) string {
	return plain.Render(commands.Text{{Text: s, Cut: true}}, limit)
}
