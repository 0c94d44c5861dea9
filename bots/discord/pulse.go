package discord

import (
	"sync"
	"time"
)

// A pulse is when the loops of the shards last came round.
type pulse struct {
	mu    sync.Mutex
	turns map[int]time.Time // by shard
}

func (p *pulse) turn(shard int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turns == nil {
		p.turns = make(map[int]time.Time)
	}
	p.turns[shard] = time.Now()
}

// stop forgets all loops.
func (p *pulse) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns = nil
}

// Receiving reports whether every shard receives events: of a part of the
// servers none come otherwise.
func (a *Adapter) Receiving() bool { return a.up.Load() == int64(a.shards) }

// Turned returns when the slowest shard's loop last came round, as bots.Turner
// says it.
func (a *Adapter) Turned() time.Time {
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	var oldest time.Time
	for _, turned := range a.pulse.turns {
		if oldest.IsZero() || turned.Before(oldest) {
			oldest = turned
		}
	}
	return oldest
}
