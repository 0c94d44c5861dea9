package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"kellybot/commands"
)

// ErrNoneLeft is returned by Run when every adapter has ended by itself.
var ErrNoneLeft = errors.New("no chat platform is left")

// Set is the adapters of a process. It delivers each reply through the
// adapter that its address names.
type Set []Adapter

// Run runs the adapters until ctx ends, and then returns nil. One that ends
// by itself is logged and leaves the others running; when none is left the
// error is ErrNoneLeft. It returns after all of them have.
func (s Set) Run(ctx context.Context, log *slog.Logger) error {
	var running sync.WaitGroup
	for _, adapter := range s {
		log := log.With("platform", adapter.Name())
		running.Go(func() {
			err := adapter.Run(ctx, func() { log.Info("receiving events") })
			if ctx.Err() == nil {
				log.Error("the platform's adapter has ended; the others go on", "cause", err)
			}
		})
	}
	running.Wait()
	if ctx.Err() == nil {
		return ErrNoneLeft
	}
	return nil
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

func (s Set) named(platform string) (Adapter, error) {
	for _, adapter := range s {
		if adapter.Name() == platform {
			return adapter, nil
		}
	}
	return nil, fmt.Errorf("no adapter for platform %q", platform)
}
