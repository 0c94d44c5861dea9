package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

const (
	// drawTime bounds the work on one picture with all its attempts.
	drawTime = 5 * time.Minute
	// maxTimeouts is how often a request is run again after it timed out.
	maxTimeouts = 2
	// firstHold and lastHold bound the pause before a held request is tried again.
	firstHold = 2 * time.Second
	lastHold  = time.Minute
	// openHold is the pause while the breaker is open.
	openHold = 30 * time.Second
	// lastChance is how long before a request cannot be answered any more it is
	// tried for the last time.
	lastChance = 45 * time.Second
	// progressEvery is how often a platform shows that work goes on: Telegram
	// shows a chat action for 5 s or less.
	progressEvery = 4 * time.Second
)

// generate draws one round of a request. Our row is its checkpoint: it changes
// in one transaction with what follows, so that a second execution after a
// crash finds either all or nothing done.
func (j *Jobs) generate(wf dbos.Context, in run) (string, error) {
	ctx, leave, err := j.enter(wf, generateID(in.ID, in.Round))
	if err != nil {
		return "", err
	}
	defer leave()
	var attempt int
	var row store.Request
	err = j.persist(wf, func(ctx context.Context) (err error) {
		if row, err = j.Store.Get(ctx, in.ID); err != nil {
			return err
		}
		attempt, err = store.Begin(ctx, j.Store.DB, in.ID, in.Round, j.Executor, time.Now())
		return err
	})
	if err != nil {
		return "", unlessGone(err) // cancelled, forgotten, or drawn before a crash
	}
	var words []byte
	err = j.room()
	switch {
	case j.late(row, time.Now()):
		err = commands.ErrTooLate
	case err != nil:
	case !j.breaker.admit(in.ID):
		err = errOpen
	default:
		words, err = guard(func() ([]byte, error) { return j.draw(ctx, wf, row, attempt) })
		if err != nil && ctx.Err() != nil {
			j.breaker.abandon()
			return "", interrupted(ctx)
		}
		if errors.Is(err, store.ErrGone) { // another attempt has it
			j.breaker.abandon()
			return "", nil
		}
		if j.breaker.report(in.ID, err) {
			j.Log.Warn("the picture service is away: requests are kept, and one at a time probes it", "cause", err)
		}
	}
	record := j.drawn(ctx, row, in, attempt, words, err, time.Now())
	return "", unlessGone(j.persist(wf, func(ctx context.Context) error {
		return j.Store.InTx(ctx, func(tx *sql.Tx) error { return record(ctx, tx) })
	}))
}

// drawn returns what records what came of an attempt, and enqueues what
// follows. words is the answer as far as it is no pictures, nil for none.
func (j *Jobs) drawn(ctx context.Context, row store.Request, in run, attempt int, words []byte, err error, now time.Time) func(context.Context, *sql.Tx) error {
	if pause, hold := j.hold(row, err, now); hold {
		next := run{ID: in.ID, Round: in.Round + 1, Deliver: in.Deliver, Lost: in.Lost}
		return func(ctx context.Context, tx *sql.Tx) error {
			if err := store.Hold(ctx, tx, in.ID, in.Round, attempt, heldFor(err), now); err != nil {
				return err
			}
			return j.enqueue(tx, row, generateQueue, generateID(next.ID, next.Round), next, pause)
		}
	}
	var offers []store.Offer
	if err != nil {
		j.logFailure(row, err)
		words, offers = j.failure(ctx, row, err)
	}
	return func(ctx context.Context, tx *sql.Tx) error {
		if err := store.Drawn(ctx, tx, in.ID, attempt, words, now); err != nil {
			return err
		}
		if err := store.AddOffers(ctx, tx, offers); err != nil {
			return err
		}
		return j.enqueueDelivery(tx, row, run{ID: in.ID, Round: in.Deliver, Lost: in.Lost}, 0)
	}
}

// heldFor is what a request that err holds waits for.
func heldFor(err error) string {
	switch {
	case errors.Is(err, commands.ErrNoRoom):
		return store.ForRoom
	case timedOut(err):
		return store.ForTime
	}
	return store.ForService
}

// hold says whether the request is kept and tried again after the pause,
// rather than ended with err.
func (j *Jobs) hold(row store.Request, err error, now time.Time) (pause time.Duration, hold bool) {
	if err == nil || !away(err) && !errors.Is(err, commands.ErrNoRoom) || timedOut(err) && row.Timeouts >= maxTimeouts {
		return 0, false
	}
	left := j.heldUntil(row, now).Sub(now)
	if left <= 0 {
		return 0, false
	}
	if j.breaker.open() {
		// Woken when the service is back. It looks for itself now and then, since
		// that may happen just before it is held, or in another process's life.
		return min(openHold, left), true
	}
	pause = backoff(firstHold, lastHold, row.Round)
	if fault, ok := errors.AsType[*kelly.Error](err); ok {
		pause = max(pause, fault.RetryAfter)
	}
	return min(pause, left), true
}

// heldUntil is until when the request is kept: it must still be possible to
// answer it then.
func (j *Jobs) heldUntil(row store.Request, now time.Time) time.Time {
	since := row.HeldSince
	if since.IsZero() {
		since = now
	}
	until := since.Add(j.HoldFor)
	to, err := address(row)
	if err != nil {
		return until
	}
	if limit := j.Deliver.Until(to); !limit.IsZero() && limit.Add(-lastChance).Before(until) {
		return limit.Add(-lastChance)
	}
	return until
}

// late reports whether the time in which the request can be answered with a
// picture is over. Then there is still time to say so.
func (j *Jobs) late(row store.Request, now time.Time) bool {
	to, err := address(row)
	if err != nil {
		return false
	}
	limit := j.Deliver.Until(to)
	return !limit.IsZero() && !now.Before(limit)
}

// expire ends a request for whose drawing there is no time any more, and which
// nothing else would end in time: it waits for its turn, or is held.
func (j *Jobs) expire(ctx context.Context, id string) error {
	row, err := j.Store.Get(ctx, id)
	if err != nil {
		return unlessGone(err)
	}
	failure, offers := j.failure(ctx, row, commands.ErrTooLate)
	err = j.Store.InTx(ctx, func(tx *sql.Tx) error {
		if err := store.Expire(ctx, tx, row.ID, row.Round, failure, time.Now()); err != nil {
			return err
		}
		if err := store.AddOffers(ctx, tx, offers); err != nil {
			return err
		}
		return j.enqueueDelivery(tx, row, run{ID: row.ID, Round: row.Delivery}, 0)
	})
	return unlessGone(err)
}

// failure is the stored reply that says why there is no picture. What may succeed
// later can be asked for again by a button, and what may succeed otherwise too.
// The offers that its buttons ask for are to be stored together with it, so that
// there are none of a request that is to be forgotten.
func (j *Jobs) failure(ctx context.Context, row store.Request, err error) (words []byte, offers []store.Offer) {
	reply := commands.Failure(err)
	if !commands.Usual(err) && !errors.Is(err, commands.ErrOwnModel) { // which would be asked for again
		reply.Buttons = append(reply.Buttons, commands.RetryButton(row.Short))
	}
	job, unread := j.past(row)
	if unread != nil {
		reply.Buttons = nil
	}
	unstored := unstoredOffers{Jobs: j}
	reply, err = reply.Offered(ctx, &unstored, &job.Request)
	if err != nil {
		j.Log.Warn("what buttons ask for could not be stored: they are left out", "platform", row.Platform, "job", row.ID, "cause", err)
	}
	words, _ = json.Marshal(reply.In(row.Locale)) // text and buttons cannot fail
	return words, unstored.made
}

// logFailure tells the operator why there is no picture.
func (j *Jobs) logFailure(row store.Request, err error) {
	log := j.Log.With("platform", row.Platform, "job", row.ID, "user", row.User)
	if commands.Usual(err) {
		log.Info("a request fails for a reason that is the user's", "cause", err)
		return
	}
	if errors.Is(err, kelly.ErrBadKey) {
		log.Error("the picture service refuses the key: set KELLY_API_KEY to the one that @KellyAIBot on Telegram shows", "cause", err)
		return
	}
	log.Error("a picture could not be drawn", "cause", err)
}

// progress shows that work goes on until stop is called, which waits for the
// last call to end.
func (j *Jobs) progress(ctx context.Context, to commands.Address) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var showing sync.WaitGroup
	showing.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			// A platform that cannot show it now is asked again at the next tick.
			_, err := guard(func() (any, error) { return nil, j.Deliver.Progress(ctx, to) })
			if errors.Is(err, errPanic) {
				j.Log.Error("progress could not be shown", "platform", to.Platform, "cause", err)
				return
			}
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
