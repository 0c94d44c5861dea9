package commands

import "context"

// newAgain is /again, and the button: the same request anew. The service takes
// no seed, so that it is a new picture.
func newAgain(cfg Config) *Command {
	return &Command{
		Name:     "again",
		Summary:  "Ask for the same once more: a new picture",
		Argument: Argument{Name: "id", Summary: "The picture's id, as it stands below it", Required: true},
		Draws:    true,
		Examples: []string{"/again " + exampleID},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			picture, err := cfg.Pictures.Picture(ctx, req, req.Text)
			if err != nil {
				return Reply{}, false, err
			}
			job := picture.Job
			job.Request = *req
			return accept(ctx, cfg.Queue, job)
		},
	}
}
