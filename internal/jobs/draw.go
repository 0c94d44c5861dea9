package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

// draw makes the pictures of a job that are not there yet, and records each,
// or returns words: an answer without pictures, or why there are fewer.
func (j *Jobs) draw(ctx, wf context.Context, row store.Request, attempt int) (words []byte, err error) {
	job, err := j.job(row)
	if err != nil {
		return nil, err
	}
	defer j.progress(ctx, job.Request.Address)()
	ctx, cancel := context.WithTimeout(ctx, drawTime)
	defer cancel()
	if limit := j.Deliver.Until(job.Request.Address); !limit.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, limit)
		defer cancel()
	}
	if err := j.settleJob(ctx, wf, row, attempt, &job); err != nil {
		return nil, err
	}
	have, err := j.Store.Pictures(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	source, err := j.source(ctx, row, job)
	if err != nil {
		return nil, err
	}
	defer source.Release()
	switch job.Work {
	case commands.ToDescribe:
		text, err := j.Service.Describe(ctx, job.Question, source.Bytes())
		if err != nil {
			return nil, err
		}
		return json.Marshal(commands.Described(text))
	case commands.ToShow:
		return nil, j.add(wf, row, attempt, store.Picture{N: 1, Copied: source.copied}, source.Picture, source.Bytes())
	case commands.ToRead:
		return j.read(ctx, row, job, source.Picture)
	}
	for n := len(have) + 1; n <= job.Pictures(); n++ {
		picture, err := commands.Make(ctx, j.Service, job, source.Picture)
		if err == nil {
			made := store.Picture{N: n, Copied: source.copied, Alt: j.alt(ctx, row, picture)}
			err = j.add(wf, row, attempt, made, picture, j.mark(row, job, n, picture, source)...)
			picture.Release()
		}
		if err != nil {
			return j.fewer(row, n-1, j.Catalog.Refusal(job, err))
		}
	}
	return nil, nil
}

// settleJob checks what could not be checked before, and records what came of it:
// that is what is drawn, whatever is listed later.
func (j *Jobs) settleJob(ctx, wf context.Context, row store.Request, attempt int, job *commands.Job) error {
	if !job.ModelUnchecked {
		return nil
	}
	if err := commands.Settle(ctx, j.Catalog, job); err != nil {
		return err
	}
	var stored commands.Job // with what is kept of the address, which holds no token
	if err := json.Unmarshal(row.Body, &stored); err != nil {
		return fmt.Errorf("read a stored request: %w", err)
	}
	settled, err := newRow(*job, stored.Request.Address, row.AcceptedAt)
	if err != nil {
		return err
	}
	return j.persist(wf, func(ctx context.Context) error {
		return store.Settle(ctx, j.Store.DB, row.ID, attempt, settled.Body, settled.SizeClass)
	})
}

// fewer decides on an error after so many pictures: what the service does not
// want to do is told beside those that it did.
func (j *Jobs) fewer(row store.Request, have int, err error) ([]byte, error) {
	if have == 0 || !errors.Is(err, kelly.ErrRefused) && !errors.Is(err, kelly.ErrInvalidContent) && !errors.Is(err, kelly.ErrTooLarge) {
		return nil, err
	}
	return json.Marshal(commands.Failure(err).In(row.Locale))
}

// add stores a picture, whose file is the parts, and records that it is there.
func (j *Jobs) add(wf context.Context, row store.Request, attempt int, made store.Picture, picture *kelly.Picture, parts ...[]byte) error {
	made.Key = commands.PictureID(row.Short, made.N) + "." + string(picture.Format)
	made.Width, made.Height = picture.Width, picture.Height
	if err := j.keep(made.Key, parts...); err != nil {
		return err
	}
	return j.persist(wf, func(ctx context.Context) error { return store.AddPicture(ctx, j.Store.DB, row.ID, attempt, made) })
}

// altQuestion asks the service for the words of those who cannot see a picture.
const altQuestion = "Describe this picture in one sentence, for somebody who cannot see it."

// alt is what a picture shows, if that is to be asked. Without an answer the
// prompt says it.
func (j *Jobs) alt(ctx context.Context, row store.Request, picture *kelly.Picture) string {
	if !j.Describe {
		return ""
	}
	words, err := j.Service.Describe(ctx, altQuestion, picture.Bytes())
	if err != nil && ctx.Err() == nil {
		j.Log.Warn("a picture could not be described; its prompt is its alt text", "platform", row.Platform, "job", row.ID, "cause", err)
	}
	return words
}

// A sourcePicture is what a job works on.
type sourcePicture struct {
	*kelly.Picture // nil when there is none
	copied         bool
	composite      bool // a person's own, or made of one
}

// source loads the picture that the job works on: the original's file, or
// else the platform's copy.
func (j *Jobs) source(ctx context.Context, row store.Request, job commands.Job) (s sourcePicture, err error) {
	if job.Source == nil {
		return s, nil
	}
	if job.Source.ID == "" {
		s.composite = true
		s.Picture, err = j.fetch(ctx, row.Platform, *job.Source.Attachment)
		return s, err
	}
	of, picture, err := j.picture(ctx, job.Source.ID)
	if errors.Is(err, store.ErrGone) {
		return s, commands.ErrNoPicture
	}
	if err != nil {
		return s, err
	}
	if s.composite, err = j.composite(ctx, of); err != nil {
		return s, err
	}
	s.Picture, err = j.load(ctx, sources, picture.Key)
	if !errors.Is(err, errLost) {
		return s, err
	}
	if len(picture.File) == 0 {
		return s, commands.ErrNoPicture
	}
	s.copied = true
	s.Picture, err = j.fetch(ctx, of.Platform, commands.Attachment{Data: picture.File})
	return s, err
}

// composite reports whether a request's pictures were made of a person's own,
// be it through others of ours.
func (j *Jobs) composite(ctx context.Context, row store.Request) (bool, error) {
	for {
		job, err := j.past(row)
		if err != nil || job.Source == nil {
			return false, err
		}
		if job.Source.ID == "" {
			return true, nil
		}
		if row, _, err = j.found(ctx, job.Source.ID); err != nil {
			if errors.Is(err, store.ErrGone) { // forgotten; nobody knows
				return true, nil
			}
			return false, err
		}
	}
}

// sources names the budget of pictures to work on.
const sources = "sources"

// errLost is that a stored picture's file is not here, or is spoiled.
var errLost = errors.New("a picture's file is not here")

// load reads a stored picture into the memory for what it is for. The error is
// errLost when its file is not here: nobody else returns it, for whoever hears
// it may draw the picture again, which costs.
func (j *Jobs) load(ctx context.Context, use, key string) (*kelly.Picture, error) {
	file, size, err := j.Files.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errLost
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	picture, err := j.budget(use).Load(ctx, file, size)
	if errors.Is(err, kelly.ErrInvalidContent) {
		// What a power failure left of it.
		return nil, fmt.Errorf("%w: %w", errLost, errors.Join(err, j.Files.Remove(key)))
	}
	return picture, err
}

// fetch reads a picture from a platform.
func (j *Jobs) fetch(ctx context.Context, platform string, a commands.Attachment) (*kelly.Picture, error) {
	body, size, err := j.Deliver.Fetch(ctx, platform, a)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	picture, err := j.budget(sources).Load(ctx, body, size)
	switch {
	case errors.Is(err, kelly.ErrInvalidContent), errors.Is(err, kelly.ErrTooLarge):
		return nil, commands.ErrNotAPicture
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: %w", commands.ErrUnfetched, err)
	}
	return picture, err
}

// budget is the memory for pictures of one use, such as a platform's name for
// those on their way there.
func (j *Jobs) budget(use string) *kelly.Budget {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.budgets[use] == nil {
		j.budgets[use] = kelly.NewBudget(deliverBudget)
	}
	return j.budgets[use]
}
