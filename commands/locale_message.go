package commands

import (
	"fmt"
	"maps"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A place is where a format takes one of its arguments, as in package fmt: %s
// takes the one after the last, and %[2]s the second. Any other % is itself.
type place struct {
	start, end int
	argument   int // counted from 0
}

func places(format string) []place {
	var all []place
	next, end := 0, 0
	for {
		start := strings.IndexByte(format[end:], '%')
		if start < 0 {
			return all
		}
		start += end
		end = start + len("%")
		switch rest := format[end:]; {
		case strings.HasPrefix(rest, "s"):
			end += len("s")
		case len(rest) >= len("[1]s") && rest[0] == '[' && '1' <= rest[1] && rest[1] <= '9' && rest[2:4] == "]s":
			next = int(rest[1] - '1')
			end += len("[1]s")
		default:
			continue
		}
		all = append(all, place{start, end, next})
		next++
	}
}

// sameArguments reports whether both formats take the same arguments, in
// whatever order.
func sameArguments(a, b string) bool {
	taken := func(format string) map[int]bool {
		all := map[int]bool{}
		for _, place := range places(format) {
			all[place.argument] = true
		}
		return all
	}
	return maps.Equal(taken(a), taken(b))
}

// message says a message, with its arguments in their places.
func (c *catalogue) message(m *message) Text {
	var all Text
	format, said := c.format(m), 0
	add := func(words string) {
		if words != "" {
			all = append(all, Span{Text: words})
		}
	}
	for _, place := range places(format) {
		add(format[said:place.start])
		said = place.end
		if place.argument < len(m.args) {
			all = append(all, c.argument(m.args[place.argument])...)
		}
	}
	add(format[said:])
	return all
}

// format is the message's in the catalogue's language.
func (c *catalogue) format(m *message) string {
	if m.many == "" {
		return c.say(m.format)
	}
	forms := c.texts[m.format].forms
	if form := forms[pluralForm(c.tag, m.n)]; form != "" {
		return form
	}
	if other := forms["other"]; other != "" {
		return other
	}
	if m.n == 1 {
		return m.format
	}
	return m.many
}

// pluralForm is CLDR's name of the form that goes with n of something, which
// is never negative.
func pluralForm(tag language.Tag, n int) string {
	switch plural.Cardinal.MatchPlural(tag, max(n, 0), 0, 0, 0, 0) {
	case plural.One:
		return "one"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

func (c *catalogue) argument(arg any) Text {
	switch arg := arg.(type) {
	case Text:
		return c.text(arg)
	case Span:
		return c.text(Text{arg})
	case int:
		if arg >= 10_000 { // below, no language needs help to read it
			return T(c.numbers.Sprint(arg))
		}
	case float64:
		return T(c.numbers.Sprintf("%.1f", arg))
	}
	return T(fmt.Sprint(arg))
}
