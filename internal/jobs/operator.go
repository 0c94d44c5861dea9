package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store"
)

// ErrUnanswerable is that nothing leads to a request's user any more, such as
// to one of Discord's where the bot may not write on its own.
var ErrUnanswerable = errors.New("its user cannot be answered any more")

// An Operator changes the course of requests from another process than the
// ones that serve. It works on none itself: who serves does, or will.
type Operator struct{ jobs *Jobs }

// OpenOperator prepares it on a store, which may be open beside those that
// serve. The limits are theirs.
func OpenOperator(s *store.Store, limits Limits, log *slog.Logger) (*Operator, error) {
	j, err := prepare(Config{Store: s, Limits: limits, Executor: NewExecutor(s), Log: log})
	if err != nil {
		return nil, err
	}
	return &Operator{j}, nil
}

// Close ends it, and closes what the engine has of the store.
func (o *Operator) Close() error {
	o.jobs.ended.Store(true)
	return dbos.Shutdown(o.jobs.engine, 5*time.Second)
}

// Cancel ends the request of that short id before it is answered, of which its
// user is told. The error is commands.ErrNoRequest or commands.ErrFinished.
func (o *Operator) Cancel(ctx context.Context, short string) error {
	row, err := o.find(ctx, short)
	if err != nil {
		return err
	}
	return o.jobs.cancel(ctx, row, "")
}

// Retry accepts the request of that short id anew, which has failed, or was
// refused or cancelled, and returns the short id of the new one, which is the same
// whenever it is asked for again. It counts towards the limits as any other.
// The error is commands.ErrNoRequest, commands.ErrPending before the end is
// recorded or when its button's work is asked for already,
// commands.ErrFinished when the request did neither, ErrUnanswerable or a
// *commands.LimitError.
func (o *Operator) Retry(ctx context.Context, short string) (anew string, err error) {
	j := o.jobs
	row, err := o.find(ctx, short)
	if err != nil {
		return "", err
	}
	id := "retry:" + row.Short // once for each request
	if before, err := j.Store.Get(ctx, id); err == nil {
		return before.Short, nil
	}
	switch {
	case row.State == store.Done:
		return "", commands.ErrFinished
	case row.FinishedAt.IsZero(), len(row.Address) > 0: // its user is about to be told
		return "", commands.ErrPending
	}
	var job commands.Job
	if err := json.Unmarshal(row.Body, &job); err != nil {
		return "", fmt.Errorf("read a stored request: %w", err)
	}
	if job.Request.Address.Platform == "" {
		return "", ErrUnanswerable
	}
	job.Request.ID, job.Request.Received = id, time.Now()
	err = j.acceptKept(ctx, job, job.Request.Address, func(ctx context.Context, tx *sql.Tx) error { return store.Again(ctx, tx, row.ID) })
	if err != nil {
		return "", err
	}
	accepted, err := j.Store.Get(ctx, id) // of two at once the other's
	return accepted.Short, err
}

func (o *Operator) find(ctx context.Context, short string) (store.Request, error) {
	row, err := o.jobs.Store.Find(ctx, short)
	if errors.Is(err, store.ErrGone) {
		err = commands.ErrNoRequest
	}
	return row, err
}
