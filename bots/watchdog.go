package bots

import (
	"context"
	"errors"
	"time"
)

// A Turner is an Adapter whose event loop can be seen to go round.
type Turner interface {
	// Turned returns when the event loop last came round; zero while Run does
	// not run, or waits for its platform before there is a loop. No wait in a
	// loop may be longer than 12 minutes.
	Turned() time.Time
}

// ErrHung is wrapped by the error of Run when an adapter's event loop does not
// go round any more. That is a fault of this program, and nothing but a new
// process helps.
var ErrHung = errors.New("the event loop hangs: please start the program anew, and report this")

const (
	lookEvery = time.Minute
	// looksInVain is after how many looks without a turn a loop hangs. Looks
	// are counted, and not time: a process that was stopped for an hour has not
	// looked either.
	looksInVain = 15
)

// Hung returns the names of the adapters whose loop has not come round for
// longer than one may, shortly before Run ends for it. On a machine that has
// just woken all look so, until they turn.
func (s Set) Hung() []string {
	var hung []string
	for _, adapter := range s {
		loop, ok := adapter.(Turner)
		if !ok {
			continue
		}
		if turned := loop.Turned(); !turned.IsZero() && time.Since(turned) > (looksInVain-2)*lookEvery {
			hung = append(hung, adapter.Name())
		}
	}
	return hung
}

// hangs reports whether the loop has come to hang, or returns false when ctx
// ends before.
func hangs(ctx context.Context, loop Turner) bool {
	var seen time.Time
	for looks := 0; looks < looksInVain; looks++ {
		if !Sleep(ctx, lookEvery) {
			return false
		}
		if turned := loop.Turned(); turned.IsZero() || !turned.Equal(seen) {
			seen, looks = turned, 0
		}
	}
	return true
}
