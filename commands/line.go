package commands

import (
	"strings"
	"unicode"
)

// ParseLine splits a typed command line, such as "/Imagine@MyBot a red fox",
// into the command's name in lower case, the bot that it addresses ("" when it
// names none) and the untouched rest. ok is false when the text is no command.
func ParseLine(text string) (name, target, rest string, ok bool) {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	word, found := strings.CutPrefix(text, "/")
	if !found {
		return "", "", "", false
	}
	if end := strings.IndexFunc(word, unicode.IsSpace); end >= 0 {
		word, rest = word[:end], strings.TrimSpace(word[end:])
	}
	name, target, _ = strings.Cut(word, "@")
	if name == "" || strings.ContainsFunc(name, notInName) {
		return "", "", "", false
	}
	return strings.ToLower(name), target, rest, true
}

func notInName(r rune) bool {
	return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}
