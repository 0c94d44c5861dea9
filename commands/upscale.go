package commands

import "context"

// newUpscale is /upscale, and the button.
func newUpscale(cfg Config) *Command {
	return newTool(cfg, ToUpscale, &Command{
		Name:     "upscale",
		Summary:  "Make a picture larger",
		Menu:     "Upscale",
		Examples: []string{"/upscale", "/upscale " + exampleID},
	})
}

// newRemoveBackground is /removebg, and the button.
func newRemoveBackground(cfg Config) *Command {
	return newTool(cfg, ToRemoveBackground, &Command{
		Name:     "removebg",
		Summary:  "Remove a picture's background",
		Menu:     "Remove background",
		Examples: []string{"/removebg", "/removebg " + exampleID},
	})
}

// newTool makes c the command that does the work on a picture and needs no
// more than that: an attachment, the one replied to, or the one of an id.
func newTool(cfg Config, work Work, c *Command) *Command {
	c.Argument = Argument{Name: "id", Summary: "The id of a picture, as it stands below it"}
	c.Options = []Option{optionPicture()}
	c.Draws = true
	c.Run = func(ctx context.Context, req *Request) (Reply, bool, error) {
		g, err := parse(req, c.Options)
		if err != nil {
			return Reply{}, false, err
		}
		s, err := source(ctx, cfg.Pictures, req, g.text, "/"+c.Name+" "+exampleID)
		if err != nil {
			return Reply{}, false, err
		}
		return accept(ctx, cfg.Queue, s.job(req, work))
	}
	return c
}

// accept hands the job to the queue, with how its requester wants pictures to
// be shown.
func accept(ctx context.Context, queue Queue, job Job) (Reply, bool, error) {
	set := job.Request.preferred.settings()
	job.Spoiler = job.Spoiler || is(set.Spoiler)
	job.AsFile = job.AsFile || is(set.AsFile)
	err := queue.Accept(ctx, job)
	return Reply{}, err == nil, err
}
