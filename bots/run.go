package bots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"kellybot/commands"
)

// ErrNoneLeft is returned by Run when every adapter has ended by itself.
var ErrNoneLeft = errors.New("no chat platform is left")

// Set is the adapters of a process. It delivers each reply through the
// adapter that its address names.
type Set []Adapter

// A Lease lets one process at a time do what name says.
type Lease interface {
	// Hold waits until this process holds the lease, and runs run with a
	// context that ends when ctx does or the lease is lost; then it waits
	// for the lease again. It returns nil when ctx ends, and what run returns
	// when that is an error.
	Hold(ctx context.Context, name string, run func(context.Context) error) error
}

// Run runs the adapters until ctx ends, and then returns nil. Of several
// processes one at a time receives a platform's events, the one that holds
// the lease of the platform's name. An adapter that ends by itself is logged
// and leaves the others running; when none is left the error is ErrNoneLeft.
// It returns after all of them have, unless a Turner hangs: then its error
// wraps ErrHung, and the process is to end.
func (s Set) Run(ctx context.Context, lease Lease, log *slog.Logger) error {
	within, cancel := context.WithCancel(ctx)
	var running, watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	hung := make(chan error, len(s))
	for _, adapter := range s {
		running.Go(func() { run(within, adapter, lease, log.With("platform", adapter.Name())) })
		if loop, ok := adapter.(Turner); ok {
			watching.Go(func() {
				if hangs(within, loop) {
					hung <- fmt.Errorf("%s: %w", adapter.Name(), ErrHung)
				}
			})
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		running.Wait()
	}()
	select {
	case err := <-hung:
		return err
	case <-ended:
	}
	if ctx.Err() == nil {
		return ErrNoneLeft
	}
	return nil
}

// run runs an adapter, and says how it ended.
func run(ctx context.Context, adapter Adapter, lease Lease, log *slog.Logger) {
	err := lease.Hold(ctx, adapter.Name(), func(ctx context.Context) error {
		return adapter.Run(ctx, func() { log.Info("receiving events") })
	})
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, ErrToken):
		log.Error("the platform's adapter has ended, and the others go on: set a token that the platform takes, and start again", "cause", err)
	default:
		log.Error("the platform's adapter has ended, and the others go on", "cause", err)
	}
}

// Deliver is Adapter.Deliver of the adapter that the address names.
func (s Set) Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	adapter, err := s.named(to.Platform)
	if err != nil {
		return commands.Receipt{}, err
	}
	return adapter.Deliver(ctx, to, reply)
}

// Progress is Adapter.Progress of the adapter that the address names.
func (s Set) Progress(ctx context.Context, to commands.Address) error {
	adapter, err := s.named(to.Platform)
	if err != nil {
		return err
	}
	return adapter.Progress(ctx, to)
}

// Show is Adapter.Show of the adapter that the address names.
func (s Set) Show(ctx context.Context, to commands.Address, status commands.Status) (commands.Address, error) {
	adapter, err := s.named(to.Platform)
	if err != nil {
		return to, err
	}
	return adapter.Show(ctx, to, status)
}

// Fetch is Adapter.Fetch of the platform's adapter.
func (s Set) Fetch(ctx context.Context, platform string, a commands.Attachment) (io.ReadCloser, int64, error) {
	adapter, err := s.named(platform)
	if err != nil {
		return nil, 0, err
	}
	return adapter.Fetch(ctx, a)
}

// Remove is Adapter.Remove of the adapter that the address names.
func (s Set) Remove(ctx context.Context, by commands.Address, messages []string) error {
	adapter, err := s.named(by.Platform)
	if err != nil {
		return err
	}
	return adapter.Remove(ctx, by, messages)
}

// Until is Adapter.Until of the adapter that the address names; zero when
// there is none.
func (s Set) Until(to commands.Address) time.Time {
	adapter, err := s.named(to.Platform)
	if err != nil {
		return time.Time{}
	}
	return adapter.Until(to)
}

// Forget is Forgetter.Forget of the adapter that the address names, if it is one.
func (s Set) Forget(to commands.Address) (rest commands.Address, dead bool) {
	adapter, _ := s.named(to.Platform)
	if forgetter, ok := adapter.(Forgetter); ok {
		return forgetter.Forget(to)
	}
	return to, false
}

// Keep is Keeper.Keep of the adapter that the address names, if it is one.
func (s Set) Keep(to commands.Address) (kept commands.Address, ok bool) {
	adapter, _ := s.named(to.Platform)
	if keeper, keeps := adapter.(Keeper); keeps {
		return keeper.Keep(to)
	}
	return commands.Address{}, false
}

// Private is Writer.Private of the platform's adapter; an error where it is none.
func (s Set) Private(platform, user, event string) (commands.Address, error) {
	writer, err := s.writer(platform)
	if err != nil {
		return commands.Address{}, err
	}
	return writer.Private(user, event)
}

// Chat is Writer.Chat of the platform's adapter; an error where it is none.
func (s Set) Chat(platform, id string) (commands.Address, error) {
	writer, err := s.writer(platform)
	if err != nil {
		return commands.Address{}, err
	}
	return writer.Chat(id)
}

func (s Set) writer(platform string) (Writer, error) {
	adapter, err := s.named(platform)
	if err != nil {
		return nil, err
	}
	if writer, ok := adapter.(Writer); ok {
		return writer, nil
	}
	return nil, fmt.Errorf("on %s the bot writes only where it is asked", platform)
}

func (s Set) named(platform string) (Adapter, error) {
	for _, adapter := range s {
		if adapter.Name() == platform {
			return adapter, nil
		}
	}
	return nil, fmt.Errorf("no adapter for platform %q", platform)
}
