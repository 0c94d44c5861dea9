package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"

	"kellybot/internal/config"
	"kellybot/internal/web"
)

// A front is where the process answers over HTTP.
type front struct {
	pages, metrics *http.ServeMux // one and the same where metrics have no address of their own
	doors          []door
}

// A door is an address that is listened on.
type door struct {
	net.Listener
	pages http.Handler
}

// openFront listens where the settings say so, which may be nowhere.
func openFront(ctx context.Context, cfg config.Config) (*front, error) {
	f := &front{pages: http.NewServeMux()}
	f.metrics = f.pages
	if cfg.MetricsAddr != "" {
		f.metrics = http.NewServeMux()
	}
	err := errors.Join(
		f.open(ctx, "HTTP_ADDR", cfg.HTTPAddr, f.pages),
		f.open(ctx, "METRICS_ADDR", cfg.MetricsAddr, f.metrics),
	)
	if err != nil {
		f.close()
		return nil, settingsError{err}
	}
	return f, nil
}

func (f *front) open(ctx context.Context, setting, address string, pages http.Handler) error {
	if address == "" {
		return nil
	}
	listener, err := listen(ctx, setting, address)
	if err != nil {
		return fmt.Errorf("%s: %w", setting, err)
	}
	f.doors = append(f.doors, door{listener, pages})
	return nil
}

// listen listens where the setting says. The error says what to set instead.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	if fault, ok := errors.AsType[*net.OpError](err); ok {
		err = fault.Err
	}
	if fault, ok := errors.AsType[*os.SyscallError](err); ok {
		err = fault.Err
	}
	instead := map[string]string{"HTTP_ADDR": "127.0.0.1:8081, or off", "METRICS_ADDR": "127.0.0.1:9091"}[setting]
	return nil, fmt.Errorf("%s cannot be listened on (%w); set %s to another address, such as %s", address, err, setting, instead)
}

// start answers until ctx ends or stop is called, which returns after the
// last answer.
func (f *front) start(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var serving sync.WaitGroup
	for _, door := range f.doors {
		log := log.With("address", door.Addr().String())
		log.Info("answering over HTTP")
		serving.Go(func() {
			if err := web.Serve(ctx, door, door.pages, log); err != nil {
				log.Error("the web server has ended, and the bot goes on without it", "cause", err)
			}
		})
	}
	return func() {
		cancel()
		serving.Wait()
	}
}

// close leaves where nothing was served.
func (f *front) close() {
	for _, door := range f.doors {
		_ = door.Close()
	}
}
