package sandbox

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// BaseURL is the address to give a client that uses a Transport; no name
// server is asked for it.
const BaseURL = "http://sandbox.invalid/"

// A Transport answers every request, whatever its host, with a sandbox in the
// same process: real HTTP over connections in memory. It is safe for
// concurrent use.
type Transport struct {
	client *http.Transport
	server *http.Server
	served sync.WaitGroup
}

// NewTransport starts a sandbox; Close ends it.
func NewTransport() *Transport {
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	t := &Transport{
		client: &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 16},
		server: &http.Server{
			Handler:           New(),
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          log.New(io.Discard, "", 0),
		},
	}
	t.served.Go(func() { t.server.Serve(l) })
	return t
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	return t.client.RoundTrip(r)
}

// CloseIdleConnections lets http.Client's method of that name reach the
// connections in memory.
func (t *Transport) CloseIdleConnections() { t.client.CloseIdleConnections() }

// Close breaks what is in flight off and ends the sandbox; requests after it
// fail as if nothing listened.
func (t *Transport) Close() error {
	err := t.server.Close()
	t.served.Wait()
	t.client.CloseIdleConnections()
	return err
}

// A pipeListener hands one end of a net.Pipe to the server for every dial.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "sandbox" }
