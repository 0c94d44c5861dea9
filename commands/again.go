package commands

import (
	"context"
	"errors"
)

// newAgain is /again, and the button: the same request anew. The service takes
// no seed, so that it is a new picture.
func newAgain(cfg Config) *Command {
	return &Command{
		Name:     "again",
		Summary:  "Ask for the same once more: a new picture",
		Argument: Argument{Name: "id", Summary: "The picture's id, as it stands below it"},
		Draws:    true,
		Examples: []string{"/again " + exampleID},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			picture, err := repeated(ctx, cfg.Pictures, req)
			if err != nil {
				return Reply{}, false, err
			}
			job := picture.Job
			job.Request, job.Gone = *req, "" // which is told once
			if job.Source, err = picture.madeOf(ctx, cfg.Pictures, req); err != nil {
				return Reply{}, false, err
			}
			// The bot's own model draws whether it is listed or not.
			if job.Work == ToDraw && job.Generate.Model != cfg.Model {
				if err := checkNow(&job, cfg); err != nil {
					return Reply{}, false, err
				}
			}
			return accept(ctx, cfg.Queue, job)
		},
	}
}

// repeated finds the picture of the id, or else the one in the message that
// the request replies to. No other is meant, not even one's last: it costs.
func repeated(ctx context.Context, pictures Pictures, req *Request) (Picture, error) {
	g, err := parse(req, nil)
	if err != nil {
		return Picture{}, err
	}
	if g.text != "" {
		return pictures.Picture(ctx, req, g.text)
	}
	picture, err := pictures.PictureIn(ctx, req, req.Message)
	if errors.Is(err, ErrNoPicture) {
		err = refuse("Say which picture: reply to one of mine, or give the id that stands below it, as in %s.", code("/again "+exampleID))
	}
	return picture, err
}
