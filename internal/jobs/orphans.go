package jobs

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kellybot/internal/store"
)

// adopt gives a new workflow to each request whose own is over while the
// request is not. That should not be; but what is accepted is answered, and the
// row says what is, not the engine.
func (j *Jobs) adopt(ctx context.Context) error {
	orphans, err := j.Store.Orphans(ctx)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		row, err := j.Store.Get(ctx, o.ID)
		if err == nil {
			err = j.Store.InTx(ctx, func(tx *sql.Tx) error { return j.begin(ctx, tx, row, o) })
		}
		if errors.Is(err, store.ErrGone) {
			continue
		}
		if err != nil {
			return err
		}
		j.Log.Warn("a request that its workflow had left behind goes on", "platform", row.Platform, "job", row.ID, "delivery", o.Delivery)
	}
	return nil
}

// begin starts the orphan's next round.
func (j *Jobs) begin(ctx context.Context, tx *sql.Tx, row store.Request, o store.Orphan) error {
	next := run{ID: row.ID, Round: o.Round + 1}
	if o.Delivery {
		if err := store.HoldDelivery(ctx, tx, row.ID, o.Round); err != nil {
			return err
		}
		return j.enqueueDelivery(tx, row, next, 0)
	}
	if err := store.Hold(ctx, tx, row.ID, o.Round, row.Attempts, store.ForService, time.Now()); err != nil {
		return err
	}
	next.Deliver = row.Delivery
	return j.enqueue(tx, row, generateQueue, generateID(next.ID, next.Round), next, 0)
}
