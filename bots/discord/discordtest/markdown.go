package discordtest

import (
	"regexp"
	"strings"
)

// Read returns what people read of a message's content: the rules of
// Discord's client in their order, with markup gone and mentions by name.
// What the client shows as something else than text stands in brackets.
func Read(content string, names map[string]string) string {
	return reader{names}.read(content, true)
}

type reader struct{ names map[string]string }

// lineRules apply at the start of a line.
var lineRules = []struct {
	rule  *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`^(?:#{1,3}|-#) +`), ""},
	{regexp.MustCompile(`^ *(?:>>>|>) +`), "[quote] "},
	{regexp.MustCompile(`^ *[-*] +`), "[bullet] "},
	{regexp.MustCompile(`^ *[0-9]+\. +`), "[number] "},
}

// inlineRules apply anywhere, the first that fits. Go's expressions cannot look
// ahead; where Discord's do, these are stricter.
var inlineRules []inlineRule

type inlineRule struct {
	rule  *regexp.Regexp
	shown func(r reader, m []string) string
}

// beginnings are how what the inlineRules match begins; most characters do not,
// and are not looked at with all of them.
const beginnings = "\\`<h[:*_~|"

// Not in the declaration: the rules read what is inside with these rules.
func init() {
	inlineRules = []inlineRule{
		{regexp.MustCompile(`^\\([^0-9A-Za-z\s])`), func(_ reader, m []string) string { return m[1] }},
		{regexp.MustCompile("(?s)^```(?:[a-zA-Z0-9_+\\-.#]+\n)?\n*(.*?)\n*```"), func(_ reader, m []string) string { return m[1] }},
		{regexp.MustCompile("(?s)^``(.*?[^`])``"), func(_ reader, m []string) string { return m[1] }},
		{regexp.MustCompile("^`([^`]+)`"), func(_ reader, m []string) string { return m[1] }},
		{regexp.MustCompile(`^<@!?([0-9]+)>`), func(r reader, m []string) string { return "@" + r.names[m[1]] }},
		{regexp.MustCompile(`^<@&[0-9]+>`), func(reader, []string) string { return "[role]" }},
		{regexp.MustCompile(`^<#[0-9]+>`), func(reader, []string) string { return "[channel]" }},
		{regexp.MustCompile(`^<a?:\w+:[0-9]+>`), func(reader, []string) string { return "[emoji]" }},
		{regexp.MustCompile(`^<t:-?[0-9]+(?::[a-zA-Z])?>`), func(reader, []string) string { return "[time]" }},
		{regexp.MustCompile(`^</[^>]+:[0-9]+>`), func(reader, []string) string { return "[command]" }},
		{regexp.MustCompile(`^<id:\w+>`), func(reader, []string) string { return "[channel]" }},
		{regexp.MustCompile(`^<([^: >]+:/[^ >]+)>`), func(_ reader, m []string) string { return m[1] }},
		{regexp.MustCompile(`^https?://[^\s<]+[^<.,:;"'\]\s]`), func(_ reader, m []string) string { return m[0] }},
		{regexp.MustCompile(`^\[((?:\\.|[^\]\\])*)\]\(<?https?://[^\s)>]*>?\)`), func(r reader, m []string) string { return r.read(m[1], false) }},
		{regexp.MustCompile(`^:[^\s:]+:`), func(_ reader, m []string) string { return "[emoji]" }},
		{regexp.MustCompile(`(?s)^\*\*((?:\\.|[^\\])+?)\*\*`), inner},
		{regexp.MustCompile(`(?s)^__((?:\\.|[^\\])+?)__`), inner},
		{regexp.MustCompile(`(?s)^~~((?:\\.|[^\\])+?)~~`), inner},
		{regexp.MustCompile(`(?s)^\|\|((?:\\.|[^\\])+?)\|\|`), inner},
		{regexp.MustCompile(`(?s)^\*((?:\\.|[^\\*])+?)\*`), inner},
		{regexp.MustCompile(`(?s)^_((?:\\.|[^\\_])+?)_`), inner},
	}
}

func inner(r reader, m []string) string { return r.read(m[1], false) }

func (r reader) read(s string, lineStart bool) string {
	var b strings.Builder
next:
	for s != "" {
		if lineStart {
			lineStart = false
			for _, line := range lineRules {
				if m := line.rule.FindString(s); m != "" {
					b.WriteString(line.shown)
					s = s[len(m):]
					continue next
				}
			}
		}
		rules := inlineRules
		if strings.IndexByte(beginnings, s[0]) < 0 {
			rules = nil
		}
		for _, inline := range rules {
			if m := inline.rule.FindStringSubmatch(s); m != nil {
				b.WriteString(inline.shown(r, m))
				s = s[len(m[0]):]
				continue next
			}
		}
		lineStart = s[0] == '\n'
		b.WriteByte(s[0])
		s = s[1:]
	}
	return b.String()
}
