package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/internal/store"
)

// errCancelled is the cause of a context whose request was cancelled.
var errCancelled = errors.New("the request was cancelled")

// errStopping ends a workflow when the process stops. The engine ignores it
// and leaves the workflow to the next start.
var errStopping = errors.New("the process is stopping")

// A phase is what a Jobs still does.
type phase int

const (
	serving  phase = iota
	draining       // delivers, but draws nothing more
	closed         // begins nothing more
)

func (j *Jobs) enterPhase(p phase) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.phase = p
}

// settleTime is how long nothing must have run for everything to be over: what
// was drawn is delivered by another workflow, which the engine begins a poll
// later.
const settleTime = 6 * poll

// settle waits until nothing runs any more, or ctx ends.
func (j *Jobs) settle(ctx context.Context) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for busy := time.Now(); time.Since(busy) < settleTime; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		j.mu.Lock()
		if len(j.running) > 0 {
			busy = time.Now()
		}
		j.mu.Unlock()
	}
}

// An execution is a workflow that runs here.
type execution struct {
	cancel context.CancelCauseFunc
	over   chan struct{} // closed when it is
}

// enter registers a running workflow and returns its context, which ends when
// the request is cancelled or the process has no more grace. The engine begins
// a workflow again that it takes for lost, such as after an outage of the
// database; that waits for the one that runs here, which goes on with the row.
func (j *Jobs) enter(wf dbos.Context, id string) (ctx context.Context, leave func(), err error) {
	for {
		j.mu.Lock()
		before := j.running[id]
		if before == nil {
			break
		}
		j.mu.Unlock()
		select {
		case <-before.over:
		case <-wf.Done():
			return nil, nil, errStopping
		}
	}
	if j.phase == closed || j.phase == draining && !delivers(id) {
		// Claimed between Close's word and the engine's ear: left to the next start.
		j.mu.Unlock()
		<-wf.Done()
		return nil, nil, errStopping
	}
	ctx, cancel := context.WithCancelCause(wf)
	running := &execution{cancel, make(chan struct{})}
	j.running[id] = running
	j.mu.Unlock()
	return ctx, func() {
		cancel(nil)
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.running, id)
		close(running.over)
	}, nil
}

// interrupt ends the context of a workflow that runs here.
func (j *Jobs) interrupt(workflow string, cause error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if running, ok := j.running[workflow]; ok {
		running.cancel(cause)
	}
}

func (j *Jobs) runs(workflow string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, ok := j.running[workflow]
	return ok
}

func (j *Jobs) closing() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.phase != serving
}

// interrupted is what a workflow returns whose context ended in its work.
func interrupted(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errCancelled) {
		return nil
	}
	return errStopping
}

// unlessGone ends a workflow well when its request is not its business any more.
func unlessGone(err error) error {
	if errors.Is(err, store.ErrGone) {
		return nil
	}
	return err
}

// persist does f until the database takes it: a workflow that returned the
// error would be over, and its request lost. It does not end with the
// request's context, for what was paid for is kept, but with the engine's.
func (j *Jobs) persist(wf context.Context, f func(context.Context) error) error {
	const longest = 2 * time.Second
	pause, told := 50*time.Millisecond, false
	for {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(wf), 10*time.Second)
		err := f(ctx)
		cancel()
		if err == nil || errors.Is(err, store.ErrGone) {
			return err
		}
		select {
		case <-wf.Done():
			return errStopping
		case <-time.After(pause):
			if pause = min(2*pause, longest); pause == longest && !told {
				told = true
				j.Log.Warn("the database does not take what came of a request; it is tried until it does", "cause", err)
			}
		}
	}
}

// backoff is the pause before round+1: it doubles from first to last, and half
// of it is left to chance.
func backoff(first, last time.Duration, round int) time.Duration {
	pause := min(first<<min(round, 10), last)
	return pause/2 + rand.N(pause/2)
}

// errPanic is wrapped by the error that guard makes of a panic.
var errPanic = errors.New("panic")

// guard turns a panic into an error without its value, which may quote a prompt.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%w: %s", errPanic, debug.Stack())
		}
	}()
	return f()
}
