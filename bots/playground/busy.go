package playground

import (
	"sync"
	"time"
)

// A busyness is which requests the bot has shown to be at work on. It is of
// the moment, and not stored.
type busyness struct {
	mu    sync.Mutex
	chats map[string]map[string]sign // by chat and event
}

// A sign is when the bot began, and when it was last seen at work.
type sign struct{ since, last time.Time }

// mark notes that the bot is at work on the event's request.
func (b *busyness) mark(at address, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.chats == nil {
		b.chats = map[string]map[string]sign{}
	}
	events := b.chats[at.Chat]
	if events == nil {
		events = map[string]sign{}
		b.chats[at.Chat] = events
	}
	one, known := events[at.Event]
	if !known || now.Sub(one.last) > busyFor {
		one.since = now
	}
	one.last = now
	events[at.Event] = one
}

// end notes that the request is answered.
func (b *busyness) end(at address) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drop(at.Chat, at.Event)
}

func (b *busyness) drop(chat, event string) {
	if delete(b.chats[chat], event); len(b.chats[chat]) == 0 {
		delete(b.chats, chat)
	}
}

// state is for how much longer the bot counts as at work in the chat, and for
// how long it has been; 0 when it is not.
func (b *busyness) state(chat string, now time.Time) (left, been time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for event, one := range b.chats[chat] {
		rest := busyFor - now.Sub(one.last)
		if rest <= 0 {
			b.drop(chat, event)
			continue
		}
		left, been = max(left, rest), max(been, now.Sub(one.since))
	}
	return left, been
}
