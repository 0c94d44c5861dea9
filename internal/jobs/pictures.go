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

// picture returns the picture of that id with its request, or store.ErrGone.
func (j *Jobs) picture(ctx context.Context, id string) (row store.Request, p store.Picture, err error) {
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
	i := slices.IndexFunc(pictures, func(p store.Picture) bool { return p.N == n })
	// Who sees a picture may press its buttons before its delivery is recorded.
	if i < 0 || row.State != store.Done && row.State != store.Delivering {
		return row, p, store.ErrGone
	}
	return row, pictures[i], nil
}

// Picture implements commands.Pictures.
func (j *Jobs) Picture(ctx context.Context, by *commands.Request, id string) (commands.Picture, error) {
	row, p, err := j.picture(ctx, id)
	if errors.Is(err, store.ErrGone) || err == nil && !visible(row, by) {
		return commands.Picture{}, commands.ErrNoPicture
	}
	if err != nil {
		return commands.Picture{}, err
	}
	return j.told(row, p)
}

// visible reports whether by may know of the request's pictures.
func visible(row store.Request, by *commands.Request) bool {
	return row.Platform == by.Address.Platform && (row.User == by.User.ID || row.Chat == by.Chat.ID)
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
	before := time.Now().Add(clockMargin)
	for {
		rows, err := j.Store.History(ctx, by.Address.Platform, by.User.ID, chat, before, historyBatch)
		if err != nil {
			return nil, false, err
		}
		for _, row := range rows {
			before = row.AcceptedAt
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

// Delete implements commands.Pictures.
func (j *Jobs) Delete(ctx context.Context, by *commands.Request, id string) error {
	row, _, err := j.picture(ctx, id)
	switch {
	case errors.Is(err, store.ErrGone), err == nil && !visible(row, by):
		return commands.ErrNoPicture
	case err != nil:
		return err
	case row.User != by.User.ID && !by.Moderator:
		return commands.ErrNotYours
	case row.State != store.Done: // its messages are not known yet
		return commands.ErrPending
	}
	// Of other messages than those that show the picture none is deleted,
	// whatever a command replies to or a button's message is said to be.
	pressed, err := j.PictureIn(ctx, by, by.Message)
	here := err == nil && pressed.ID[:len(row.Short)] == row.Short
	if err != nil && !errors.Is(err, commands.ErrNoPicture) {
		return err
	}
	if row.Chat != by.Chat.ID { // it was shown again here, and stays where it was
		if !here {
			return commands.ErrNoPicture
		}
		return j.Deliver.Remove(ctx, by.Address, []string{by.Message})
	}
	pictures, err := j.Store.Pictures(ctx, row.ID)
	if err != nil {
		return err
	}
	// What shows the picture again goes with the button that was pressed.
	messages := []string{row.Message}
	if here {
		messages = append(messages, by.Message)
	}
	for _, p := range pictures {
		messages = append(messages, p.Message)
	}
	slices.Sort(messages)
	messages = slices.DeleteFunc(slices.Compact(messages), func(id string) bool { return id == "" })
	if err := j.Deliver.Remove(ctx, by.Address, messages); err != nil {
		return err
	}
	if err := store.MarkDeleted(ctx, j.Store.DB, row.ID, time.Now()); err != nil && !errors.Is(err, store.ErrGone) {
		return err
	}
	for _, p := range pictures {
		if err := j.Files.Remove(p.Key); err != nil {
			return err
		}
	}
	return nil
}
