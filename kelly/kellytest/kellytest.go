// Package kellytest runs a Kelly server for tests: the sandbox's contract with
// quick small pictures, and every way in which such a server can go wrong.
//
//	srv := kellytest.New(t)
//	client, err := kelly.New("key", kelly.WithBaseURL(srv.URL))
//	srv.Script(kellytest.TooMany("1"), kellytest.Reset) // the next two requests
//	picture, err := client.Generate(t.Context(), kelly.GenerateRequest{Prompt: "a fox"})
//	// picture holds kellytest.Picture("a fox", kelly.DefaultModel, 1024, 1024)
package kellytest

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"kellybot/kelly/sandbox"
)

// basePath is not empty, as a client must not assume that it is.
const basePath = "/kelly/"

// A Server is a Kelly server on loopback that can be told to fail. Its methods
// are safe for concurrent use.
type Server struct {
	// URL is the base URL for a client; it carries a path and ends in a slash.
	URL string

	http   *httptest.Server
	normal http.Handler
	stop   context.CancelFunc

	mu       sync.Mutex
	changed  *sync.Cond // on mu: requests or stats did
	script   []Fault
	byPath   map[string][]Fault
	always   Fault
	gate     chan struct{} // nil: open; closed to let everybody pass
	requests []*Request
	stats    Stats
	prompts  map[string]int
}

// Stats counts what a Server has seen. In flight are the calls under image/,
// from their arrival to their answer's end.
type Stats struct {
	Requests    int
	InFlight    int
	MaxInFlight int
}

// New starts a Server that ends with the test.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := Start()
	tb.Cleanup(s.Close)
	return s
}

// Start starts a Server outside a test; Close ends it.
func Start() *Server {
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{
		normal:  sandbox.New(),
		stop:    stop,
		byPath:  make(map[string][]Fault),
		prompts: make(map[string]int),
	}
	s.changed = sync.NewCond(&s.mu)
	s.http = httptest.NewUnstartedServer(http.StripPrefix(strings.TrimSuffix(basePath, "/"), http.HandlerFunc(s.serve)))
	s.http.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	s.http.Start()
	s.URL = s.http.URL + basePath
	return s
}

// Close breaks off what is in flight and ends the server.
func (s *Server) Close() {
	s.stop()
	s.http.CloseClientConnections()
	s.http.Close()
}

// Script makes the next requests fail, one fault a request in this order;
// after the last one the server is well again. Calls add up.
func (s *Server) Script(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, faults...)
}

// ScriptPath is Script for one call, such as "image/generate"; it goes before
// Script.
func (s *Server) ScriptPath(path string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byPath[path] = append(s.byPath[path], faults...)
}

// Always makes every request fail for which nothing is scripted; nil ends it.
func (s *Server) Always(fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = fault
}

// Hold keeps the calls under image/ waiting, faults included, from now until
// release; a caller that gives up is let go. Release may be called again.
func (s *Server) Hold() (release func()) {
	gate := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = gate
	return sync.OnceFunc(func() { close(gate) })
}

// Requests returns what was asked so far, in the order of arrival.
func (s *Server) Requests() []*Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Prompts returns how often each prompt was asked for.
func (s *Server) Prompts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.prompts)
}

// Stats returns the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// WaitFor returns when the counters are as reached says, or with the
// context's error.
func (s *Server) WaitFor(ctx context.Context, reached func(Stats) bool) error {
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed.Broadcast()
	})()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !reached(s.stats) {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.changed.Wait()
	}
	return nil
}

func (s *Server) serve(w http.ResponseWriter, hr *http.Request) {
	r, err := readRequest(hr, s.normal)
	if err != nil {
		panic(http.ErrAbortHandler) // the caller went while it was asking
	}
	fault, gate := s.arrive(r)
	defer s.leave(r)
	if gate != nil {
		select {
		case <-gate:
		case <-hr.Context().Done():
			panic(http.ErrAbortHandler) // returning would be an empty answer
		}
	}
	if fault != nil {
		fault(w, r)
		return
	}
	status, header, body := r.Answer()
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	w.Write(body) //nolint:gosec // JSON for a test's client, no page
}

// arrive records the request and decides what becomes of it.
func (s *Server) arrive(r *Request) (fault Fault, gate chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	s.stats.Requests++
	if r.Prompt != "" {
		s.prompts[r.Prompt]++
	}
	if r.draws() {
		s.stats.InFlight++
		s.stats.MaxInFlight = max(s.stats.MaxInFlight, s.stats.InFlight)
		gate = s.gate
	}
	s.changed.Broadcast()
	switch {
	case len(s.byPath[r.Path]) > 0:
		fault, s.byPath[r.Path] = s.byPath[r.Path][0], s.byPath[r.Path][1:]
	case len(s.script) > 0:
		fault, s.script = s.script[0], s.script[1:]
	default:
		fault = s.always
	}
	return fault, gate
}

func (s *Server) leave(r *Request) {
	if !r.draws() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.InFlight--
	s.changed.Broadcast()
}
