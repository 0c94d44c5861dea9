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

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store"
)

const (
	// acceptTime bounds the promise: who asked should hear soon that it failed.
	acceptTime = 2 * time.Second
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
	row, err := newRow(job)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	err = j.Store.InTx(bounded, func(tx *sql.Tx) error {
		if err := also(bounded, tx); err != nil {
			return err
		}
		return j.accept(bounded, tx, row)
	})
	if errors.Is(err, store.ErrGone) {
		return commands.ErrFinished
	}
	if over, limited := errors.AsType[*commands.LimitError](err); limited && over.Again == 0 {
		over.Again = j.expected(row.SizeClass) // of the median, not to be asked for in the transaction
		return over
	} else if err == nil || limited || errors.Is(err, commands.ErrPending) {
		return err
	}
	// The commit may have been made all the same.
	sure, cancel := context.WithTimeout(context.WithoutCancel(ctx), sureTime)
	defer cancel()
	if _, unknown := j.Store.Get(sure, row.ID); unknown == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", commands.ErrBusy, err)
}

func (j *Jobs) accept(ctx context.Context, tx *sql.Tx, row store.Request) error {
	today := day(row.AcceptedAt)
	counts, err := store.Count(ctx, tx, row.Platform, row.User, today)
	if err != nil {
		return err
	}
	pending := false
	if row.Origin != "" {
		if pending, err = store.Pending(ctx, tx, row.Platform, row.User, row.Origin); err != nil {
			return err
		}
	}
	fresh, err := store.Insert(ctx, tx, row)
	if err != nil || !fresh {
		return err
	}
	if pending {
		return commands.ErrPending
	}
	if err := j.limit(counts, row); err != nil {
		return err
	}
	if err := store.AddUsage(ctx, tx, today, row.AskedFor); err != nil {
		return err
	}
	return j.enqueue(tx, row, generateQueue, generateID(row.ID, 0), run{ID: row.ID}, 0)
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
		tomorrow := row.AcceptedAt.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		return over(commands.DailyLimit, j.DailyLimit, tomorrow.Sub(row.AcceptedAt))
	}
	return nil
}

// newRow is the row of an accepted job. The address has a column of its own,
// which is wiped as soon as it is of no use.
func newRow(job commands.Job) (store.Request, error) {
	address, err := json.Marshal(job.Request.Address)
	if err != nil {
		return store.Request{}, fmt.Errorf("store a request: %w", err)
	}
	platform := job.Request.Address.Platform
	job.Request.Address = commands.Address{}
	body, err := json.Marshal(job)
	if err != nil {
		return store.Request{}, fmt.Errorf("store a request: %w", err)
	}
	return store.Request{
		ID: job.Request.ID, Short: store.NewShort(), Platform: platform, User: job.Request.User.ID, Chat: job.Request.Chat.ID,
		Body: body, Address: address, SizeClass: sizeClass(job), Locale: job.Request.Locale, AskedFor: job.Pictures(), Origin: job.Origin(), AcceptedAt: time.Now(),
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

// run is a workflow's input: ids only, for the engine keeps it.
type run struct {
	ID    string `json:"id"`
	Round int    `json:"round"` // of drawing, or of delivering
	// Deliver is, of a drawing, the round of the delivery that follows.
	Deliver int `json:"deliver,omitempty"`
	// Cancelled is, of a delivery, that it tells the end of a cancelled request.
	Cancelled bool `json:"cancelled,omitempty"`
}

// generateID is the workflow that draws the request in a round.
func generateID(id string, round int) string { return fmt.Sprintf("%s#%d", id, round) }

// deliverID is the workflow of a delivery.
func deliverID(in run) string {
	kind := "d"
	if in.Cancelled {
		kind = "c"
	}
	return fmt.Sprintf("%s#%s%d", in.ID, kind, in.Round)
}

// delivers reports whether the workflow of that id is a delivery.
func delivers(workflow string) bool {
	round := workflow[strings.LastIndexByte(workflow, '#')+1:]
	return strings.HasPrefix(round, "d") || strings.HasPrefix(round, "c")
}

func (j *Jobs) enqueueDelivery(tx *sql.Tx, row store.Request, in run, delay time.Duration) error {
	return j.enqueue(tx, row, deliverQueue, deliverID(in), in, delay)
}

// enqueue adds a workflow to the caller's transaction, to start after the
// delay. One that exists stays as it is.
func (j *Jobs) enqueue(tx *sql.Tx, row store.Request, queue, id string, in run, delay time.Duration) error {
	opts := []dbos.EnqueueOption{dbos.WithEnqueueWorkflowID(id), dbos.WithEnqueueTransaction(tx)}
	partition := row.Platform
	if queue == generateQueue {
		partition += ":" + row.User
		if in.Round == 0 {
			// After the user's requests that were begun and held.
			opts = append(opts, dbos.WithEnqueuePriority(1))
		}
	}
	opts = append(opts, dbos.WithEnqueueQueuePartitionKey(partition))
	if delay > 0 {
		opts = append(opts, dbos.WithEnqueueDelay(delay))
	}
	// The workflow is named like its queue.
	if _, err := dbos.Enqueue[string](j.engine, queue, queue, in, opts...); err != nil {
		return fmt.Errorf("enqueue: %w", err)
	}
	return nil
}
