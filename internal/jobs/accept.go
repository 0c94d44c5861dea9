package jobs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

const (
	// acceptTime bounds the promise: who asked should hear soon that it failed.
	acceptTime = 2 * time.Second
	// pressTime is how long at least pressing a button once more is the same
	// press: people press twice where nothing seems to happen.
	pressTime = 10 * time.Second
	// sureTime bounds the question whether a commit that failed was made.
	sureTime = 400 * time.Millisecond
)

// Accept promises that the job will be answered: one transaction with its row
// and its workflow, and no call to a peer within.
func (j *Jobs) Accept(ctx context.Context, job commands.Job) error {
	return j.acceptWith(ctx, job, func(context.Context, *sql.Tx) error { return nil })
}

// acceptWith accepts the job together with what also does.
func (j *Jobs) acceptWith(ctx context.Context, job commands.Job, also func(context.Context, *sql.Tx) error) error {
	if j.closing() {
		return context.Canceled
	}
	kept, _ := j.Deliver.Keep(job.Request.Address)
	return j.acceptKept(ctx, job, kept, also)
}

// acceptKept is acceptWith, with what is kept of the address.
func (j *Jobs) acceptKept(ctx context.Context, job commands.Job, kept commands.Address, also func(context.Context, *sql.Tx) error) error {
	var row store.Request
	bounded, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	err := j.Store.InTx(bounded, func(tx *sql.Tx) (err error) {
		if err := also(bounded, tx); err != nil {
			return err
		}
		row, err = j.accept(bounded, tx, job, kept)
		return err
	})
	if _, refused := errors.AsType[*commands.Refusal](err); refused {
		return err
	}
	if errors.Is(err, store.ErrGone) {
		return commands.ErrFinished
	}
	if over, limited := errors.AsType[*commands.LimitError](err); limited && over.Again == 0 {
		over.Again = j.expected(row.SizeClass) // of the median, not to be asked for in the transaction
		return over
	} else if err == nil || limited || errors.Is(err, commands.ErrPending) || errors.Is(err, commands.ErrPressed) {
		return err
	}
	// The commit may have been made all the same.
	sure, cancel := context.WithTimeout(context.WithoutCancel(ctx), sureTime)
	defer cancel()
	if _, unknown := j.Store.Get(sure, job.Request.ID); unknown == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", commands.ErrBusy, err)
}

// accept adds the job's row, and its workflow, if it may be done.
func (j *Jobs) accept(ctx context.Context, tx *sql.Tx, job commands.Job, kept commands.Address) (row store.Request, err error) {
	now := time.Now()
	today, by := day(now), &job.Request
	counts, err := store.Count(ctx, tx, by.Address.Platform, by.User.ID, today)
	if err != nil {
		return row, err
	}
	rules, err := j.rules(ctx, tx, by.Scopes())
	if err != nil {
		return row, err
	}
	j.Policy.Apply(&job, rules)
	if row, err = newRow(job, kept, now); err != nil {
		return row, err
	}
	same := j.samePress(ctx, tx, row) // but for this row
	fresh, err := store.Insert(ctx, tx, row)
	if err != nil || !fresh {
		return row, err
	}
	if same != nil {
		return row, same
	}
	if err := commands.Banned(by, rules, now); err != nil {
		return row, err
	}
	if err := j.Policy.Refuse(job); err != nil {
		return row, err
	}
	if err := j.limit(counts, row); err != nil {
		return row, err
	}
	if err := j.limitOf(ctx, tx, by, rules, row); err != nil {
		return row, err
	}
	if err := store.AddUsage(ctx, tx, today, row.AskedFor, j.hashes(by.Scopes())...); err != nil {
		return row, err
	}
	return row, j.enqueue(tx, row, generateQueue, generateID(row.ID, 0), run{ID: row.ID}, 0)
}

// samePress is why the request is the same press of a button as an earlier one,
// or nil. What failed or was cancelled may be asked for again at once.
func (j *Jobs) samePress(ctx context.Context, tx *sql.Tx, row store.Request) error {
	if row.Origin == "" {
		return nil
	}
	pending, err := store.Pending(ctx, tx, row.Platform, row.User, row.Origin)
	if err != nil {
		return err
	}
	if pending {
		return commands.ErrPending
	}
	// Of a clock that was put back nobody waits for more than that.
	lately, err := store.Lately(ctx, tx, row.Platform, row.User, row.Origin, row.AcceptedAt.Add(-pressTime), row.AcceptedAt.Add(pressTime))
	if err == nil && lately {
		err = commands.ErrPressed
	}
	return err
}

// limit refuses what is one too many. It asks for nothing: within a
// transaction, another connection may not be had.
func (j *Jobs) limit(counts store.Counts, row store.Request) error {
	over := func(limit commands.Limit, most int, again time.Duration) error {
		return &commands.LimitError{Limit: limit, Max: most, Again: again}
	}
	switch {
	case counts.User >= j.UserQueue:
		return over(commands.UserLimit, j.UserQueue, 0)
	case counts.All >= j.QueueLimit:
		return over(commands.TotalLimit, j.QueueLimit, 0)
	case j.DailyLimit > 0 && row.AskedFor > 0 && counts.Today+row.AskedFor > j.DailyLimit:
		return over(commands.DailyLimit, j.DailyLimit, untilTomorrow(row.AcceptedAt))
	}
	return nil
}

// newRow is the row of an accepted job. The address has a column of its own,
// which is wiped as soon as it is of no use. What is kept of it, which may be
// nothing, is for an operator's retry, and stands where past leaves it out. What
// shows a picture again keeps nothing of it that /forget would have to find.
func newRow(job commands.Job, kept commands.Address, now time.Time) (store.Request, error) {
	address, err := json.Marshal(job.Request.Address)
	if err != nil {
		return store.Request{}, fmt.Errorf("store a request: %w", err)
	}
	platform := job.Request.Address.Platform
	job.Request.Address = kept
	if job.Work == commands.ToShow {
		job.Generate = kelly.GenerateRequest{}
	}
	body, err := json.Marshal(job)
	if err != nil {
		return store.Request{}, fmt.Errorf("store a request: %w", err)
	}
	return store.Request{
		ID: job.Request.ID, Short: store.NewShort(), Platform: platform, User: job.Request.User.ID, Chat: job.Request.Chat.ID,
		Body: body, Address: address, SizeClass: sizeClass(job), Locale: job.Request.Locale, AskedFor: job.Pictures(), Origin: job.Origin(), Shows: job.Shows(), AcceptedAt: now,
	}, nil
}

// sizeClass groups jobs that take about the same time: one work, or one model,
// as many pictures, and the area in steps of a quarter of a megapixel.
func sizeClass(job commands.Job) string {
	switch job.Work {
	case commands.ToDraw, commands.ToEdit:
	default:
		return string(job.Work)
	}
	const step = 1 << 18
	class := strings.ToLower(cmp.Or(string(job.Work), job.Generate.Model)) + "/" + strconv.Itoa((job.Generate.Width*job.Generate.Height+step-1)/step)
	if n := job.Pictures(); n > 1 {
		class += "*" + strconv.Itoa(n)
	}
	return class
}

// job is what a row was made of.
func (j *Jobs) job(row store.Request) (job commands.Job, err error) {
	if err := json.Unmarshal(row.Body, &job); err != nil {
		return job, fmt.Errorf("read a stored request: %w", err)
	}
	job.Request.Address, err = address(row)
	return job, err
}

func address(row store.Request) (to commands.Address, err error) {
	if err := json.Unmarshal(row.Address, &to); err != nil {
		return to, fmt.Errorf("read a stored address: %w", err)
	}
	return to, nil
}
