package discord

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// An event is an interaction that has arrived.
type event struct {
	*interaction
	arrived time.Time
	log     *slog.Logger
}

// menu returns the command with that entry in the menu of a message, or nil.
func (a *Adapter) menu(entry string) *commands.Command {
	all := a.router.Commands(Name)
	if n := slices.IndexFunc(all, func(c *commands.Command) bool { return c.Menu != "" && c.Menu == entry }); n >= 0 {
		return all[n]
	}
	return nil
}

// respond answers a command, a button or a form, and says so when that panics.
func (a *Adapter) respond(ctx context.Context, e event) {
	first, acknowledged := a.unacked.add(e.ID)
	defer acknowledged()
	var req *commands.Request
	deferred := false
	if survives(e.log, func() {
		req = a.request(e)
		a.answerInTime(ctx, e, req, first, func() { deferred = true; acknowledged() })
	}) {
		return
	}
	failure := commands.Failure(errPanic).In(e.Locale)
	if !deferred {
		a.acknowledge(ctx, e, direct(failure))
	} else if _, err := a.Deliver(ctx, req.Address, failure); err != nil {
		e.log.Warn("a request cannot be answered", "cause", err)
	}
}

// answerInTime has the router answer a request, and acknowledges the interaction
// in time whatever the router does: with the answer where it is there by
// then, and otherwise with a placeholder that the answer edits. deferred is
// called once that is there.
func (a *Adapter) answerInTime(ctx context.Context, e event, req *commands.Request, first *opening, deferred func()) {
	var (
		reply    commands.Reply
		pending  bool
		answered = make(chan struct{})
		handling sync.WaitGroup
	)
	handling.Go(func() {
		defer close(answered)
		if !survives(e.log, func() { reply, pending = a.router.Handle(ctx, req) }) {
			reply, pending = commands.Failure(errPanic).In(e.Locale), false
		}
		reply = e.returning(reply)
	})
	defer handling.Wait()

	inTime := time.NewTimer(time.Until(e.arrived.Add(ackWithin)))
	defer inTime.Stop()
	select {
	case <-answered:
		if !pending && len(reply.Images)+len(reply.Files) == 0 {
			a.acknowledge(ctx, e, e.answer(reply))
			return
		}
	case <-first.asked:
	case <-inTime.C:
	}
	dead := a.acknowledge(ctx, e, deferral(req))
	deferred()
	<-answered
	if pending {
		if addr, _ := parse(req.Address); dead && !addr.CanPost {
			a.router.Abandon(ctx, req)
		}
		return
	}
	defer reply.Release()
	if _, err := a.Deliver(ctx, req.Address, reply); err != nil {
		e.log.Warn("a request cannot be answered", "cause", err)
	}
}

// overlook acknowledges a button that is none of ours, with nothing: without,
// Discord would tell who pressed it of a failure.
func (a *Adapter) overlook(ctx context.Context, e event) {
	e.log.Debug("a button of an unknown kind is left alone")
	a.acknowledge(ctx, e, callback{Type: discordgo.InteractionResponseDeferredMessageUpdate})
}

// busy refuses a command when too many are at hand.
func (a *Adapter) busy(ctx context.Context, e event) {
	if e.Type == discordgo.InteractionApplicationCommandAutocomplete {
		return
	}
	a.acknowledge(ctx, e, direct(commands.Reply{
		Text:    commands.Say("Too many people are asking at this moment: please try again in a minute."),
		Private: true,
		Failed:  true,
	}.In(e.Locale)))
}

// A callback is the first answer to an interaction.
type callback struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// answer is the reply as the first answer to the interaction, which alone can
// be a form; none can be one to a form.
func (e event) answer(reply commands.Reply) callback {
	switch {
	case reply.Form != nil && e.Type != discordgo.InteractionModalSubmit:
		return callback{discordgo.InteractionResponseModal, newModal(*reply.Form)}
	case reply.Update && e.Message.ID != "":
		return callback{discordgo.InteractionResponseUpdateMessage, compose(reply, "")}
	}
	return direct(reply)
}

// direct answers at once with a text.
func direct(reply commands.Reply) callback {
	m := compose(reply, "")
	if reply.Private {
		m.Flags |= discordgo.MessageFlagsEphemeral
	}
	return callback{discordgo.InteractionResponseChannelMessageWithSource, m}
}

// deferral shows "thinking…" until the answer edits it, to everybody in the
// chat, or to the requester alone, as the answer will be seen; or it keeps the
// message whose button was pressed.
func deferral(req *commands.Request) callback {
	c := callback{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource}
	addr, _ := parse(req.Address) // which this adapter has written
	switch {
	case addr.kept():
		c.Type = discordgo.InteractionResponseDeferredMessageUpdate
	case addr.Private:
		c.Data = struct {
			Flags discordgo.MessageFlags `json:"flags"`
		}{discordgo.MessageFlagsEphemeral}
	}
	return c
}

// acknowledge sends the first answer to an interaction, while Discord takes
// one. An attempt whose answer is late or lost may have done it: that it is
// acknowledged already is no failure, and before the operator hears of one,
// Discord is asked whether it is. dead says that it is not, and that the
// interaction's token is of no use.
func (a *Adapter) acknowledge(ctx context.Context, e event, c callback) (dead bool) {
	inTime, cancel := context.WithDeadline(ctx, e.arrived.Add(ackDeadline))
	defer cancel()
	err := a.call(inTime, ackAttempts, call{
		method:  http.MethodPost,
		url:     discordgo.EndpointInteractionResponse(e.ID, e.Token),
		payload: c,
		timeout: ackTimeout,
	}, nil)
	if err == nil || hasCode(err, codeAcknowledged) {
		return false
	}
	after := time.Since(e.arrived)
	original := call{method: http.MethodGet, url: discordgo.EndpointInteractionResponseActions(e.AppID, e.Token), timeout: showTimeout}
	there := a.once(ctx, original, nil)
	if there != nil {
		e.log.Warn("an interaction cannot be acknowledged", "cause", err, "after", after)
	}
	return hasCode(err, codeUnknownInteraction) && hasCode(there, codesDead...)
}

// unacked are the interactions that this process has received and not
// acknowledged yet. A job may be done before Discord has heard of it; until
// then Discord does not know the place where its answer goes.
type unacked struct {
	mu   sync.Mutex
	open map[string]*opening // by interaction
}

// An opening is the first answer to an interaction, yet to be given.
type opening struct {
	asked chan struct{} // closed when it is asked for before its time
	ask   func()
	given chan struct{} // closed when Discord has it
}

// add notes an interaction until the function it returns is called, which may
// happen more than once. An event that comes twice is noted once.
func (u *unacked) add(id string) (first *opening, done func()) {
	first = &opening{asked: make(chan struct{}), given: make(chan struct{})}
	first.ask = sync.OnceFunc(func() { close(first.asked) })
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open[id] != nil {
		return first, func() {}
	}
	if u.open == nil {
		u.open = make(map[string]*opening)
	}
	u.open[id] = first
	return first, sync.OnceFunc(func() {
		u.mu.Lock()
		delete(u.open, id)
		u.mu.Unlock()
		close(first.given)
	})
}

// wait returns once the interaction is not in u, or ctx ends.
func (u *unacked) wait(ctx context.Context, id string) error {
	u.mu.Lock()
	first := u.open[id]
	u.mu.Unlock()
	if first == nil {
		return nil
	}
	select {
	case <-first.given:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hasten is wait, with the first answer given now.
func (u *unacked) hasten(ctx context.Context, id string) error {
	u.mu.Lock()
	if first := u.open[id]; first != nil {
		first.ask()
	}
	u.mu.Unlock()
	return u.wait(ctx, id)
}
