package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"gopkg.in/telebot.v3"

	"kellybot/bots"
)

// A receiver is one Run of an Adapter.
type receiver struct {
	*Adapter
	me      *telebot.User
	work    context.Context // of the requests
	slots   chan struct{}   // holds one value per request in hand
	running sync.WaitGroup

	allowed memory // the groups that let the bot send pictures

	offset    int // the first update that is not ours yet
	confirmed int // the offset that Telegram was told last

	mu     sync.Mutex
	inHand map[int]bool // the updates that are not handled yet
	recent recent       // those that came of late
}

// poll receives updates and hands each to a goroutine of its own, until ctx
// ends or the token is refused. While too many requests are in hand it does
// not poll, and Telegram keeps the updates (for a day).
func (r *receiver) poll(ctx context.Context, trouble *outage, ready func()) error {
	hold := time.Duration(0) // the first answer, also after a fault, comes at once: it shows that events flow
	ready = sync.OnceFunc(ready)
	hasty := 0 // empty answers in a row that were not held back
	defer r.turned.Store(nil)
	defer r.receiving.Store(false)
	for {
		asked := time.Now()
		r.turned.Store(&asked)
		updates, err := r.getUpdates(ctx, hold)
		if err == nil {
			err = r.accept(ctx, updates)
		}
		r.receiving.Store(err == nil)
		if err != nil {
			if err := trouble.wait(ctx, err); err != nil {
				return err
			}
			hold = 0
			continue
		}
		trouble.over()
		if hold == 0 {
			hold = pollTime
			ready()
			continue
		}
		if len(updates) > 0 || time.Since(asked) >= soonest {
			hasty = 0
			continue
		}
		if hasty++; hasty == hastyAtMost {
			r.log.Warn("Telegram does not hold its answers back until something happens; asking more slowly")
		}
		if !bots.Sleep(ctx, bots.Pause(min(hasty, hastyAtMost))) {
			return ctx.Err()
		}
	}
}

// Receiving implements bots.Receiver: the last poll was answered.
func (a *Adapter) Receiving() bool { return a.receiving.Load() }

// Turned implements bots.Turner.
func (a *Adapter) Turned() time.Time {
	if turned := a.turned.Load(); turned != nil {
		return *turned
	}
	return time.Time{}
}

// hastyAtMost is after how many hasty answers the pauses no longer grow: they
// are below four seconds then, for people wait meanwhile.
const hastyAtMost = 4

func (r *receiver) getUpdates(ctx context.Context, hold time.Duration) ([]json.RawMessage, error) {
	var updates []json.RawMessage
	err := r.call(ctx, hold+callTime, "getUpdates", map[string]any{
		"offset":  r.offset,
		"timeout": int(hold.Seconds()),
		// Edits and posts of channels are not asked for: a command is
		// answered once, and to somebody.
		// A backlog comes in pieces that are accepted well within acceptTime.
		"limit":           updateLimit,
		"allowed_updates": []string{"message", "callback_query", "inline_query"},
	}, &updates)
	if err == nil {
		r.confirmed = r.offset
	}
	return updates, err
}

// accept hands the updates over, each decoded by itself so that one of an
// unexpected shape does not hold up the others, and waits until all are
// handled. The next poll's offset confirms them to Telegram, which sends again
// what the program did not live to handle. A slow one holds up the others for
// acceptTime at most.
func (r *receiver) accept(ctx context.Context, updates []json.RawMessage) error {
	begun, handled := 0, make(chan struct{}, len(updates))
	last, news := 0, false
	for _, raw := range updates {
		var update struct {
			ID int `json:"update_id"`
		}
		if json.Unmarshal(raw, &update) != nil || update.ID <= 0 {
			r.log.Warn("an update without an id is skipped")
			continue
		}
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		last = max(last, update.ID)
		known, handle := r.begin(update.ID)
		news = news || !known
		if !handle {
			<-r.slots
			continue
		}
		begun++
		var once sync.Once
		settle := func(pending bool) {
			once.Do(func() {
				r.settle(update.ID, pending)
				handled <- struct{}{}
			})
		}
		r.running.Go(func() {
			defer func() { <-r.slots }()
			defer settle(false)
			r.handle(update.ID, raw, settle)
		})
	}
	moved := r.move(last, news)
	if !await(ctx, handled, begun, acceptTime) {
		return ctx.Err()
	}
	if len(updates) > 0 && !news && !moved {
		return errors.New("getUpdates: the same updates again")
	}
	return nil
}

// move moves the offset behind the last of the updates that came, 0 for none,
// and reports whether it was elsewhere. New updates may be below it: after a week without any Telegram goes on with an identifier
// chosen at random, https://core.telegram.org/bots/api#update.
func (r *receiver) move(last int, news bool) (moved bool) {
	offset := last + 1
	switch {
	case !news && (last == 0 || offset <= r.offset), offset == r.offset:
		return false
	case offset < r.offset:
		r.confirmed = 0
	}
	r.offset = offset
	return true
}

// await waits for n signals, for the given time at most. It reports false as
// soon as ctx ends.
func await(ctx context.Context, signals <-chan struct{}, n int, most time.Duration) bool {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for range n {
		select {
		case <-signals:
		case <-timer.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// begin notes that the update is in hand from now on. It reports whether it
// came before, and whether it is to be handled: once, but for what the router
// accepted, of which it knows better than we whether it has it.
func (r *receiver) begin(update int) (known, handle bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pending, known := r.recent.get(update)
	if r.inHand[update] || known && !pending {
		return true, false
	}
	r.inHand[update] = true
	r.recent.set(update, false)
	return known, true
}

// settle notes that the update is handled, or pending with the router. One
// that was abandoned is not, and comes again.
func (r *receiver) settle(update int, pending bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recent.set(update, pending)
	if r.work.Err() == nil {
		delete(r.inHand, update)
	}
}

// confirm tells Telegram which updates were handled, so that a restart does
// not see them again. Nothing is lost but that when it fails.
func (r *receiver) confirm(ctx context.Context) {
	offset := r.offset
	r.mu.Lock()
	for update := range r.inHand {
		offset = min(offset, update)
	}
	r.mu.Unlock()
	if offset <= r.confirmed {
		return
	}
	err := r.call(ctx, confirmTime, "getUpdates", map[string]any{"offset": offset, "limit": 1, "timeout": 0}, nil)
	if err != nil {
		r.log.Warn("the last updates could not be confirmed; they will come once more", "cause", err)
	}
}
