package commands

import (
	"context"
	"fmt"
	"strings"

	"kellybot/kelly"
)

// newDetails is the button that tells everything that is known of a picture.
func newDetails(cfg Config) *Command {
	return &Command{
		Name:    "details",
		Summary: "Tell how a picture was made",
		Hidden:  true,
		Private: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			return details(ctx, cfg, req, req.Text)
		},
	}
}

// startDetails begins what /start is given to show the details of a picture.
const startDetails = "details_"

func details(ctx context.Context, cfg Config, req *Request, id string) (Reply, bool, error) {
	picture, err := cfg.Pictures.Picture(ctx, req, id)
	if err != nil {
		return Reply{}, false, err
	}
	return Known(picture), false, nil
}

// Known is the reply with what is known of a picture.
func Known(picture Picture) Reply {
	return Reply{Text: picture.details(), Start: startDetails + picture.ID}
}

// Read is the reply with what a picture's file says of how it was made.
func Read(job Job) Reply {
	return Reply{Text: Say("The picture's file says that it was made by this command:\n%s", code(job.line("imagine")))}
}

// details is how the picture was made, and the command that asks for it anew.
func (p Picture) details() Text {
	work := p.Job.Work
	line := "/" + string(work)
	switch work {
	case ToDraw:
		line = p.Job.line("imagine")
	case ToEdit:
		line = p.Job.line("edit")
	}
	if p.Job.Source != nil && p.Job.Source.ID != "" && work != ToDraw {
		line += " --id " + p.Job.Source.ID
		if work == ToUpscale || work == ToRemoveBackground {
			line = "/" + string(work) + " " + p.Job.Source.ID
		}
	}
	known := []Text{maker(p.Job)}
	if p.Width > 0 {
		known = append(known, T(fmt.Sprintf("%d×%d", p.Width, p.Height)))
	}
	if p.Took > 0 {
		known = append(known, seconds(p.Took))
	}
	known = append(known, T(p.At.UTC().Format("2006-01-02 15:04 UTC")), Text{code(p.ID)})
	return Say("%s\n%s", facts(known...), code(line))
}

// line is the command that asks for the same.
func (j Job) line(command string) string { return "/" + command + " " + j.argument(command) }

// argument is what stands after that command.
func (j Job) argument(command string) string {
	line := literally(j.Generate.Prompt)
	if command == "imagine" && j.Generate.Model != "" {
		line += " --model " + quoted(j.Generate.Model)
	}
	if j.Generate.Width > 0 {
		line += " --size " + Size{j.Generate.Width, j.Generate.Height}.String()
	}
	if j.Count > 1 {
		line += fmt.Sprintf(" --n %d", j.Count)
	}
	if words := j.negativeWords(); words != "" {
		line += " --no " + literally(words)
	}
	return line
}

// negativeWords are what the user added to the default negative prompt.
func (j Job) negativeWords() string {
	if j.Generate.NegativePrompt == nil {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(*j.Generate.NegativePrompt, kelly.DefaultNegativePrompt), ", ")
}
