package commands

import (
	"cmp"
	"context"
	"strings"
	"unicode"
)

// imagine is /imagine: pictures of a prompt.
type imagine struct {
	drawingOptions
	options []Option
}

func newImagine(cfg Config) *Command {
	i := &imagine{drawingOptions: newDrawingOptions(cfg)}
	i.options = i.with(i.model, i.size, i.ratio, i.negative, i.count)
	return &Command{
		Name:     "imagine",
		Summary:  "Draw a picture of what you describe",
		Argument: Argument{Name: "prompt", Summary: "What to draw, in your own words", Required: true},
		Options:  i.options,
		Examples: []string{
			"/imagine a red fox in snow",
			"/imagine a red fox in snow --model " + quoted(cfg.Model) + " --size " + i.size.Example,
			"/imagine a quiet harbour at dawn --ar " + i.ratio.Example + " --no text, people",
		},
		Draws: true,
		Run:   i.run,
	}
}

func (i *imagine) run(ctx context.Context, req *Request) (Reply, bool, error) {
	job, err := i.job(req)
	if err != nil {
		return Reply{}, false, err
	}
	if len(req.Attachments) > 0 && i.cfg.Pictures != nil {
		return Reply{}, false, i.beside(req)
	}
	return accept(ctx, i.cfg.Queue, job)
}

// beside is that a picture came with the request, which draws from words alone.
func (i *imagine) beside(req *Request) error {
	var buttons []Button
	if _, _, err := parseOptions("edit", req.Text, i.with(i.size, i.ratio, i.negative)); err == nil {
		edit := *req
		edit.Command = "edit"
		buttons = append(buttons, Button{Label: "✏️ Draw the picture anew"}.asking(edit))
	}
	without := *req
	without.Attachments = nil
	return offering(
		refuse("%s uses only your words and not your picture: to change the picture, use %s.", code("/imagine"), code("/edit")),
		append(buttons, Button{Label: "🎨 Draw without it"}.asking(without))...)
}

// job checks everything that can be checked without waiting for anybody.
func (i *imagine) job(req *Request) (Job, error) {
	g, err := parse(req, i.options)
	if err != nil {
		return Job{}, err
	}
	if showsNothing(g.text) {
		if _, given := g.typed[i.negative.Name]; given && !strings.ContainsFunc(req.Text, isQuote) {
			return Job{}, refuse("Everything after %s was taken as what should not be there: put the picture first, or the words in quotes, as in %s.",
				code("--no"), code(`/imagine --no "text, people" a red fox`))
		}
		return Job{}, refuse("There is nothing to draw yet: describe the picture, as in %s.", code("/imagine a red fox in snow"))
	}
	u, err := i.usual(g)
	if err != nil {
		return Job{}, err
	}
	job := Job{Request: *req}
	if job.Generate.Prompt, err = promptOf(g, u, "/imagine a red fox in snow"); err != nil {
		return Job{}, err
	}
	size, err := i.sizeOf(g, cmp.Or(u.Size, i.cfg.Size))
	if err != nil {
		return Job{}, err
	}
	job.Generate.Width, job.Generate.Height = size.Width, size.Height
	if job.Generate.NegativePrompt, err = i.negativeOf(g, u); err != nil {
		return Job{}, err
	}
	if job.Count, err = i.countOf(g); err != nil {
		return Job{}, err
	}
	job.Count = cmp.Or(job.Count, u.Count)
	asked, err := g.value(i.model)
	if err != nil {
		return Job{}, err
	}
	job.Generate.Model = cmp.Or(asked, u.Model, i.cfg.Model)
	if asked == "" {
		if job.Generate.Model == i.cfg.Model {
			return job, nil
		}
		job.Fallback = i.cfg.Model
	}
	return job, checkNow(&job, i.cfg)
}

// showsNothing reports whether nothing of s can be seen: it is empty, or all
// white space, controls, and characters without a shape of their own.
func showsNothing(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		const blankBraille = '\u2800'
		return r != blankBraille && !unicode.IsSpace(r) &&
			!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
	})
}
