package commands

import (
	"maps"
	"strings"
)

// A given is what a request says: its text without the options, and the
// options that stand in the text, by Option.Name.
type given struct {
	req   *Request
	text  string
	typed map[string]string
}

// parse takes the options out of the request's text. The error is a Refusal.
func parse(req *Request, options []Option) (g given, err error) {
	g.req = req
	g.text, g.typed, err = parseOptions(req.Command, req.Text, options)
	return g, err
}

// value returns an option of the request, given as a field or in the text.
// Given both ways it is a Refusal.
func (g given) value(option Option) (string, error) {
	field, given := g.req.Options[option.Name]
	if !given {
		return g.typed[option.Name], nil
	}
	if _, twice := g.typed[option.Name]; twice {
		return "", refuse("%s stands in the text and in a field: give it once, such as %s.", code("--"+option.Flag), code(example(option, false)))
	}
	return strings.TrimSpace(field), nil
}

// valueOf is value or words, whatever the option takes.
func (g given) valueOf(option Option) (string, error) {
	if option.Words {
		return g.words(option), nil
	}
	return g.value(option)
}

// words returns an option of words, which add up where they stand in a field
// and in the text.
func (g given) words(option Option) string {
	words := g.typed[option.Name]
	if field := strings.TrimSpace(g.req.Options[option.Name]); !showsNothing(field) {
		words = listed(words, field)
	}
	if showsNothing(words) {
		return ""
	}
	return words
}

// listed is both, as the words of one list.
func listed(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// instead is the request with that value of the option.
func (g given) instead(option Option, value string) Request {
	req := *g.req
	req.Text, req.Options = literally(g.text), maps.Clone(req.Options)
	if req.Options == nil {
		req.Options = map[string]string{}
	}
	for name, typed := range g.typed {
		req.Options[name] = listed(typed, req.Options[name])
	}
	req.Options[option.Name] = value
	return req
}
