package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/internal/store"
)

const (
	// beatEvery, deadAfter and surely: a process is dead when it was missing at
	// so many looks in a row, one each beatEvery. It is missing when its lock
	// is free, or its last heartbeat as old as deadAfter. One look is not
	// enough: when the database was away, whoever is back first misses the
	// others. So what a killed process leaves is taken over within 6 s, and
	// that of one that hangs within 12 s.
	beatEvery = 2 * time.Second
	deadAfter = 6 * time.Second
	surely    = 3
	// lostAfter is how long a workflow may be claimed by this process without
	// running here before it is queued again.
	lostAfter = 10 * time.Second
	// clockMargin is how far the clocks of several machines may lie apart.
	clockMargin = time.Minute
)

// watch keeps this process alive in the others' eyes and looks after work
// that nobody does.
func (j *Jobs) watch(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	failing, missing := false, map[string]int{}
	for {
		bounded, cancel := context.WithTimeout(ctx, deadAfter)
		err := j.look(bounded, missing)
		cancel()
		if err != nil {
			clear(missing) // the others may not have reached the database either
		}
		if (err != nil) != failing && ctx.Err() == nil {
			failing = err != nil
			if failing {
				j.Log.Error("the database does not answer: nothing new is accepted until it does", "cause", err)
			} else {
				j.Log.Info("the database answers again")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look looks once. missing counts at how many looks in a row each executor was
// missing.
func (j *Jobs) look(ctx context.Context, missing map[string]int) error {
	if err := j.Store.Beat(ctx, j.Executor); err != nil {
		return err
	}
	j.beat.Store(new(time.Now()))
	if err := j.interruptCancelled(ctx); err != nil {
		return err
	}
	if err := j.hasten(ctx); err != nil {
		return err
	}
	if err := j.adopt(ctx); err != nil {
		return err
	}
	alive, err := j.Store.Alive(ctx, deadAfter)
	if err != nil {
		return err
	}
	if err := j.hearOthers(ctx); err != nil {
		return err
	}
	claims, err := j.Store.Claims(ctx)
	if err != nil {
		return err
	}
	looked := map[string]bool{}
	for _, c := range claims {
		switch {
		case c.Executor != j.Executor && !looked[c.Executor]:
			looked[c.Executor] = true
			absent, err := j.Store.Absent(ctx, c.Executor)
			if err != nil {
				return err
			}
			// Without a heartbeat it hangs, or its machine is lost.
			if absent || !alive[c.Executor] {
				missing[c.Executor]++
			} else {
				delete(missing, c.Executor)
			}
		case c.Executor == j.Executor && c.Age.Abs() > lostAfter && !j.runs(c.Workflow) && !j.closing():
			// The engine gave it up: for an error of the database that it
			// does not try again, such as a full disk.
			if _, err := dbos.ResumeWorkflow[string](dbos.From(j.engine, ctx), c.Workflow, dbos.WithResumeQueue(c.Queue)); err != nil {
				return fmt.Errorf("queue a lost workflow again: %w", err)
			}
			j.Log.Warn("a lost workflow is queued again", "workflow", c.Workflow)
		}
	}
	for executor, times := range missing {
		if times < surely {
			continue
		}
		delete(missing, executor)
		taken, err := j.takeOver(executor)
		if err != nil {
			return err
		}
		j.Log.Warn("the work of a dead process was taken over", "executor", executor, "requests", taken)
	}
	return nil
}

// hearOthers closes the breaker when another process has delivered since it
// opened: the service is there, whatever keeps this one from it.
func (j *Jobs) hearOthers(ctx context.Context) error {
	opened := j.breaker.openSince()
	if opened.IsZero() || j.Store.Pool == nil {
		return nil
	}
	last, err := j.Store.LastDelivery(ctx)
	if err == nil && last.After(opened) {
		j.breaker.report("", nil)
	}
	return err
}

// hasten lets go on what would wait as much too long as the clock was put back.
func (j *Jobs) hasten(ctx context.Context) error {
	ahead, err := j.Store.Ahead(ctx, clockMargin)
	if err != nil {
		return err
	}
	for _, workflow := range ahead {
		if err := j.goOn(ctx, workflow); err != nil {
			return fmt.Errorf("let a delayed workflow go on: %w", err)
		}
	}
	if len(ahead) > 0 {
		j.Log.Warn("the clock was put back: what waited for its time goes on now", "workflows", len(ahead))
	}
	return nil
}

// goOn ends a workflow's delay.
func (j *Jobs) goOn(ctx context.Context, workflow string) error {
	return dbos.SetWorkflowDelay(dbos.From(j.engine, ctx), workflow, dbos.WithDelayUntil(time.UnixMilli(1)))
}

// A recoverer queues the running workflows of executors again. The engine
// offers it to its commercial module; it is what Launch does for its own.
type recoverer interface {
	RecoverPendingWorkflows(executors []string) ([]dbos.WorkflowHandle[any], error)
}

var errNoRecoverer = errors.New("the job engine has no RecoverPendingWorkflows any more")

func (j *Jobs) takeOver(executor string) (int, error) {
	r, ok := j.engine.(recoverer)
	if !ok {
		return 0, errNoRecoverer
	}
	taken, err := r.RecoverPendingWorkflows([]string{executor})
	if err != nil {
		return 0, fmt.Errorf("take over the work of a dead process: %w", err)
	}
	return len(taken), nil
}

// interruptCancelled ends what runs here and was cancelled by another process.
func (j *Jobs) interruptCancelled(ctx context.Context) error {
	j.mu.Lock()
	running := make([]string, 0, len(j.running))
	for workflow := range j.running {
		running = append(running, workflow)
	}
	j.mu.Unlock()
	for _, workflow := range running {
		id, _, _ := strings.Cut(workflow, "#")
		row, err := j.Store.Get(ctx, id)
		switch {
		case errors.Is(err, store.ErrGone):
		case err != nil:
			return err
		case row.State == store.Cancelled && workflow == generateID(id, row.Round):
			j.interrupt(workflow, errCancelled)
		}
	}
	return nil
}
