package commands

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Refusal is an error that is told to the user in its own words: one
// sentence that says what was wrong and shows what is right.
type Refusal struct{ Text Text }

// Error is for operators' logs, which never hold what a user wrote.
func (r *Refusal) Error() string { return "refused: the input was not right" }

// refuse returns a Refusal with the sentence that say makes.
func refuse(format string, args ...any) error {
	return &Refusal{Text: say(format, args...)}
}

// say builds a sentence: each %s in format takes the next argument, a Span or
// anything that prints.
func say(format string, args ...any) Text {
	parts := strings.Split(format, "%s")
	text := make(Text, 0, 2*len(parts)-1)
	for i, part := range parts {
		if part != "" {
			text = append(text, Span{Text: part})
		}
		if i == len(parts)-1 {
			break
		}
		span, ok := args[i].(Span)
		if !ok {
			span = Span{Text: fmt.Sprint(args[i])}
		}
		text = append(text, span)
	}
	return text
}

// code shows s to be copied as it is.
func code(s string) Span { return Span{Text: s, Style: Code} }

// maxEcho bounds, in characters, what a sentence repeats of a user's words.
const maxEcho = 60

// echo repeats what a user wrote, cut to maxEcho, on one line.
func echo(s string) string { return cut(s, maxEcho) }

// cut is s on one line, with an ellipsis where it had more characters than limit.
func cut(s string, limit int) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return s
}
