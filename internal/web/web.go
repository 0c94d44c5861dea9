// Package web is the one HTTP server of the program: what it tells machines
// of itself, and pages.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// What anybody may use of the server. A handler that answers for longer, such
// as with a stream of events, or that reads a large body, moves its deadlines
// by http.ResponseController.
const (
	headerTime = 10 * time.Second // to send a request's header
	readTime   = time.Minute      // to send a whole request
	writeTime  = time.Minute      // to be answered, from the end of the header
	idleTime   = 2 * time.Minute  // between two requests
	headerSize = 16 << 10         // bytes

	// connections are open at once; more wait in the system's line. It leaves
	// files for what the process is there for, of the 1024 that are usual.
	connections = 512
	// farConnections are those of others than this machine: the rest is for who
	// asks here whether all is well, and for a proxy here.
	farConnections = connections - 64
	// peerConnections are those of one address that is not this machine's. It
	// may be a proxy's, with a stream of events for everybody behind it.
	peerConnections = 128

	// lastWords is how long an answer that is on its way at the end may take.
	lastWords = 5 * time.Second
)

// Serve answers at the listener until ctx ends, and then returns nil within
// a few seconds: the contexts of all requests end with ctx, and what is being
// answered may be finished. A panic of the handler is logged and ends its
// connection. It closes the listener; its error is that the listener failed.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           guard(handler, log),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerSize,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(complaints{log.Handler()}, slog.LevelWarn),
	}
	ended := make(chan struct{})
	left := context.AfterFunc(ctx, func() {
		defer close(ended)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close() // who still reads has had their time
		}
	})
	err := server.Serve(limit(listener, places{connections, farConnections, peerConnections}))
	if left() {
		return errors.Join(err, server.Close())
	}
	<-ended
	return nil
}

// guard lets no panic reach net/http, which would print its value: that may
// hold what a stranger sent.
func guard(handler http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault != http.ErrAbortHandler { //nolint:errorlint // the very value is what it is told by
				log.Error("answering a web request panicked", "stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler)
		}()
		handler.ServeHTTP(w, r)
	})
}

// complaints takes the lines that net/http writes by itself, and leaves out
// those that may quote what a peer sent.
type complaints struct{ slog.Handler }

func (c complaints) Handle(ctx context.Context, line slog.Record) error {
	cause := strings.TrimSpace(line.Message)
	if !strings.HasPrefix(cause, "http: Accept error: ") && !strings.HasPrefix(cause, "http: superfluous ") {
		return nil
	}
	said := slog.NewRecord(line.Time, line.Level, "the web server had trouble", line.PC)
	said.AddAttrs(slog.String("cause", cause))
	return c.Handler.Handle(ctx, said)
}
