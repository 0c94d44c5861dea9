package commands

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A Refusal is an error that is told to the user in its own words: one
// sentence that says what was wrong and shows what is right.
type Refusal struct{ Text Text }

// Error is for operators' logs, which never hold what a user wrote.
func (r *Refusal) Error() string { return "refused: the input was not right" }

// refuse returns a Refusal with the sentence that Say makes.
func refuse(format string, args ...any) error {
	return &Refusal{Text: Say(format, args...)}
}

// A message is text that is yet to be said in somebody's language.
type message struct {
	format string // in English, the key of the catalogue
	args   []any
	n      int // that the plural form agrees with; used with many alone
	many   string
}

// Say returns text that Text.In says in any language of the catalogue. format
// is English: each %s takes the next argument, a Span, a Text, an int, a
// float64, which is said with one decimal, or anything else that prints.
func Say(format string, args ...any) Text {
	return Text{{message: &message{format: format, args: args}}}
}

// sayMany is Say of a number of things: one is the English for 1, and many for
// all others. n is the one argument.
func sayMany(n int, one, many string) Text {
	return Text{{message: &message{format: one, many: many, n: n, args: []any{n}}}}
}

// bold is what Say makes, in bold.
func bold(format string, args ...any) Span {
	span := Say(format, args...)[0]
	span.Style = Bold
	return span
}

// facts are texts beside each other that need no words between them.
func facts(all ...Text) Text {
	var text Text
	for i, fact := range all {
		if i > 0 {
			text = append(text, Span{Text: " · "})
		}
		text = append(text, fact...)
	}
	return text
}

// seconds is how long something took.
func seconds(d time.Duration) Text { return Say("%s s", d.Seconds()) }

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
