// Package jobs does what was accepted: it draws a few pictures at a time and
// delivers each answer to the address of its request. The queue is in memory:
// a request lives as long as the process.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"kellybot/commands"
)

const (
	// maxWaiting bounds the accepted requests that are not answered yet.
	maxWaiting = 1000
	// drawTimeout bounds the work on one picture with all its attempts.
	drawTimeout = 5 * time.Minute
	// deliverTimeout bounds the delivery of one answer with all its attempts.
	deliverTimeout = 5 * time.Minute
	// lastWords bounds, after the grace, the delivery of what is left.
	lastWords = 5 * time.Second
	// progressEvery is how often a platform shows that work goes on: Telegram
	// shows a chat action for 5 s or less.
	progressEvery = 4 * time.Second
)

// A Deliverer brings replies to where requests came from; bots.Set is one.
type Deliverer interface {
	Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error)
	Progress(ctx context.Context, to commands.Address) error
}

// A Draw does a job and returns the reply with the picture.
type Draw func(ctx context.Context, job commands.Job) (commands.Reply, error)

// A Queue is the accepted requests of this process. It is a commands.Queue.
type Queue struct {
	draw    Draw
	deliver Deliverer
	log     *slog.Logger

	workers chan struct{} // holds one for each picture being drawn
	drawing context.Context
	stop    context.CancelFunc // ends drawing
	sending context.Context
	abandon context.CancelFunc // ends sending
	running sync.WaitGroup

	mu     sync.Mutex
	open   int // accepted and not answered
	closed bool
}

var _ commands.Queue = (*Queue)(nil)

// New returns a queue that draws at most workers pictures at once. It calls
// deliver only for what was accepted.
func New(draw Draw, deliver Deliverer, workers int, log *slog.Logger) *Queue {
	q := &Queue{draw: draw, deliver: deliver, log: log, workers: make(chan struct{}, workers)}
	q.drawing, q.stop = context.WithCancel(context.Background())
	q.sending, q.abandon = context.WithCancel(context.Background())
	return q
}

// Accept takes the job and returns at once. The error is commands.ErrBusy
// when too much waits, or context.Canceled after Close has begun.
func (q *Queue) Accept(_ context.Context, job commands.Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return context.Canceled
	}
	if q.open == maxWaiting {
		return commands.ErrBusy
	}
	q.open++
	q.running.Go(func() {
		q.run(job)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.open--
	})
	return nil
}

// Close accepts nothing more and waits until everything accepted is answered.
// When ctx ends first, it stops drawing, lets the rest be told so within a few
// seconds, and returns.
func (q *Queue) Close(ctx context.Context) {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()

	answered := make(chan struct{})
	go func() {
		q.running.Wait()
		close(answered)
	}()
	select {
	case <-answered:
	case <-ctx.Done():
		q.stop()
		timer := time.AfterFunc(lastWords, q.abandon)
		defer timer.Stop()
		<-answered
	}
	q.stop()
	q.abandon()
}

// run answers one job and writes the one line about it.
func (q *Queue) run(job commands.Job) {
	req := job.Request
	log := q.log.With("platform", req.Address.Platform, "request", req.ID, "user", req.User.ID, "command", req.Command)
	stopProgress := q.progress(req.Address)
	began := time.Now()

	var waited time.Duration
	reply, err := q.drawInTurn(job, &waited)
	drawn := time.Now()
	if err != nil {
		reply = commands.Failure(err)
	}
	defer reply.Release()
	stopProgress()

	ctx, cancel := context.WithTimeout(q.sending, deliverTimeout)
	defer cancel()
	receipt, undelivered := q.deliver.Deliver(ctx, req.Address, reply)
	log = log.With("model", job.Generate.Model, "width", job.Generate.Width, "height", job.Generate.Height,
		"waited", waited.Round(time.Millisecond), "drawn", drawn.Sub(began).Round(time.Millisecond)-waited.Round(time.Millisecond),
		"delivered", time.Since(drawn).Round(time.Millisecond))
	switch {
	case undelivered != nil:
		log.Error("the answer could not be delivered", "cause", undelivered)
	case err != nil && isRefusal(err):
		log.Info("the request was refused", "message", receipt.MessageID)
	case err != nil:
		log.Error("the request failed", "cause", err)
	default:
		log.Info("the picture was delivered", "message", receipt.MessageID)
	}
}

// drawInTurn waits for a worker's place and draws.
func (q *Queue) drawInTurn(job commands.Job, waited *time.Duration) (reply commands.Reply, err error) {
	arrived := time.Now()
	select {
	case q.workers <- struct{}{}:
		*waited = time.Since(arrived)
		defer func() { <-q.workers }()
	case <-q.drawing.Done():
		*waited = time.Since(arrived)
		return commands.Reply{}, q.drawing.Err()
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic while drawing: %s", debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(q.drawing, drawTimeout)
	defer cancel()
	return q.draw(ctx, job)
}

// progress shows that work goes on until stop is called, which waits for the
// last call to end.
func (q *Queue) progress(to commands.Address) (stop func()) {
	ctx, cancel := context.WithCancel(q.drawing)
	var showing sync.WaitGroup
	showing.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			// A platform that cannot show it now is asked again at the next tick.
			_ = q.deliver.Progress(ctx, to)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		showing.Wait()
	}
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*commands.Refusal](err)
	return ok
}
