package commands

import (
	"cmp"
	"context"
	"strings"
)

// newChange is the button that lets people change a request before they ask
// anew: a form filled with what it was. With new words it asks anew.
func newChange(r *Router, cfg Config) *Command {
	o := newDrawingOptions(cfg)
	return &Command{
		Name:    "change",
		Summary: "Change a request and ask anew",
		Hidden:  true,
		Private: true,
		Draws:   true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			id, answered := req.Options[optionID().Name]
			if !answered {
				id = req.Text
			}
			picture, err := cfg.Pictures.Picture(ctx, req, id)
			if err != nil {
				return Reply{}, false, err
			}
			if picture.Job.Source, err = picture.madeOf(ctx, cfg.Pictures, req); err != nil {
				return Reply{}, false, err
			}
			picture.Job.whole = req.preferred.settings().Negative != ""
			form := picture.form(o)
			if !answered {
				return Reply{Text: Say("Send it changed: %s", code(cmp.Or(form.Line(), "/edit the same at night --id "+picture.ID))), Form: form}, false, nil
			}
			changed, err := form.changed(req, o, r.Command(req.Address.Platform, form.Command))
			if err != nil {
				return Reply{}, false, err
			}
			return r.do(ctx, changed)
		},
	}
}

// form is filled with what the picture was drawn from; what was not drawn from
// words alone is edited itself.
func (p Picture) form(o drawingOptions) *Form {
	g := p.Job.Generate
	size := ""
	if g.Width > 0 {
		size = Size{g.Width, g.Height}.String()
	}
	form := &Form{Title: "Change the request", Command: "imagine", Changes: p.ID, Fields: []Field{
		{Label: "Prompt", Value: literally(g.Prompt), Long: true},
		o.negative.field(Field{Label: "Negative prompt", Value: p.Job.negativeWords(), whole: p.Job.whole}),
		o.model.field(Field{Label: "Model", Value: g.Model}),
		o.size.field(Field{Label: "Size", Value: size}),
	}}
	switch {
	case p.Job.Work == ToDraw:
		return form
	case p.Job.Work == ToEdit && p.Job.Source.ID != "":
		form.ID = p.Job.Source.ID
	default:
		form.ID = p.ID
	}
	form.Title, form.Command = "Change the picture", "edit"
	form.Fields = append(form.Fields[:2], form.Fields[3])
	return form
}

// changed is the request that the form becomes by words alone: what they do not
// name stays as it stands there.
func (f Form) changed(req *Request, o drawingOptions, command *Command) (*Request, error) {
	words, named, err := parseOptions(f.Command, req.Text, command.Options)
	if err != nil {
		return nil, err
	}
	changed := *req
	changed.Command, changed.Options = f.Command, map[string]string{}
	_, ratio := named[o.ratio.Name] // which sets the size as well
	for _, field := range f.Fields {
		_, given := named[field.Name]
		switch {
		case field.Name == "":
			if showsNothing(words) {
				changed.Text = strings.TrimSpace(field.Value + " " + req.Text)
			}
		case !given && !(ratio && field.Name == o.size.Name):
			// An empty one is said as well: what is usual does not take its place.
			changed.Options[field.Name] = field.Value
		}
	}
	if f.ID != "" {
		changed.Options[optionID().Name] = f.ID
	}
	return &changed, nil
}

// field is f as one for the option.
func (o Option) field(f Field) Field {
	f.Name, f.Flag, f.Long = o.Name, o.Flag, o.Words
	return f
}
