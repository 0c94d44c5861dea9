package jobs

import (
	"context"
	"errors"
	"slices"
	"time"

	"kellybot/internal/store"
)

// probeTime is how long a probe may take to come out of the queue before
// another is sent: it may have been cancelled.
const probeTime = 10 * time.Second

// probe sends one held request at a time to a service that is away, and wakes
// all when it is back.
func (j *Jobs) probe(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last time.Time
	turn := ""
	j.wake(ctx) // what an earlier life held: this one has not found the service away
	for {
		select {
		case <-ctx.Done():
			return
		case <-j.breaker.back:
			j.Log.Info("the picture service is back: all that was kept goes on")
			j.wake(ctx)
			continue
		case <-tick.C:
		}
		if !j.breaker.open() || time.Since(last) < j.breaker.pause() {
			continue
		}
		if settled, err := j.sendProbe(ctx, &turn); err == nil {
			j.await(ctx, settled)
		}
		last = time.Now()
	}
}

// await waits until the probe is over, or nobody came for it.
func (j *Jobs) await(ctx context.Context, settled <-chan struct{}) {
	tick := time.NewTicker(probeTime)
	defer tick.Stop()
	for {
		select {
		case <-settled:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			if j.breaker.untaken() {
				return
			}
		}
	}
}

// sendProbe lets a held request through, or whoever comes next when none is
// held. They take turns, the older first: one that fails whenever it is tried
// keeps nobody else from showing that the service is back. last is whose turn
// it was, "" for nobody's.
func (j *Jobs) sendProbe(ctx context.Context, last *string) (<-chan struct{}, error) {
	line, err := j.Store.Line(ctx)
	if err != nil {
		return nil, err
	}
	// What comes after the last in the line, and then from its start. A probe
	// that was cancelled is not in it: they begin anew.
	turn := slices.IndexFunc(line, func(p store.Place) bool { return p.ID == *last }) + 1
	for _, open := range slices.Concat(line[turn:], line[:turn]) {
		if open.State == store.Held {
			*last = open.ID
			return j.breaker.next(open.ID), j.goOn(ctx, generateID(open.ID, open.Round))
		}
	}
	return j.breaker.next(anybody), nil
}

// wake lets all held requests go on.
func (j *Jobs) wake(ctx context.Context) {
	held, err := j.Store.Delayed(ctx, generateQueue)
	for _, workflow := range held {
		err = errors.Join(err, j.goOn(ctx, workflow))
	}
	if err != nil && ctx.Err() == nil {
		j.Log.Error("held requests could not be woken; each goes on when its own time comes", "cause", err)
	}
}
