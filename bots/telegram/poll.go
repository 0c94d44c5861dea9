package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"gopkg.in/telebot.v3"
)

// A receiver is one Run of an Adapter.
type receiver struct {
	*Adapter
	me      *telebot.User
	work    context.Context // of the requests
	slots   chan struct{}   // holds one value per request in hand
	running sync.WaitGroup

	offset      int // the first update that is not ours yet
	unconfirmed bool
}

// poll receives updates and hands each to a goroutine of its own, until ctx
// ends or the token is refused. While too many requests are in hand it does
// not poll, and Telegram keeps the updates (for a day).
func (r *receiver) poll(ctx context.Context, trouble *outage, ready func()) error {
	hold := time.Duration(0) // the first answer, which shows that events flow, comes at once
	for {
		updates, err := r.getUpdates(ctx, hold)
		if err == nil {
			err = r.accept(ctx, updates)
		}
		if err != nil {
			if err := trouble.wait(ctx, err); err != nil {
				return err
			}
			continue
		}
		trouble.over()
		if hold == 0 {
			hold = pollTime
			ready()
		}
	}
}

func (r *receiver) getUpdates(ctx context.Context, hold time.Duration) ([]json.RawMessage, error) {
	var updates []json.RawMessage
	err := r.call(ctx, hold+callTime, "getUpdates", map[string]any{
		"offset":  r.offset,
		"timeout": int(hold.Seconds()),
		// Edits and posts of channels are not asked for: a command is
		// answered once, and to somebody.
		"allowed_updates": []string{"message"},
	}, &updates)
	if err == nil {
		r.unconfirmed = false
	}
	return updates, err
}

// accept hands the updates over, each decoded by itself so that one of an
// unexpected shape does not hold up the others. An update is confirmed to
// Telegram, by the next poll's offset, once it is in the hands of its
// goroutine.
func (r *receiver) accept(ctx context.Context, updates []json.RawMessage) error {
	before := r.offset
	for _, raw := range updates {
		var update struct {
			ID int `json:"update_id"`
		}
		if json.Unmarshal(raw, &update) != nil || update.ID == 0 {
			r.log.Warn("an update without an id is skipped")
			continue
		}
		select {
		case r.slots <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		r.running.Go(func() {
			defer func() { <-r.slots }()
			r.handle(update.ID, raw)
		})
		r.offset, r.unconfirmed = max(r.offset, update.ID+1), true
	}
	if len(updates) > 0 && r.offset == before {
		return errors.New("getUpdates: the same updates again")
	}
	return nil
}

// confirm tells Telegram which updates were taken, so that a restart does not
// see them again. Nothing is lost but that when it fails.
func (r *receiver) confirm() {
	if !r.unconfirmed {
		return
	}
	ctx, cancel := context.WithTimeout(r.work, confirmTime)
	defer cancel()
	err := r.call(ctx, confirmTime, "getUpdates", map[string]any{"offset": r.offset, "limit": 1, "timeout": 0}, nil)
	if err != nil {
		r.log.Warn("the last updates could not be confirmed; they will come once more", "cause", err)
	}
}

// handle answers one update.
func (r *receiver) handle(id int, raw json.RawMessage) {
	log := r.log.With("update", id)
	defer func() {
		if fault := recover(); fault != nil {
			log.Error("an update is skipped: it made the program fail", "cause", causeOf(fault), "stack", string(debug.Stack()))
		}
	}()
	var update struct {
		Message *telebot.Message `json:"message"`
	}
	if json.Unmarshal(raw, &update) != nil {
		log.Warn("an update is skipped: it is not of the shape that the Bot API promises")
		return
	}
	req, ok := r.request(id, update.Message)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.work, requestTime)
	defer cancel()
	reply, pending := r.router.Handle(ctx, req)
	if pending {
		return
	}
	defer reply.Release()
	if _, err := r.Deliver(ctx, req.Address, reply); err != nil {
		log.Warn("an answer could not be delivered", "cause", err)
	}
}

// causeOf describes a panic without repeating what a user may have written.
func causeOf(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", fault)
}
