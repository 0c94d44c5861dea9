package discord

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// An inbox takes events off the gateway's loop and handles each on its own.
type inbox struct {
	adapter *Adapter
	ctx     context.Context // of the requests: outlives Run's by the grace
	cancel  context.CancelFunc

	mu      sync.Mutex
	closed  bool
	atHand  map[string]bool // interactions, by their requests' ids
	running sync.WaitGroup
}

func newInbox(ctx context.Context, a *Adapter) *inbox {
	in := &inbox{adapter: a, atHand: map[string]bool{}}
	in.ctx, in.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return in
}

// close takes no further events and waits for those at hand.
func (in *inbox) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	late := time.AfterFunc(grace, in.cancel)
	in.running.Wait()
	late.Stop()
	in.cancel()
}

// event handles the data of an INTERACTION_CREATE event. It never waits.
func (in *inbox) event(raw []byte) {
	arrived := time.Now()
	log := in.adapter.log
	var i *interaction
	err := errPanic
	survives(log, func() { i, err = decode(raw) })
	if err != nil {
		log.Warn("an interaction cannot be read") // its error may quote what somebody typed
		return
	}
	id := i.id()
	log = log.With("job", id)
	answer := in.adapter.answering(i)
	if answer == nil {
		log.Debug("an interaction of another kind is left alone", "type", i.Type.String())
		return
	}

	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case in.atHand[id]:
		log.Debug("an interaction comes once more, which is at hand")
		return
	case in.closed, len(in.atHand) >= 2*maxRequests:
		log.Warn("an interaction is dropped: too many at once, or the bot is stopping")
		return
	case len(in.atHand) >= maxRequests:
		answer = in.adapter.busy
	}
	in.atHand[id] = true
	in.running.Go(func() {
		defer func() {
			in.mu.Lock()
			delete(in.atHand, id)
			in.mu.Unlock()
		}()
		ctx, cancel := context.WithTimeout(in.ctx, handleTimeout)
		defer cancel()
		survives(log, func() { answer(ctx, event{interaction: i, arrived: arrived, log: log}) })
	})
}

// survives reports whether do ended without a panic. One costs nobody else
// anything and is logged, without its value: that may quote a prompt.
func survives(log *slog.Logger, do func()) (survived bool) {
	defer func() {
		if recover() != nil {
			log.Error("handling an interaction panicked", "stack", string(debug.Stack()))
		}
	}()
	do()
	return true
}

// errPanic stands for a panic, to whoever is answered.
var errPanic = errors.New("panic")

// answering returns what answers an interaction, or nil.
func (a *Adapter) answering(i *interaction) func(context.Context, event) {
	_, _, custom := i.custom()
	slash := i.Data.Kind == discordgo.ChatApplicationCommand
	switch {
	case i.Type == discordgo.InteractionApplicationCommand && (slash || i.Data.Kind == discordgo.MessageApplicationCommand), custom:
		return a.respond
	case i.Type == discordgo.InteractionApplicationCommandAutocomplete && slash:
		return a.complete
	case i.Type == discordgo.InteractionMessageComponent:
		return a.overlook
	}
	return nil
}
