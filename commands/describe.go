package commands

import (
	"context"
	"unicode/utf8"
)

// usualQuestion is what /describe asks when nobody asked anything.
const usualQuestion = "Describe this picture."

// newDescribe is /describe.
func newDescribe(cfg Config) *Command {
	options := []Option{optionPicture(), optionID()}
	return &Command{
		Name:     "describe",
		Summary:  "Say what a picture shows, or answer a question about it",
		Menu:     "Describe",
		Argument: Argument{Name: "question", Summary: "What you want to know of it"},
		Options:  options,
		Examples: []string{"/describe", "/describe what colour is the fox? --id " + exampleID},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			g, err := parse(req, options)
			if err != nil {
				return Reply{}, false, err
			}
			if n := utf8.RuneCountInString(g.text); n > maxPrompt {
				return Reply{}, false, refuse("The question has %s characters and may have %s: shorten it, as in %s.", n, maxPrompt, code("/describe what colour is the fox?"))
			}
			s, err := sourceOf(ctx, cfg.Pictures, &g, "/describe --id "+exampleID)
			if err != nil {
				return Reply{}, false, err
			}
			job := s.job(req, ToDescribe)
			job.Question = g.text
			if showsNothing(g.text) {
				job.Question = usualQuestion
			}
			return accept(ctx, cfg.Queue, job)
		},
	}
}

// Described is the reply with the service's words about a picture.
func Described(words string) Reply {
	return Reply{Text: Text{{Text: words, Cut: true}}}
}
