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

const (
	// loadTime bounds the wait until an answer is in memory: all that is before
	// it there takes as long to leave on a line of 1 Mbit/s.
	loadTime = 5 * time.Minute
	// slowLine is the slowest line that must do for all deliveries to a platform,
	// in bytes a second: 1 Mbit/s, as for an adapter's uploads.
	slowLine = 125_000
)

// deliver brings the answer to where the request came from. Between the
// platform's acceptance and our record nothing happens, so that a duplicate
// needs a crash in exactly that gap.
func (j *Jobs) deliver(wf dbos.Context, in run) (string, error) {
	ctx, leave, err := j.enter(wf, deliverID(in))
	if err != nil {
		return "", err
	}
	defer leave()
	j.unshown(ctx, in.ID) // which may change the address
	var row store.Request
	err = j.persist(wf, func(ctx context.Context) (err error) {
		if row, err = j.Store.Get(ctx, in.ID); err == nil && !answerable(row, in) {
			err = store.ErrGone
		}
		return err
	})
	if err != nil {
		return "", unlessGone(err)
	}
	receipt, err := guard(func() (commands.Receipt, error) { return j.bring(ctx, row) })
	if err != nil && ctx.Err() != nil {
		return "", interrupted(ctx)
	}
	if errors.Is(err, errLost) && j.elsewhere(ctx, row) {
		err = errElsewhere
	}
	attempt := attempt{j, row, in, time.Now(), j.Log.With("platform", row.Platform, "job", row.ID, "user", row.User)}
	record := attempt.outcome(ctx, receipt, err)
	err = j.persist(wf, func(ctx context.Context) error {
		return j.Store.InTx(ctx, func(tx *sql.Tx) error { return record.persist(ctx, tx) })
	})
	if err == nil {
		record.log(ctx)
	}
	return "", unlessGone(err)
}

// answerable reports whether the request has an answer that nobody has got, and
// this delivery is the one that brings it: after a crash an older one may run
// beside it.
func answerable(row store.Request, in run) bool {
	if in.Cancelled {
		return row.State == store.Cancelled && len(row.Address) > 0
	}
	return row.State == store.Delivering && row.Delivery == in.Round
}

// bring delivers the answer, whatever it is.
func (j *Jobs) bring(ctx context.Context, row store.Request) (commands.Receipt, error) {
	to, err := address(row)
	if err != nil {
		return commands.Receipt{}, err
	}
	loading, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	reply, err := j.reply(loading, row)
	if err != nil {
		return commands.Receipt{}, err
	}
	defer reply.Release()
	ctx, cancel = context.WithTimeout(ctx, deliverTime(reply))
	defer cancel()
	return j.Deliver.Deliver(ctx, to, reply)
}

// deliverTime bounds one try to deliver the reply, with all its attempts: five
// minutes, and what the deliveries at once take on a slow line when all are as
// large. It is more than any adapter's own.
func deliverTime(reply commands.Reply) time.Duration {
	bytes := 0
	for _, image := range reply.Images {
		bytes += len(image.Picture.Bytes())
	}
	for _, file := range reply.Files {
		bytes += len(file.Bytes)
	}
	return 5*time.Minute + time.Duration(bytes)*deliverers*time.Second/slowLine
}

// errElsewhere is that another process has the picture's file.
var errElsewhere = errors.New("the picture's file is with another process")

// elsewhere reports whether another process that is alive drew the request, as
// far as the database says.
func (j *Jobs) elsewhere(ctx context.Context, row store.Request) bool {
	alive, err := j.Store.Alive(ctx, deadAfter)
	return row.Executor != j.Executor && (err != nil || alive[row.Executor])
}
