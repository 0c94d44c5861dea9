package commands

import "context"

// newChange is the button that lets people change a request before they ask
// anew: a form filled with what it was.
func newChange(cfg Config) *Command {
	o := newDrawingOptions(cfg)
	return &Command{
		Name:    "change",
		Summary: "Change a request and ask anew",
		Hidden:  true,
		Private: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			picture, err := cfg.Pictures.Picture(ctx, req, req.Text)
			if err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("Send it changed: %s", code(picture.Job.line("imagine"))), Form: picture.form(o)}, false, nil
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
	form := &Form{Title: "Change the request", Command: "imagine", Fields: []Field{
		{Label: "Prompt", Value: g.Prompt, Long: true},
		o.negative.field(Field{Label: "Negative prompt", Value: p.Job.negativeWords()}),
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

// field is f as one for the option.
func (o Option) field(f Field) Field {
	f.Name, f.Flag, f.Long = o.Name, o.Flag, o.Words
	return f
}
