package commands

import "context"

// newShow is /show: a picture once more, by its id, or what the file of one
// that is sent says of itself.
func newShow(cfg Config) *Command {
	return &Command{
		Name:     "show",
		Summary:  "Show a picture again, or how one of yours was made",
		Argument: Argument{Name: "id", Summary: "The picture's id, as it stands below it"},
		Options:  []Option{optionPicture()},
		Draws:    true,
		Examples: []string{"/show " + exampleID},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			g, err := parse(req, nil)
			if err != nil {
				return Reply{}, false, err
			}
			if g.text != "" {
				return show(ctx, cfg, req, g.text, false)
			}
			s, err := source(ctx, cfg.Pictures, req, "", "/show "+exampleID)
			if err != nil {
				return Reply{}, false, err
			}
			if s.picture != nil {
				return show(ctx, cfg, req, s.ID, false)
			}
			return accept(ctx, cfg.Queue, s.job(req, ToRead))
		},
	}
}

// filePlatforms compress what is shown as a picture.
var filePlatforms = []string{"telegram"}

// newFile is the button that brings the picture as the file it is.
func newFile(cfg Config) *Command {
	return &Command{
		Name:      "file",
		Summary:   "Bring a picture as a file",
		Hidden:    true,
		Draws:     true,
		Platforms: filePlatforms,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			return show(ctx, cfg, req, req.Text, true)
		},
	}
}

func show(ctx context.Context, cfg Config, req *Request, id string, asFile bool) (Reply, bool, error) {
	picture, err := cfg.Pictures.Picture(ctx, req, id)
	if err != nil {
		return Reply{}, false, err
	}
	job := picture.Job
	job.Request, job.AsFile, job.Source = *req, asFile, new(picture.source())
	job.Work, job.Was = ToShow, job.Work
	return accept(ctx, cfg.Queue, job)
}
