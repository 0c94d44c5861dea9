package sandbox

import "sync"

// maxTakes is how many requests are remembered.
const maxTakes = 1000

// takes counts how often a request was drawn, so that one that comes again gets
// another picture. When they are too many, all are forgotten.
type takes struct {
	mu    sync.Mutex
	drawn map[uint64]uint64 // by the request's hash
}

// next is how often the request was drawn before.
func (t *takes) next(request string) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := hash(request)
	if _, known := t.drawn[of]; !known && len(t.drawn) >= maxTakes {
		clear(t.drawn)
	}
	t.drawn[of]++
	return t.drawn[of] - 1
}
