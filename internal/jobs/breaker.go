package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"kellybot/commands"
	"kellybot/kelly"
)

// When the breaker opens: after so many failures in a row, of so many
// requests, and so long without a success.
const (
	breakerFailures = 5
	breakerRequests = 3
	breakerTime     = 30 * time.Second
	// firstProbe and lastProbe bound the pause between two probes.
	firstProbe = 2 * time.Second
	lastProbe  = 30 * time.Second
)

// errOpen holds a request that was not tried at all.
var errOpen = &kelly.Error{Kind: kelly.ErrAway, Op: "generate"}

// away reports whether the service could not do it now, and may later.
func away(err error) bool {
	return errors.Is(err, kelly.ErrAway) || errors.Is(err, kelly.ErrTooManyRequests) || timedOut(err)
}

// timedOut reports whether the service took too long.
func timedOut(err error) bool {
	return errors.Is(err, kelly.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}

// heard reports whether an attempt that came to err has heard from the
// service, or has not although it should have: a request may also end before
// the service is asked.
func heard(err error) bool {
	_, answered := errors.AsType[*kelly.Error](err)
	return err == nil || answered || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, commands.ErrNoRoom)
}

// A breaker keeps requests from a service that is away, but for one probe at
// a time. It is safe for concurrent use.
type breaker struct {
	mu       sync.Mutex
	after    time.Duration // without a success until it opens; breakerTime
	failures int
	requests map[string]bool // that failed since the last success
	since    time.Time       // of the first failure in a row; zero when there is none
	opened   bool
	openedAt time.Time
	probes   int           // that failed since it opened
	probe    string        // the request that may pass while open; "" is none
	settled  chan struct{} // of the probe, closed when it is over
	heardAt  time.Time     // what was heard last of the service; zero when nothing was
	refused  bool          // and that it refuses the key
	back     chan struct{} // has an element when a success closed it
}

// anybody lets whoever comes next probe.
const anybody = "*"

func newBreaker() *breaker {
	return &breaker{after: breakerTime, requests: map[string]bool{}, back: make(chan struct{}, 1)}
}

// admit reports whether the request may be tried now.
func (b *breaker) admit(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.opened {
		return true
	}
	if b.probe != id && b.probe != anybody {
		return false
	}
	b.probe = ""
	return true
}

// report takes what came of a try, and reports whether that opened the breaker.
func (b *breaker) report(id string, err error) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !heard(err) {
		b.settle()
		return false
	}
	b.heardAt, b.refused = time.Now(), errors.Is(err, kelly.ErrBadKey)
	if !away(err) {
		// An answer, of whatever kind, says that the service is there.
		if b.opened {
			select {
			case b.back <- struct{}{}:
			default:
			}
		}
		b.failures, b.since, b.opened, b.probes = 0, time.Time{}, false, 0
		clear(b.requests)
		b.settle()
		return false
	}
	if b.since.IsZero() {
		b.since = time.Now()
	}
	b.failures++
	if len(b.requests) < breakerRequests {
		b.requests[id] = true
	}
	if b.opened {
		b.probes++
		b.settle()
		return false
	}
	b.opened = b.failures >= breakerFailures && len(b.requests) >= breakerRequests && time.Since(b.since) >= b.after
	b.openedAt = time.Now()
	return b.opened
}

// openSince is when the breaker opened; zero while it is closed.
func (b *breaker) openSince() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.opened {
		return time.Time{}
	}
	return b.openedAt
}

// abandon says that a try ended without telling anything of the service.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
}

func (b *breaker) settle() {
	if b.settled != nil {
		close(b.settled)
		b.settled = nil
	}
}

func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// awaySince is since when the service has been away; zero when it is there.
func (b *breaker) awaySince() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.opened {
		return time.Time{}
	}
	return b.since
}

// next lets the request be the probe, and returns a channel that is closed
// when the probe is over.
func (b *breaker) next(id string) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	b.probe, b.settled = id, make(chan struct{})
	return b.settled
}

// pause is how long to wait before the next probe.
func (b *breaker) pause() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return min(firstProbe<<min(b.probes, 10), lastProbe)
}

// untaken reports whether nobody has come for the probe yet.
func (b *breaker) untaken() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.probe != ""
}
