package discord

import (
	"sync"
	"time"
)

// A barred is until when Discord wants no calls at all, as it has said to one of
// them. That goes for those with the bot's token or for those with an
// interaction's, which do not count to the bot's limit:
// https://discord.com/developers/docs/topics/rate-limits#global-rate-limit.
type barred struct {
	mu    sync.Mutex
	until map[bool]time.Time // by whether it is with the bot's token
}

// left is how long no call is to be made.
func (b *barred) left(asBot bool) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Until(b.until[asBot])
}

func (b *barred) set(asBot bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until == nil {
		b.until = make(map[bool]time.Time)
	}
	if until := time.Now().Add(wait); until.After(b.until[asBot]) {
		b.until[asBot] = until
	}
}
