package commands

import (
	"context"
	"errors"
	"time"
)

// Reports tell the admins of pictures.
type Reports interface {
	// Report tells each admin of a picture, as soon as their platform takes it.
	// The error is ErrReported when by has done so before, ErrUntold when no admin
	// can be told, or a *LimitError.
	Report(ctx context.Context, by *Request, picture Picture, reason string) error
	// Reported returns the report of that id, or ErrFinished.
	Reported(ctx context.Context, id string) (Report, error)
	// Erase deletes the reported picture from where it was reported and from
	// where it was drawn. The error is ErrFinished, ErrNoPicture or ErrTooOld.
	Erase(ctx context.Context, id string) error
}

// A Report is a picture that somebody has told the admins of.
type Report struct {
	ID       string // short
	Picture  string // its id
	Asker    Scope  // who asked for it
	Reporter Scope
	Chat     Scope // where it was reported
	Reason   string
}

// newReport is /report, and an entry in the menu of a message.
func newReport(cfg Config) *Command {
	options := []Option{optionID()}
	return &Command{
		Name:      "report",
		Summary:   "Tell whoever runs the bot of a picture that should not be here",
		Menu:      "Report",
		Argument:  Argument{Name: "reason", Summary: "What is wrong with it"},
		Options:   options,
		Examples:  []string{"/report", "/report that is me --id " + exampleID},
		Private:   true,
		Addressed: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			g, err := parse(req, options)
			if err != nil {
				return Reply{}, false, err
			}
			id, err := g.value(options[0])
			if err != nil {
				return Reply{}, false, err
			}
			var picture Picture
			switch {
			case id != "":
				picture, err = cfg.Pictures.Picture(ctx, req, id)
			case req.Message != "":
				picture, err = cfg.Pictures.PictureIn(ctx, req, req.Message)
			default:
				if picture, err = pictureFirst(ctx, cfg.Pictures, &g); !errors.Is(err, ErrNoPicture) {
					break
				}
				err = refuse("Say which picture: reply to it, or give the id that stands below it, as in %s.", code("/report --id "+exampleID))
			}
			if err != nil {
				return Reply{}, false, err
			}
			if err := cfg.Reports.Report(ctx, req, picture, cut(g.text, maxReason)); err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("Thank you: those who run the bot are told, and nobody else learns of it.")}, false, nil
		},
	}
}

// Told is what an admin reads of a report. job is what the picture was made by;
// nil when it is gone.
func (r Report) Told(job *Job, pictures ...Made) Reply {
	reason := T(r.Reason)
	if r.Reason == "" {
		reason = Say("no reason was given")
	}
	known := []Text{Say("A picture was reported: %s", reason)}
	switch {
	case job == nil:
		known = append(known, Say("The picture is gone by now."))
	case job.Generate.Prompt != "":
		known = append(known, Text{{Text: job.Generate.Prompt, Style: Bold, Cut: true}})
	}
	known = append(known,
		Say("Asked for by %s, reported by %s in %s", r.Asker.name(), r.Reporter.name(), r.Chat.name()),
		Text{code(r.Picture)})
	reply := Reply{Text: lines(known...), Buttons: []Button{
		{Label: "🗑️ Delete", Command: "erase", ID: r.ID},
		{Label: "⛔ Ban", Command: "banish", ID: r.ID},
		{Label: "✔️ Dismiss", Command: "dismiss", ID: r.ID},
	}}
	for _, made := range pictures {
		reply.Images = append(reply.Images, Image{Name: "reported." + string(made.Format), Alt: job.Generate.Prompt, Picture: made.Picture, Spoiler: true})
	}
	return reply
}

// newErase, newBanish and newDismiss are the buttons below what admins read of
// a report.
func newErase(cfg Config) *Command {
	return &Command{
		Name:    "erase",
		Summary: "Delete a reported picture",
		Hidden:  true,
		Private: true,
		Admin:   true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if err := cfg.Reports.Erase(ctx, req.Text); err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("The picture is deleted.")}, false, nil
		},
	}
}

func newBanish(cfg Config) *Command {
	return &Command{
		Name:    "banish",
		Summary: "Ban whoever asked for a reported picture",
		Hidden:  true,
		Private: true,
		Admin:   true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			report, err := cfg.Reports.Reported(ctx, req.Text)
			if err != nil {
				return Reply{}, false, err
			}
			reply, err := ban(ctx, cfg, report.Asker, time.Time{}, "")
			return reply, false, err
		},
	}
}

func newDismiss(cfg Config) *Command {
	return &Command{
		Name:    "dismiss",
		Summary: "Dismiss a report",
		Hidden:  true,
		Private: true,
		Admin:   true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			report, err := cfg.Reports.Reported(ctx, req.Text)
			if err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("The report of %s is dismissed.", code(report.Picture)), Update: true}, false, nil
		},
	}
}
