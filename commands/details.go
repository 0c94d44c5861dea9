package commands

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"
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

// What /start is given to show the details of a picture begins so: the
// requester sees them anywhere by the picture's id, and others by what was
// stored for them where they saw the picture.
const (
	startDetails = "details_"
	startOffer   = "offer_"
)

func details(ctx context.Context, cfg Config, req *Request, id string) (Reply, bool, error) {
	picture, err := cfg.Pictures.Picture(ctx, req, id)
	if err != nil {
		return Reply{}, false, err
	}
	picture.Job.whole = req.preferred.settings().Negative != ""
	reply := Known(picture)
	if !req.Alone { // what leads to the private chat is words alone, and others see no file
		reply.Text, reply.Files = Say("%s\n%s", picture.known(), code(picture.command())), nil
	}
	if picture.Job.Request.User.ID != req.User.ID && !req.Alone {
		reply.Start = ""
		reply.starts = &Request{Command: "details", Text: picture.ID, Chat: Chat{ID: req.Chat.ID}}
	}
	return reply, false, nil
}

// offeredDetails are those that were stored for req to be read elsewhere.
func offeredDetails(ctx context.Context, cfg Config, req *Request, id string) (Reply, bool, error) {
	offered, err := cfg.Offers.Take(ctx, req, id)
	if errors.Is(err, ErrFinished) || errors.Is(err, ErrNotYours) {
		return Reply{}, false, refuse("This link works once, within a day, and for whoever pressed the button: please press it again below the picture.")
	}
	if err != nil {
		return Reply{}, false, err
	}
	there := *req
	there.Chat = offered.Chat
	return details(ctx, cfg, &there, offered.Text)
}

// Known is the reply with what is known of a picture.
func Known(picture Picture) Reply {
	line, files := copied(picture.command())
	return Reply{Text: Say("%s\n%s", picture.known(), line), Files: files, Start: startDetails + picture.ID}
}

// Read is the reply with what a picture's file says of how it was made.
func Read(job Job) Reply {
	line, files := copied(job.line("imagine"))
	return Reply{Text: Say("The picture's file says that it was made by this command:\n%s", line), Files: files}
}

// maxLine bounds a command within a message, in characters: it fits everywhere,
// also where each counts twice, as emoji and escaped ones may.
const maxLine = 900

// copied shows a command line to be copied. One that is too long for a message is
// a file, as a part of it would be no command.
func copied(line string) (shown Text, files []File) {
	if utf8.RuneCountInString(line) <= maxLine {
		return Text{code(line)}, nil
	}
	const file = "command.txt"
	return Say("The command is too long for a message: %s has it whole.", code(file)),
		[]File{{Name: file, ContentType: "text/plain; charset=utf-8", Bytes: []byte(line)}}
}

// command asks for the picture anew.
func (p Picture) command() string {
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
	return line
}

// known is how the picture was made.
func (p Picture) known() Text {
	known := []Text{maker(p.Job)}
	if p.Width > 0 {
		known = append(known, T(fmt.Sprintf("%d×%d", p.Width, p.Height)))
	}
	if p.Took > 0 {
		known = append(known, seconds(p.Took))
	}
	known = append(known, T(p.At.UTC().Format("2006-01-02 15:04 UTC")), Text{code(p.ID)})
	return facts(known...)
}

// noWords is how a command says that nothing is added to the negative prompt.
const noWords = ` --no ""`

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
	} else if j.whole {
		line += noWords
	}
	return line
}
