package commands

import (
	"context"
	"unicode/utf8"

	"kellybot/kelly"
)

// newEdit is /edit: a picture made of another.
func newEdit(cfg Config) *Command {
	o := newDrawingOptions(cfg)
	options := []Option{o.size, o.ratio, o.negative, optionPicture(), optionID()}
	return &Command{
		Name:     "edit",
		Summary:  "Draw a picture anew, after your words",
		Argument: Argument{Name: "prompt", Summary: "What the picture shall become", Required: true},
		Options:  options,
		Draws:    true,
		Examples: []string{"/edit the same at night", "/edit the same at night --id " + exampleID},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			prompt, typed, err := parseOptions(req.Text, options)
			if err != nil {
				return Reply{}, false, err
			}
			if showsNothing(prompt) {
				return Reply{}, false, refuse("Say what the picture shall become, as in %s.", code("/edit the same at night"))
			}
			if n := utf8.RuneCountInString(prompt); n > maxPrompt {
				return Reply{}, false, refuse("The prompt has %s characters and may have %s: shorten it, as in %s.", n, maxPrompt, code("/edit the same at night"))
			}
			id, err := value(req, typed, optionID())
			if err != nil {
				return Reply{}, false, err
			}
			size, err := o.sizeOf(req, typed, Size{}, cfg)
			if err != nil {
				return Reply{}, false, err
			}
			negative, err := o.negativeOf(req, typed)
			if err != nil {
				return Reply{}, false, err
			}
			s, err := source(ctx, cfg.Pictures, req, id)
			if err != nil {
				return Reply{}, false, err
			}
			return accept(ctx, cfg.Queue, Job{
				Request: *req, Work: ToEdit, Source: &s.Source, MaxSize: cfg.MaxSize,
				Generate: kelly.GenerateRequest{Prompt: prompt, NegativePrompt: negative, Width: size.Width, Height: size.Height},
			})
		},
	}
}
