package discord

import (
	"sync"
	"time"
)

// sessions is how many sessions may be begun: some at once, and then one each
// sessionEvery, whatever ends them. Discord allows 1000 in a day, and takes the
// token from a bot that begins more:
// https://discord.com/developers/docs/events/gateway#identifying.
type sessions struct {
	mu   sync.Mutex
	full time.Time // when all may be begun at once again
}

// wait is how long no session is to be begun by a bot of so many shards. Each
// may begin one at once, and two more be begun anew.
func (s *sessions) wait(shards int) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Until(s.full.Add(-time.Duration(shards+1) * sessionEvery))
}

// begin notes that one is begun.
func (s *sessions) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.full.Before(now) {
		s.full = now
	}
	s.full = s.full.Add(sessionEvery)
}
