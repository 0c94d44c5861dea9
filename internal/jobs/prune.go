package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/internal/store"
)

const (
	pruneEvery = 10 * time.Minute
	// pruneBatch is how many requests are forgotten before others get the database.
	pruneBatch = 200
)

// prune forgets what has been over for long enough.
func (j *Jobs) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := j.pruneOnce(ctx, time.Now()); err != nil && ctx.Err() == nil {
			j.Log.Warn("old requests could not be removed", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (j *Jobs) pruneOnce(ctx context.Context, now time.Time) error {
	if err := j.forgetMarked(ctx); err != nil { // which scrub says nothing of
		return err
	}
	for j.Retention > 0 {
		ended, err := j.Store.Finished(ctx, now.Add(-j.Retention), pruneBatch)
		if err != nil {
			return err
		}
		if err := j.forget(ctx, ended); err != nil {
			return err
		}
		if len(ended) < pruneBatch {
			break
		}
	}
	if err := j.Store.PruneOffers(ctx, now.Add(-offerTime)); err != nil {
		return err
	}
	if err := j.Store.PruneUsage(ctx, day(now.Add(-24*time.Hour))); err != nil {
		return err
	}
	if err := j.Store.PruneReports(ctx, now.Add(-reportTime)); err != nil {
		return err
	}
	if err := j.Store.PruneTraces(ctx, now.Add(-max(j.Policy.Cooldown, reportsIn))); err != nil {
		return err
	}
	if err := j.removeUnknown(ctx); err != nil {
		return err
	}
	keep, err := j.Store.Undelivered(ctx)
	if err != nil {
		return err
	}
	_, err = j.Files.Prune(keep, now.Add(-j.KeepOriginals), j.OriginalsLimit)
	return err
}

// forget removes all that the engine and we know of finished requests.
func (j *Jobs) forget(ctx context.Context, ended []store.Rounds) error {
	if len(ended) == 0 {
		return nil
	}
	var workflows []string
	for _, r := range ended {
		for round := range r.Generate + 1 {
			workflows = append(workflows, generateID(r.ID, round))
		}
		for round := range r.Deliver + 1 {
			workflows = append(workflows, deliverID(run{ID: r.ID, Round: round}))
		}
		for round := 0; r.Cancelled && round <= j.tellings(); round++ {
			workflows = append(workflows, deliverID(run{ID: r.ID, Round: round, Cancelled: true}))
		}
	}
	// The engine deletes what a workflow returned before the workflow: one that
	// ends in between leaves that behind, and cannot a second time.
	for range 2 {
		if err := dbos.DeleteWorkflows(dbos.From(j.engine, ctx), workflows); err != nil {
			return fmt.Errorf("forget requests: %w", err)
		}
	}
	return j.Store.Delete(ctx, ended)
}
