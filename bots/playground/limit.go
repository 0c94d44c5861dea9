package playground

import (
	"sync"
	"time"
)

// A limiter lets each key do something burst times at once, and then once each
// every.
type limiter struct {
	burst int
	every time.Duration

	mu   sync.Mutex
	full map[string]time.Time // when the key may do it burst times again
}

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: burst, every: every, full: map[string]time.Time{}}
}

// maxKeys is when a limiter forgets those that may do all again.
const maxKeys = 1000

// take takes one, or returns how long the key is to wait for it.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.full) >= maxKeys {
		for other, full := range l.full {
			if !full.After(now) {
				delete(l.full, other)
			}
		}
	}
	full := l.full[key]
	if full.Before(now) {
		full = now
	}
	if wait = full.Sub(now) - time.Duration(l.burst-1)*l.every; wait > 0 {
		return wait
	}
	l.full[key] = full.Add(l.every)
	return 0
}

// giveBack makes the key's last take undone.
func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.full[key] = l.full[key].Add(-l.every)
}

// places are how many there may be at once, in all and of one key.
type places struct {
	most, each int

	mu    sync.Mutex
	taken int
	of    map[string]int
}

func newPlaces(most, each int) *places {
	return &places{most: most, each: each, of: map[string]int{}}
}

// take takes a place until leave is called, if there is one.
func (p *places) take(key string) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= p.most || p.of[key] >= p.each {
		return nil, false
	}
	p.taken++
	p.of[key]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.taken--
		if p.of[key]--; p.of[key] == 0 {
			delete(p.of, key)
		}
	}, true
}
