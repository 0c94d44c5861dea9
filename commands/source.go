package commands

import (
	"context"
	"errors"
	"slices"
)

// optionID names a picture of ours.
func optionID() Option {
	return Option{
		Name: "id", Flag: "id", Value: "ID", Example: exampleID,
		Summary: "The id of a picture, as it stands below it",
	}
}

// optionPicture is a picture of the user's own, where the platform attaches
// one to a command.
func optionPicture() Option {
	return Option{Name: "picture", Attachment: true, Summary: "A picture of your own"}
}

// maxSource bounds the pictures that people send to be worked on, in bytes:
// the most that Telegram gives out to bots, https://core.telegram.org/bots/api#getfile.
const maxSource = 20 << 20

// exampleID is what ids look like.
const exampleID = "k3v9x2m4p7q8a"

// givingPicture says how people name the picture that a command is about.
func givingPicture(platform string) Text {
	if slices.Contains(replyPlatforms, platform) {
		return Say("The picture: reply to one, attach one, or give the id that stands below it.")
	}
	return Say("The picture: attach one, or give the id that stands below it.")
}

// A sourced is the picture that a request is about.
type sourced struct {
	Source
	// picture is the one of ours; nil when it is not.
	picture *Picture
}

// replyPlatforms have commands that reply to a message.
var replyPlatforms = []string{"telegram"}

// source finds the picture that a request is about: the one of the id, the one
// that came with the request, or the one in the message that it replies to.
// example is a line with an id, for whoever gave none of them.
func source(ctx context.Context, pictures Pictures, req *Request, id, example string) (sourced, error) {
	if id != "" {
		picture, err := pictures.Picture(ctx, req, id)
		return sourced{picture.source(), &picture}, err
	}
	if len(req.Attachments) > 0 {
		return sourced{Source: Source{Attachment: &req.Attachments[0]}}, nil
	}
	if req.Message != "" {
		picture, err := pictures.PictureIn(ctx, req, req.Message)
		if err == nil {
			return sourced{picture.source(), &picture}, nil
		}
		if !errors.Is(err, ErrNoPicture) {
			return sourced{}, err
		}
	}
	if len(req.Replied) > 0 {
		return sourced{Source: Source{Attachment: &req.Replied[0]}}, nil
	}
	if !slices.Contains(replyPlatforms, req.Address.Platform) {
		return sourced{}, refuse("Say which picture: attach one, or give the id that stands below it, as in %s.", code(example))
	}
	return sourced{}, refuse("Say which picture: reply to one, attach one, or give the id that stands below it, as in %s.", code(example))
}

// sourceOf is source of what a request says. Where nothing else says which picture,
// the first word may be the id of one, and is none of the text then.
func sourceOf(ctx context.Context, pictures Pictures, g *given, example string) (sourced, error) {
	id, err := g.value(optionID())
	if err != nil {
		return sourced{}, err
	}
	s, err := source(ctx, pictures, g.req, id, example)
	if _, missing := errors.AsType[*Refusal](err); !missing {
		return s, err
	}
	picture, unknown := pictureFirst(ctx, pictures, g)
	if errors.Is(unknown, ErrNoPicture) {
		return s, err
	}
	return sourced{picture.source(), &picture}, unknown
}

// pictureFirst takes the id of a picture off the text's beginning. The error is
// ErrNoPicture where there is none.
func pictureFirst(ctx context.Context, pictures Pictures, g *given) (Picture, error) {
	id, rest := cutWord(g.text)
	if id == "" {
		return Picture{}, ErrNoPicture
	}
	picture, err := pictures.Picture(ctx, g.req, id)
	if err == nil {
		g.text = rest
	}
	return picture, err
}

// job is one that works on the picture. What it shows is in the prompt, for
// the caption.
func (s sourced) job(req *Request, work Work) Job {
	job := Job{Request: *req, Work: work, Source: &s.Source}
	if s.picture != nil {
		job.Generate = s.picture.Job.Generate
	}
	job.Spoiler = s.spoiler()
	return job
}

// spoiler reports whether the picture is hidden: what is made of it is as well.
func (s sourced) spoiler() bool { return s.picture != nil && s.picture.Job.Spoiler }

// source is the picture as one to work on.
func (p Picture) source() Source { return Source{ID: p.ID, Unguarded: p.Job.unguarded()} }

// madeOf is the source that the picture is to be made of anew for req. What it
// was made of may never have been shown where req was made, and each drawing of
// it shows another side of it; then, where the source is gone, and where it is
// what somebody else sent, the picture takes its place.
func (p Picture) madeOf(ctx context.Context, pictures Pictures, req *Request) (*Source, error) {
	source, by := p.Job.Source, p.Job.Request
	if source == nil {
		return nil, nil
	}
	if source.ID == "" {
		if by.User.ID != req.User.ID {
			source = new(p.source())
		}
		return source, nil
	}
	_, err := pictures.Picture(ctx, req, source.ID)
	if errors.Is(err, ErrNoPicture) {
		return new(p.source()), nil
	}
	return source, err
}
