package commands

import (
	"context"
	"strings"
)

// newFilter is /filter, which tells which rule on words a text would meet.
func newFilter(cfg Config) *Command {
	const example = "/filter a red fox"
	return &Command{
		Name:      "filter",
		Summary:   "Say which rule of the word list a text meets",
		Argument:  Argument{Name: "words", Summary: "The words to try", Required: true},
		Examples:  []string{example},
		Private:   true,
		Admin:     true,
		Addressed: true,
		Run: func(_ context.Context, req *Request) (Reply, bool, error) {
			words := req.Text
			if verb, rest := cutWord(words); strings.EqualFold(verb, "test") && !showsNothing(rest) {
				words = rest // as people know it from commands that have verbs
			}
			if showsNothing(words) {
				return Reply{}, false, refuse("Give the words to try: send it as in %s.", code(example))
			}
			if cfg.Policy.Blocked == nil {
				return Reply{}, false, refuse("There is no word list: %s names its file.", code("BLOCK_WORDS"))
			}
			rule, found := cfg.Policy.Blocked(words)
			if !found {
				return Reply{Text: Say("No rule of the word list forbids that.")}, false, nil
			}
			return Reply{Text: Say("This rule of the word list forbids that: %s", code(rule))}, false, nil
		},
	}
}
