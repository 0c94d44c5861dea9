package commands

import (
	"context"

	"kellybot/kelly"
)

// newEdit is /edit: a picture made of another.
func newEdit(cfg Config) *Command {
	o := newDrawingOptions(cfg)
	options := o.with(o.size, o.ratio, o.negative, optionPicture(), optionID())
	return &Command{
		Name:     "edit",
		Summary:  "Draw a picture anew, after your words",
		Argument: Argument{Name: "prompt", Summary: "What the picture shall become", Required: true},
		Options:  options,
		Draws:    true,
		Examples: []string{"/edit the same at night", "/edit the same at night --id " + exampleID},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			g, err := parse(req, options)
			if err != nil {
				return Reply{}, false, err
			}
			s, missing := sourceOf(ctx, cfg.Pictures, &g, "/edit the same at night --id "+exampleID)
			if showsNothing(g.text) {
				return Reply{}, false, refuse("Say what the picture shall become, as in %s.", code("/edit the same at night"))
			}
			u, err := o.usual(g)
			if err != nil {
				return Reply{}, false, err
			}
			prompt, err := promptOf(g, u, "/edit the same at night")
			if err != nil {
				return Reply{}, false, err
			}
			// The usual size is for pictures that follow no other.
			size, err := o.sizeOf(g, u.style.Size)
			if err != nil {
				return Reply{}, false, err
			}
			negative, err := o.negativeOf(g, u)
			if err != nil {
				return Reply{}, false, err
			}
			if missing != nil {
				return Reply{}, false, missing
			}
			return accept(ctx, cfg.Queue, Job{
				Request: *req, Work: ToEdit, Source: &s.Source, Spoiler: s.spoiler(), MaxSize: cfg.MaxSize,
				Generate: kelly.GenerateRequest{Prompt: prompt, NegativePrompt: negative, Width: size.Width, Height: size.Height},
			})
		},
	}
}
