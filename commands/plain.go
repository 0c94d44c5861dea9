package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// newSay is what somebody writes in a private chat without a command: a prompt,
// once they have said that it is one.
func newSay(r *Router, cfg Config) *Command {
	return &Command{
		Name:      "say",
		Summary:   "Draw text without a command",
		Hidden:    true,
		Platforms: plainPlatforms,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if err := req.preferred.err; err != nil {
				return Reply{}, false, fmt.Errorf("%w: %w", ErrBusy, err)
			}
			plain := req.preferred.own.Plain
			if chosen, ok := req.Options["plain"]; ok {
				plain = new(chosen == SwitchedOn)
				if err := cfg.Preferences.Change(ctx, UserScope(req), func(set *Settings) error {
					set.Plain = plain
					return nil
				}); err != nil {
					return Reply{}, false, err
				}
			}
			prompt := *req
			prompt.Command, prompt.Options = "imagine", nil
			example := "/imagine a red fox in snow"
			if len(req.Attachments)+len(req.Replied) > 0 {
				prompt.Command, example = "edit", "/edit the same at night"
			}
			name, named := r.bare(req)
			switch {
			case named:
				prompt.Command, prompt.Text = name, ""
				return r.do(ctx, &prompt)
			case len(req.Attachments) > 0 && (plain == nil || *plain):
				return r.do(ctx, &prompt)
			case showsNothing(req.Text): // such as a photo
				prompt.Command, prompt.Text = "start", ""
				return r.do(ctx, &prompt)
			case plain == nil:
				return askPlain(req, prompt), false, nil
			case *plain:
				return r.do(ctx, &prompt)
			}
			return Reply{
				Text:   Say("I leave plain text alone: %s draws, and %s changes that.", code(example), code("/settings")),
				Update: true,
			}, false, nil
		},
	}
}

// bare returns the command that text without a slash names, in one word and
// beside no picture; a slash with nothing after it is for help.
func (r *Router) bare(req *Request) (name string, ok bool) {
	text := strings.ToLower(strings.TrimSpace(req.Text))
	if len(req.Attachments) > 0 {
		return "", false
	}
	if text != "" && strings.Trim(text, "/") == "" {
		return "help", true
	}
	return text, slices.ContainsFunc(r.offered(req), func(c *Command) bool { return c.Name == text })
}

// askPlain asks whether what was written is a prompt.
func askPlain(req *Request, prompt Request) Reply {
	choose := func(plain string) Request {
		chosen := *req
		chosen.Options = map[string]string{"plain": plain}
		return chosen
	}
	return Reply{
		Text: Say("Shall I draw that?"),
		Buttons: []Button{
			Button{Label: "✏️ Just this one"}.asking(prompt),
			Button{Label: "♾️ Always draw what I write", Break: true}.asking(choose(SwitchedOn)),
			Button{Label: "🚫 Never draw plain text", Break: true}.asking(choose("no")),
		},
	}
}
