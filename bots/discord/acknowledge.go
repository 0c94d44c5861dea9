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

// named returns the command of that name, or nil.
func (a *Adapter) named(name string) *commands.Command {
	all := a.router.Commands(Name)
	if n := slices.IndexFunc(all, func(c *commands.Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	return nil
}

// respond answers a command or a button, and says so when that panics.
func (a *Adapter) respond(ctx context.Context, e event) {
	acknowledged := a.unacked.add(e.ID)
	defer acknowledged()
	var req *commands.Request
	deferred := false
	if survives(e.log, func() {
		var command *commands.Command
		req, command = a.request(e)
		a.answerInTime(ctx, e, req, command != nil && command.Private, func() { deferred = true; acknowledged() })
	}) {
		return
	}
	failure := commands.Failure(errPanic)
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
func (a *Adapter) answerInTime(ctx context.Context, e event, req *commands.Request, private bool, deferred func()) {
	var (
		reply    commands.Reply
		pending  bool
		answered = make(chan struct{})
		handling sync.WaitGroup
	)
	handling.Go(func() {
		defer close(answered)
		if !survives(e.log, func() { reply, pending = a.router.Handle(ctx, req) }) {
			reply, pending = commands.Failure(errPanic), false
		}
	})
	defer handling.Wait()

	inTime := time.NewTimer(time.Until(e.arrived.Add(ackWithin)))
	defer inTime.Stop()
	select {
	case <-answered:
		if !pending && len(reply.Images) == 0 {
			a.acknowledge(ctx, e, direct(reply))
			return
		}
	case <-inTime.C:
	}
	a.acknowledge(ctx, e, deferral(private))
	deferred()
	<-answered
	if pending {
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
		Text:    commands.T("Too many people are asking at this moment: please try again in a minute."),
		Private: true,
		Failed:  true,
	}))
}

// A callback is the first answer to an interaction.
type callback struct {
	Type discordgo.InteractionResponseType `json:"type"`
	Data any                               `json:"data,omitempty"`
}

// direct answers at once with a text.
func direct(reply commands.Reply) callback {
	m := compose(reply, "")
	if reply.Private {
		m.Flags |= discordgo.MessageFlagsEphemeral
	}
	return callback{discordgo.InteractionResponseChannelMessageWithSource, m}
}

// deferral shows "thinking…" until the answer edits it: to everybody in the
// chat, or to the requester alone, as the answer will be seen.
func deferral(private bool) callback {
	c := callback{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource}
	if private {
		c.Data = struct {
			Flags discordgo.MessageFlags `json:"flags"`
		}{discordgo.MessageFlagsEphemeral}
	}
	return c
}

// acknowledge sends the first answer to an interaction, while Discord takes
// one. An attempt whose answer is late or lost may have done it: that it is
// acknowledged already is no failure, and before the operator hears of one,
// Discord is asked whether it is.
func (a *Adapter) acknowledge(ctx context.Context, e event, c callback) {
	inTime, cancel := context.WithDeadline(ctx, e.arrived.Add(ackDeadline))
	defer cancel()
	err := a.call(inTime, ackAttempts, call{
		method:  http.MethodPost,
		url:     discordgo.EndpointInteractionResponse(e.ID, e.Token),
		payload: c,
		timeout: ackTimeout,
	}, nil)
	if err == nil || hasCode(err, codeAcknowledged) {
		return
	}
	after := time.Since(e.arrived)
	original := call{method: http.MethodGet, url: discordgo.EndpointInteractionResponseActions(e.AppID, e.Token), timeout: showTimeout}
	if a.once(ctx, original, nil) != nil {
		e.log.Warn("an interaction cannot be acknowledged", "cause", err, "after", after)
	}
}

// unacked are the interactions that this process has received and not
// acknowledged yet. A job may be done before Discord has heard of it; until
// then Discord does not know the place where its answer goes.
type unacked struct {
	mu   sync.Mutex
	open map[string]chan struct{} // by interaction, closed when acknowledged
}

// add notes an interaction until the function it returns is called, which may
// happen more than once. An event that comes twice is noted once.
func (u *unacked) add(id string) (done func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open[id] != nil {
		return func() {}
	}
	if u.open == nil {
		u.open = make(map[string]chan struct{})
	}
	settled := make(chan struct{})
	u.open[id] = settled
	return sync.OnceFunc(func() {
		u.mu.Lock()
		delete(u.open, id)
		u.mu.Unlock()
		close(settled)
	})
}

// wait returns once the interaction is not in u, or ctx ends.
func (u *unacked) wait(ctx context.Context, id string) error {
	u.mu.Lock()
	settled := u.open[id]
	u.mu.Unlock()
	if settled == nil {
		return nil
	}
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
