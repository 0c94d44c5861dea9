package commands

import (
	"strings"

	"kellybot/kelly"
)

// unguarded is the default negative prompt without what keeps nudity out.
var unguarded = strings.TrimSuffix(kelly.DefaultNegativePrompt, ", nsfw")

// guarded is the negative prompt with a user's words, nil for the default one.
// The default one always stays; lifted leaves out what guards against nudity.
func guarded(words string, lifted bool) *string {
	switch {
	case lifted:
		return new(listed(unguarded, words))
	case words == "":
		return nil
	}
	return new(listed(kelly.DefaultNegativePrompt, words))
}

// unguarded reports whether the picture was drawn without the guard, or made
// of one that was.
func (j Job) unguarded() bool {
	return j.Source != nil && j.Source.Unguarded ||
		j.Generate.NegativePrompt != nil && !strings.HasPrefix(*j.Generate.NegativePrompt, kelly.DefaultNegativePrompt)
}

// negativeWords are what the user added to the default negative prompt.
func (j Job) negativeWords() string {
	if j.Generate.NegativePrompt == nil {
		return ""
	}
	words, usual := strings.CutPrefix(*j.Generate.NegativePrompt, kelly.DefaultNegativePrompt)
	if !usual {
		words = strings.TrimPrefix(words, unguarded)
	}
	return strings.TrimPrefix(words, ", ")
}
