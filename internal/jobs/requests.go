package jobs

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store"
)

// Cancel implements commands.Requests.
func (j *Jobs) Cancel(ctx context.Context, by *commands.Request, id string) error {
	// A platform may deliver an event once more, and the newest is another then.
	if done, err := store.HasCancelled(ctx, j.Store.DB, by.ID); err != nil || done {
		return err
	}
	row, err := j.cancellable(ctx, by, id)
	if err != nil {
		return err
	}
	return j.cancel(ctx, row, by.ID)
}

// Abandon implements commands.Requests.
func (j *Jobs) Abandon(ctx context.Context, id string) error {
	row, err := j.Store.Get(ctx, id)
	if errors.Is(err, store.ErrGone) {
		return commands.ErrFinished
	}
	if err != nil {
		return err
	}
	return j.cancel(ctx, row, "")
}

// cancel cancels the request, for the event or "".
func (j *Jobs) cancel(ctx context.Context, row store.Request, event string) error {
	var round int
	err := j.Store.InTx(ctx, func(tx *sql.Tx) (err error) {
		round, err = j.cancelIn(ctx, tx, row, event)
		return err
	})
	if errors.Is(err, store.ErrGone) {
		return commands.ErrFinished
	}
	if err != nil {
		return err
	}
	j.cancelled(ctx, row.ID, round)
	return nil
}

// cancelIn cancels the request in the transaction, and returns its round.
func (j *Jobs) cancelIn(ctx context.Context, tx *sql.Tx, row store.Request, event string) (round int, err error) {
	if round, err = store.Cancel(ctx, tx, row.ID, event, time.Now()); err != nil {
		return 0, err
	}
	// Every request that was accepted is answered, this one with a word.
	return round, j.enqueueDelivery(tx, row, run{ID: row.ID, Cancelled: true}, 0)
}

// cancelled ends the work on a cancelled request.
func (j *Jobs) cancelled(ctx context.Context, id string, round int) {
	workflow := generateID(id, round)
	j.interrupt(workflow, errCancelled) // elsewhere, watch sees the row
	// Frees its place in the engine's queue now; the row alone would at its turn.
	if err := dbos.CancelWorkflow(dbos.From(j.engine, ctx), workflow); err != nil && !errors.Is(err, dbos.ErrNonExistentWorkflow) {
		j.Log.Warn("a cancelled request keeps its place in the queue until its turn", "job", id, "cause", err)
	}
}

// cancellable returns the request, if by may cancel it.
func (j *Jobs) cancellable(ctx context.Context, by *commands.Request, id string) (row store.Request, err error) {
	platform := by.Address.Platform
	if id == "" {
		row, err = j.Store.Newest(ctx, platform, by.User.ID, by.Chat.ID)
	} else {
		row, err = j.Store.Find(ctx, id)
	}
	own := row.Platform == platform && row.User == by.User.ID
	here := row.Platform == platform && row.Chat == by.Chat.ID
	switch {
	case errors.Is(err, store.ErrGone), err == nil && !own && !here:
		return row, commands.ErrNoRequest
	case err != nil:
		return row, err
	case !own && !by.Moderator:
		return row, commands.ErrNotYours
	}
	return row, nil
}

// Retry implements commands.Requests.
func (j *Jobs) Retry(ctx context.Context, by *commands.Request, id string) error {
	if _, err := j.Store.Get(ctx, by.ID); err == nil {
		return nil // the same press once more
	}
	row, err := j.Store.Find(ctx, id)
	platform := by.Address.Platform
	switch {
	case errors.Is(err, store.ErrGone),
		err == nil && (row.Platform != platform || row.User != by.User.ID && row.Chat != by.Chat.ID):
		return commands.ErrNoRequest
	case err != nil:
		return err
	case row.State == store.Delivering:
		return commands.ErrPending
	case row.State != store.Failed:
		return commands.ErrFinished
	}
	row.Address = []byte("{}") // wiped; the new request has its own
	job, err := j.job(row)
	if err != nil {
		return err
	}
	if row.User != by.User.ID {
		if err := j.mayUse(ctx, by, job.Source); err != nil {
			return err
		}
	}
	command := job.Request.Command
	job.Request = *by
	job.Request.Command = command
	return j.acceptWith(ctx, job, func(ctx context.Context, tx *sql.Tx) error { return store.Retry(ctx, tx, row.ID) })
}

// mayUse makes sure that by, who did not name the source, may use it. A picture
// that somebody sent is theirs alone. The error is commands.ErrNotYours.
func (j *Jobs) mayUse(ctx context.Context, by *commands.Request, source *commands.Source) error {
	if source == nil {
		return nil
	}
	if source.ID == "" {
		return commands.ErrNotYours
	}
	_, err := j.Picture(ctx, by, source.ID)
	if errors.Is(err, commands.ErrNoPicture) {
		return commands.ErrNotYours
	}
	return err
}

// Line implements commands.Requests.
func (j *Jobs) Line(ctx context.Context, by *commands.Request) (commands.Line, error) {
	running, waiting, err := j.Store.Standing(ctx)
	if err != nil {
		return commands.Line{}, err
	}
	own, err := j.Store.Own(ctx, by.Address.Platform, by.User.ID, by.Chat.ID)
	if err != nil {
		return commands.Line{}, err
	}
	line := commands.Line{Running: running, Waiting: waiting, Away: j.breaker.awaySince()}
	if line.Quotas, err = j.quotas(ctx, by); err != nil || len(own) == 0 {
		return line, err
	}
	all, err := j.Store.Line(ctx)
	if err != nil {
		return commands.Line{}, err
	}
	positions := make(map[string]int, len(all))
	for _, open := range all {
		positions[open.ID] = open.Position
	}
	now := time.Now()
	for _, row := range own {
		line.Own = append(line.Own, j.standing(row, positions[row.ID], now))
	}
	return line, nil
}

func (j *Jobs) standing(row store.Request, position int, now time.Time) commands.Standing {
	s := commands.Standing{ID: row.Short}
	row.Address = []byte("{}")
	if job, err := j.job(row); err == nil {
		s.Prompt = job.Generate.Prompt
	}
	takes := j.expected(row.SizeClass)
	switch row.State {
	case store.Waiting:
		s.Position, s.Ready = position, j.readyAt(position, takes, now)
	case store.Drawing, store.Delivering:
		s.Since = row.StartedAt
		if takes > 0 {
			s.Ready = row.StartedAt.Add(takes)
		}
	}
	return s
}
