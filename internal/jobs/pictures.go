package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// picture returns the picture of that id with its request, or store.ErrGone,
// which one is whose answer was deleted.
func (j *Jobs) picture(ctx context.Context, id string) (row store.Request, p store.Picture, err error) {
	row, p, err = j.found(ctx, id)
	if err == nil && row.Deleted {
		err = store.ErrGone
	}
	return row, p, err
}

// found is picture for what is still to be known of one that was deleted.
func (j *Jobs) found(ctx context.Context, id string) (row store.Request, p store.Picture, err error) {
	short, n, ok := commands.ParsePictureID(id)
	if !ok {
		return row, p, store.ErrGone
	}
	if row, err = j.Store.Find(ctx, short); err != nil {
		return row, p, err
	}
	pictures, err := j.Store.Pictures(ctx, row.ID)
	if err != nil {
		return row, p, err
	}
	if row.Shows != "" { // the picture is another request's
		return row, p, store.ErrGone
	}
	i := slices.IndexFunc(pictures, func(p store.Picture) bool { return p.N == n })
	// Who sees a picture may press its buttons before its delivery is recorded.
	if i < 0 || row.State != store.Done && row.State != store.Delivering {
		return row, p, store.ErrGone
	}
	return row, pictures[i], nil
}

// Picture implements commands.Pictures.
func (j *Jobs) Picture(ctx context.Context, by *commands.Request, id string) (commands.Picture, error) {
	row, p, err := j.visible(ctx, by, id)
	if err == nil && row.Deleted {
		err = commands.ErrNoPicture
	}
	if err != nil {
		return commands.Picture{}, err
	}
	return j.told(row, p)
}

// visible is found for those who may know of it: its requester, and everybody
// in a chat where it was shown. For others the error is commands.ErrNoPicture.
func (j *Jobs) visible(ctx context.Context, by *commands.Request, id string) (row store.Request, p store.Picture, err error) {
	row, p, err = j.found(ctx, id)
	if err == nil && row.Platform != by.Address.Platform {
		err = store.ErrGone
	}
	if err == nil && row.User != by.User.ID && row.Chat != by.Chat.ID {
		_, err = j.Store.ShownIn(ctx, commands.PictureID(row.Short, p.N), row.Platform, by.Chat.ID)
	}
	if errors.Is(err, store.ErrGone) {
		err = commands.ErrNoPicture
	}
	return row, p, err
}

// PictureIn implements commands.Pictures.
func (j *Jobs) PictureIn(ctx context.Context, by *commands.Request, message string) (commands.Picture, error) {
	row, n, err := j.Store.Of(ctx, by.Address.Platform, by.Chat.ID, message)
	if errors.Is(err, store.ErrGone) {
		return commands.Picture{}, commands.ErrNoPicture
	}
	if err != nil {
		return commands.Picture{}, err
	}
	job, err := j.past(row)
	if err != nil {
		return commands.Picture{}, err
	}
	id := commands.PictureID(row.Short, n)
	if job.Work == commands.ToShow {
		id = job.Source.ID
	}
	return j.Picture(ctx, by, id)
}

// past is the job of a request that is over: without an address.
func (j *Jobs) past(row store.Request) (commands.Job, error) {
	row.Address = []byte("{}")
	job, err := j.job(row)
	job.Request.Address.Platform = row.Platform
	return job, err
}

func (j *Jobs) told(row store.Request, p store.Picture) (commands.Picture, error) {
	job, err := j.past(row)
	return commands.Picture{
		ID: commands.PictureID(row.Short, p.N), Job: job, Width: p.Width, Height: p.Height,
		At: row.AcceptedAt, Took: took(row), Link: row.Link, File: commands.Attachment{Data: p.File}, Deleted: row.Deleted,
	}, err
}

// historyBatch is how many requests a search reads at once.
const historyBatch = 200

// History implements commands.Pictures. It reads until it has found enough:
// only here the words of prompts are known.
func (j *Jobs) History(ctx context.Context, by *commands.Request, words string, skip, limit int) (found []commands.Picture, more bool, err error) {
	chat := by.Chat.ID
	if by.Alone {
		chat = ""
	}
	after, id := time.Now().Add(clockMargin), ""
	for {
		rows, err := j.Store.History(ctx, by.Address.Platform, by.User.ID, chat, after, id, historyBatch)
		if err != nil {
			return nil, false, err
		}
		for _, row := range rows {
			after, id = row.AcceptedAt, row.ID
			pictures, err := j.matching(ctx, row, words)
			if err != nil {
				return nil, false, err
			}
			for _, picture := range pictures {
				switch {
				case skip > 0:
					skip--
				case len(found) == limit:
					return found, true, nil
				default:
					found = append(found, picture)
				}
			}
		}
		if len(rows) < historyBatch {
			return found, false, nil
		}
	}
}

// matching returns the request's pictures if its prompt holds each of the words.
func (j *Jobs) matching(ctx context.Context, row store.Request, words string) ([]commands.Picture, error) {
	job, err := j.past(row)
	if err != nil || job.Pictures() == 0 {
		return nil, err
	}
	prompt := strings.ToLower(job.Generate.Prompt)
	for word := range strings.FieldsSeq(strings.ToLower(words)) {
		if !strings.Contains(prompt, word) {
			return nil, nil
		}
	}
	drawn, err := j.Store.Pictures(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	var all []commands.Picture
	for _, p := range drawn {
		picture, err := j.told(row, p)
		if err != nil {
			return nil, err
		}
		all = append(all, picture)
	}
	return all, nil
}
