package commands

import (
	"context"
	"errors"
	"time"

	"kellybot/kelly"
)

// catalogPatience bounds how long the work on a job waits for missing lists
// of models, before a name passes as the user gave it.
const catalogPatience = 10 * time.Second

// Draw does an accepted job that needs no source, and returns the reply with
// its pictures. Its error is told to the user by Failure.
func Draw(ctx context.Context, service Service, catalog *Catalog, job Job) (Reply, error) {
	if err := Settle(ctx, catalog, &job); err != nil {
		return Reply{}, err
	}
	start := time.Now()
	var pictures []Made
	for range job.Pictures() {
		picture, err := Make(ctx, service, job, nil)
		if err != nil {
			Answer(job, pictures, 0).Release()
			return Reply{}, catalog.Refusal(job, err)
		}
		pictures = append(pictures, Made{Picture: picture})
	}
	return Answer(job, pictures, time.Since(start)), nil
}

// Settle checks what could not be checked when the job was accepted, so that
// the job says what is drawn. The error is a Refusal.
func Settle(ctx context.Context, catalog *Catalog, job *Job) error {
	if !job.ModelUnchecked {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, catalogPatience)
	defer cancel()
	// Without lists the service itself says whether there is such a model.
	lists, _ := catalog.Wait(waiting)
	if err := checkJob(job, lists); err != nil {
		return err
	}
	job.ModelUnchecked = false
	return nil
}

// errNoWork is a job that was stored by a program that could do more.
var errNoWork = errors.New("unknown work")

// Make makes one picture of the job. The source is nil of ToDraw, and read
// until Make returns. The caller releases the picture.
func Make(ctx context.Context, service Service, job Job, source *kelly.Picture) (*kelly.Picture, error) {
	switch job.Work {
	case ToDraw:
		return service.Generate(ctx, job.Generate)
	case ToEdit:
		size := Size{job.Generate.Width, job.Generate.Height}
		if size.Width == 0 {
			size = follow(Size{source.Width, source.Height}, job.MaxSize)
		}
		return service.Edit(ctx, kelly.EditRequest{
			Prompt: job.Generate.Prompt, NegativePrompt: job.Generate.NegativePrompt,
			Image: source.Bytes(), Width: size.Width, Height: size.Height,
		})
	case ToUpscale:
		return service.Upscale(ctx, source.Bytes())
	case ToRemoveBackground:
		return service.RemoveBackground(ctx, source.Bytes())
	}
	return nil, errNoWork
}
