package playground

import (
	"context"
	"net/http"
	"time"

	"kellybot/commands"
)

// An answer is what became of a request that is in hand.
type answer struct {
	done chan struct{} // closed when the request is answered, or pending
	err  error         // then: it is neither
}

// handle has the request handled, and tells the page when that is done: when
// the answer is there, or surely comes. The page may ask once more, with the
// same event, until it is told. question is what is said, or nil; consumed are
// messages that go when the request is taken.
func (a *Adapter) handle(w http.ResponseWriter, r *http.Request, req *commands.Request, question *message, consumed []string) {
	taken := false
	defer func() {
		if !taken && question != nil {
			a.store.discard(req.Chat.ID, question.Images)
		}
	}()
	running := a.receiver()
	if running == nil {
		fail(w, r, http.StatusServiceUnavailable, context.Canceled) // it is about to end, or has just begun
		return
	}
	answered, mine, busy := running.take(req.ID, func(ctx context.Context) error { return a.answer(ctx, req, question, consumed) })
	taken = mine
	switch {
	case busy:
		fail(w, r, http.StatusServiceUnavailable, commands.ErrBusy)
		return
	case answered == nil:
		fail(w, r, http.StatusServiceUnavailable, context.Canceled)
		return
	}
	select {
	case <-answered.done:
	case <-r.Context().Done():
		return
	}
	if answered.err != nil {
		a.fault(w, r, "answering a request", answered.err)
		return
	}
	tell(w, struct{}{})
}

// take does what is to be done for the request of that id, unless that is
// under way already. mine is that do does it. It returns nil when nothing new is
// taken, and busy when too much is in hand.
func (r *receiver) take(id string, do func(context.Context) error) (_ *answer, mine, busy bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nil, false, false
	}
	if there := r.hands[id]; there != nil {
		return there, false, false
	}
	if len(r.hands) >= maxRequests {
		return nil, false, true
	}
	begun := &answer{done: make(chan struct{})}
	r.hands[id] = begun
	r.tasks.Go(func() {
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.hands, id)
			close(begun.done)
		}()
		ctx, cancel := context.WithTimeout(r.work, requestTime)
		defer cancel()
		begun.err = do(ctx)
	})
	return begun, true, false
}

// answer keeps the question, has the router handle the request, and delivers
// what can be said at once. A request that is done is not handled again.
func (a *Adapter) answer(ctx context.Context, req *commands.Request, question *message, consumed []string) error {
	to, err := parseAddress(req.Address)
	if err != nil {
		return err
	}
	c, err := a.store.read(to.Chat)
	if err != nil {
		return err
	}
	if question != nil {
		if err := a.keep(c, req, to, *question); err != nil {
			return err
		}
	}
	if c.done(to) {
		return nil
	}
	reply, pending := a.router.Handle(ctx, req)
	defer reply.Release()
	if pending {
		a.busy.mark(to, time.Now())
		a.store.nudge(to.Chat)
	} else if _, err := a.Deliver(ctx, req.Address, reply); err != nil {
		return err
	}
	if reply.Failed {
		consumed = nil
	}
	return a.store.change(to.Chat, func(c *chat) error {
		c.finish(to, consumed)
		return nil
	})
}

// keep puts the question into the chat. One that is there from before stays,
// with its pictures, of which the bot may know already.
func (a *Adapter) keep(c *chat, req *commands.Request, to address, question message) error {
	there := c.find(to.question())
	if there != nil || c.done(to) {
		a.store.discard(to.Chat, question.Images)
	}
	switch {
	case there != nil:
		question.Images = there.Images
	case c.done(to):
		return nil
	default:
		err := a.store.change(to.Chat, func(c *chat) error { c.put(question); return nil })
		if err != nil {
			a.store.discard(to.Chat, question.Images)
			return err
		}
	}
	for _, f := range question.Images {
		req.Attachments = append(req.Attachments, remote{to.Chat, f.ID}.attachment())
	}
	return nil
}
