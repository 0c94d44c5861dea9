package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// over ends the request, with what the platform has taken or why it has not.
func (a attempt) over(receipt commands.Receipt, err error) record {
	state, level := a.end(receipt, err)
	return record{
		persist: func(ctx context.Context, tx *sql.Tx) error { return a.finish(ctx, tx, state, receipt) },
		log: func(ctx context.Context) {
			job, unread := a.past(a.row)
			a.log.Log(ctx, level, "a request is over", a.facts(job, state, receipt, err)...)
			if a.Over == nil || unread != nil {
				return
			}
			generated, delivered := time.Duration(0), time.Duration(0)
			if state == store.Done {
				generated, delivered = a.row.DrawnAt.Sub(a.row.AcceptedAt), a.at.Sub(a.row.AcceptedAt)
			}
			a.Over(a.row.Platform, job.Request.Command, state, generated, delivered)
		},
	}
}

// end is the state that the request ends in, and how much an operator has to
// know of it.
func (a attempt) end(receipt commands.Receipt, err error) (state string, level slog.Level) {
	// An admin who cannot be told of a report is the operator's to mend.
	closed := errors.Is(err, commands.ErrClosed) && !tells(a.row)
	lost := err != nil && !closed
	if lost {
		level = slog.LevelError
	}
	switch words, unread := said(a.row); {
	case a.row.State == store.Cancelled:
		return store.Cancelled, level
	case !lost && words.Refused && len(receipt.Images) == 0:
		return store.Refused, level
	case lost || unread != nil || words.Failed && len(receipt.Images) == 0:
		return store.Failed, level
	case closed:
		return store.Refused, level
	}
	return store.Done, level
}

// finish records the end. What counts comes first, as in accepting and in a ban,
// so that none of them waits for another in a circle.
func (a attempt) finish(ctx context.Context, tx *sql.Tx, state string, receipt commands.Receipt) error {
	row := a.row
	keys, err := store.Keys(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	if err := a.giveBack(ctx, tx, state, row.AskedFor-len(keys)); err != nil {
		return err
	}
	if err := store.Finish(ctx, tx, row.ID, state, receipt.MessageID, receipt.Link, a.at); err != nil {
		return err
	}
	if tells(row) { // the picture is another request's
		return nil
	}
	for i, image := range receipt.Images {
		if err := store.Located(ctx, tx, row.ID, i+1, image.MessageID, image.File.Data); err != nil {
			return err
		}
	}
	if row.Shows != "" {
		a.removeCopies(row, keys)
	}
	if state != store.Done {
		return nil
	}
	return store.AddDuration(ctx, tx, row.SizeClass, took(row), a.at)
}

// giveBack takes pictures that were not drawn out of what counts towards limits.
func (a attempt) giveBack(ctx context.Context, tx *sql.Tx, state string, unused int) error {
	row := a.row
	if unused <= 0 || state == store.Cancelled && !row.StartedAt.IsZero() && row.HeldSince.IsZero() { // the service was at work on it
		return nil
	}
	return store.AddUsage(ctx, tx, day(row.AcceptedAt), -unused, a.counted(row)...)
}

// removeCopies removes the files of a request that showed a picture again: they
// are that picture once more, and nothing reads them after the delivery. Going
// with its record, they outlive no crash; without it they are copied anew.
func (j *Jobs) removeCopies(row store.Request, keys []string) {
	for _, key := range keys {
		if err := j.Files.Remove(key); err != nil {
			j.Log.Warn("a copy of a picture stays until old files are removed", "platform", row.Platform, "job", row.ID, "cause", err)
		}
	}
}

// facts are what the one line about a request says.
func (a attempt) facts(job commands.Job, state string, receipt commands.Receipt, err error) []any {
	row := a.row
	facts := []any{"outcome", state, "rounds", row.Round + 1, "command", job.Request.Command}
	if job.Generate.Width > 0 {
		facts = append(facts, "model", job.Generate.Model, "size", fmt.Sprintf("%dx%d", job.Generate.Width, job.Generate.Height))
	}
	if !row.StartedAt.IsZero() {
		facts = append(facts, "waited", row.StartedAt.Sub(row.AcceptedAt))
	}
	if !row.DrawnAt.IsZero() {
		facts = append(facts, "drawn", took(row), "delivered", a.at.Sub(row.DrawnAt).Round(time.Millisecond))
	}
	if receipt.MessageID != "" {
		facts = append(facts, "message", receipt.MessageID)
	}
	if err != nil {
		facts = append(facts, "cause", err)
	}
	return facts
}

// took is how long the picture took; 0 when the clock was put back meanwhile, or
// nothing was drawn.
func took(row store.Request) time.Duration {
	if row.StartedAt.IsZero() {
		return 0
	}
	return max(row.DrawnAt.Sub(row.StartedAt), 0)
}

// day is the day in UTC that a request counts for.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
