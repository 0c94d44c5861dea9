package jobs

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

const (
	// firstAgain and lastAgain bound the pause between two tries.
	firstAgain = time.Second
	lastAgain  = time.Minute
	// maxLost is how often a request is drawn again whose pictures' files are
	// lost before they are delivered: each drawing is paid for.
	maxLost = 3
)

// An attempt is one try to deliver a request's answer, which has ended.
type attempt struct {
	*Jobs
	row store.Request
	in  run
	at  time.Time // of its end
	log *slog.Logger
}

// A record is what an attempt came to.
type record struct {
	persist func(context.Context, *sql.Tx) error
	log     func(context.Context)
}

func (a attempt) outcome(ctx context.Context, receipt commands.Receipt, err error) record {
	switch {
	case errors.Is(err, errElsewhere):
		return a.left()
	case errors.Is(err, errLost) && a.in.Lost >= maxLost:
		return a.givenUp(ctx)
	case errors.Is(err, errLost):
		return a.redrawn()
	case err != nil && a.again(err):
		return a.later(err)
	}
	return a.over(receipt, err)
}

// again says whether a delivery that failed is tried again later.
func (a attempt) again(err error) bool {
	if errors.Is(err, commands.ErrUndeliverable) {
		return false
	}
	if a.in.Cancelled {
		return a.in.Round < a.tellings()
	}
	return a.at.Sub(a.row.DrawnAt) < a.HoldFor
}

// tellings is how often the end of a cancelled request is told in vain: for
// about as long as a picture's delivery is tried.
func (j *Jobs) tellings() int { return int(j.HoldFor/(lastAgain/2)) + 5 }

// next delivers in the next round, after a pause.
func (a attempt) next(tx *sql.Tx, pause time.Duration) error {
	next := run{ID: a.in.ID, Round: a.in.Round + 1, Cancelled: a.in.Cancelled, Lost: a.in.Lost}
	return a.enqueueDelivery(tx, a.row, next, pause)
}

// left leaves the delivery to whoever drew the picture, who has its file in a
// folder of its own.
func (a attempt) left() record {
	return record{
		persist: func(ctx context.Context, tx *sql.Tx) error {
			if err := store.HoldDelivery(ctx, tx, a.row.ID, a.in.Round); err != nil {
				return err
			}
			return a.next(tx, poll+rand.N(4*poll))
		},
		log: func(ctx context.Context) {
			a.log.Log(ctx, slog.LevelDebug, "a picture's file is with another process, which is to deliver it", "executor", a.row.Executor)
		},
	}
}

// givenUp draws nothing again: what loses each file would lose the next one too.
func (a attempt) givenUp(ctx context.Context) record {
	words, offers := a.failure(ctx, a.row, commands.ErrNoRoom)
	return record{
		persist: func(ctx context.Context, tx *sql.Tx) error {
			if err := store.Lose(ctx, tx, a.row.ID, a.in.Round, words); err != nil {
				return err
			}
			if err := store.AddOffers(ctx, tx, offers); err != nil {
				return err
			}
			return a.next(tx, 0)
		},
		log: func(ctx context.Context) {
			a.log.Log(ctx, slog.LevelError, "a picture's file is lost whenever it is drawn, so it is not drawn again: look after the disk of DATA_DIR, and for what removes files there", "attempts", a.in.Lost+1)
		},
	}
}

// redrawn draws the picture once more: the machine that drew it is lost, and its
// files with it.
func (a attempt) redrawn() record {
	pause := backoff(firstHold, lastHold, a.in.Lost)
	return record{
		persist: func(ctx context.Context, tx *sql.Tx) error {
			if err := store.Redraw(ctx, tx, a.row.ID, a.in.Round); err != nil {
				return err
			}
			next := run{ID: a.row.ID, Round: a.row.Round + 1, Deliver: a.in.Round + 1, Lost: a.in.Lost + 1}
			return a.enqueue(tx, a.row, generateQueue, generateID(next.ID, next.Round), next, pause)
		},
		log: func(ctx context.Context) {
			a.log.Log(ctx, slog.LevelWarn, "a picture's file is not here; it is drawn again", "pause", pause.Round(time.Millisecond))
		},
	}
}

// later delivers when the platform may be better.
func (a attempt) later(err error) record {
	pause := backoff(firstAgain, lastAgain, a.in.Round)
	if demand, ok := errors.AsType[*commands.RetryError](err); ok {
		pause = max(pause, min(demand.After, a.HoldFor)) // one as long has its last try then
	}
	return record{
		persist: func(ctx context.Context, tx *sql.Tx) error {
			if !a.in.Cancelled {
				if err := store.HoldDelivery(ctx, tx, a.row.ID, a.in.Round); err != nil {
					return err
				}
			}
			return a.next(tx, pause)
		},
		log: func(ctx context.Context) {
			a.log.Log(ctx, slog.LevelWarn, "an answer could not be delivered yet; it is kept and tried again", "try", a.in.Round+1, "pause", pause.Round(time.Millisecond), "cause", err)
		},
	}
}
