package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

// reply is the request's answer: its pictures, and words beside them or in
// their place.
func (j *Jobs) reply(ctx context.Context, row store.Request) (reply commands.Reply, err error) {
	if row.State == store.Cancelled {
		return commands.Reply{Text: commands.Say("Cancelled.")}.In(row.Locale), nil
	}
	if tells(row) {
		return j.telling(ctx, row)
	}
	words, err := said(row)
	if err != nil {
		return reply, err
	}
	pictures, err := j.Store.Pictures(ctx, row.ID)
	if err != nil || len(pictures) == 0 {
		words.Locale = row.Locale
		return words, err
	}
	job, err := j.job(row)
	if err != nil {
		return reply, err
	}
	if job.Work == commands.ToShow {
		switch job.Generate, pictures[0].Alt, err = j.shown(ctx, job); {
		case errors.Is(err, store.ErrGone): // deleted meanwhile
			return commands.Failure(commands.ErrNoPicture).In(row.Locale), nil
		case err != nil:
			return reply, err
		}
	}
	var made []commands.Made
	for _, p := range pictures {
		picture, err := j.load(ctx, row.Platform, p.Key)
		if err != nil {
			commands.Answer(job, made, 0).Release()
			return reply, err
		}
		made = append(made, commands.Made{ID: pictureID(row, job, p), Picture: picture, Copied: p.Copied, Alt: p.Alt})
	}
	reply = commands.Answer(job, made, took(row)).In(row.Locale)
	if len(words.Text) > 0 { // why there are fewer
		reply.Text = append(append(reply.Text, commands.Span{Text: "\n"}), words.Text...)
	}
	return reply, nil
}

// shown is what is said of the picture that the job shows again, or store.ErrGone.
func (j *Jobs) shown(ctx context.Context, job commands.Job) (g kelly.GenerateRequest, alt string, err error) {
	of, p, err := j.picture(ctx, job.Source.ID)
	if err != nil {
		return g, "", err
	}
	drawn, err := j.past(of)
	return drawn.Generate, p.Alt, err
}

// said is the stored words of an answer.
func said(row store.Request) (reply commands.Reply, err error) {
	if len(row.Words) == 0 {
		return reply, nil
	}
	if err := json.Unmarshal(row.Words, &reply); err != nil {
		return reply, fmt.Errorf("read a stored answer: %w", err)
	}
	return reply, nil
}

// pictureID is what people name the picture by: one that is shown again keeps
// the id that it has.
func pictureID(row store.Request, job commands.Job, p store.Picture) string {
	if job.Work == commands.ToShow {
		return job.Source.ID
	}
	return commands.PictureID(row.Short, p.N)
}
