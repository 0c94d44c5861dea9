package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kellybot/bots/botstest/spec"
	"kellybot/commands"
)

// A script is a Bot API in place of the transport, so that the time of
// testing/synctest passes while nothing happens. Getting updates works as on
// Telegram; all else is answered with true.
type script struct {
	updates int              // that wait at the start, with the ids from 1
	results []string         // of getUpdates, in place of updates; the last one for good, "" being no answer
	faults  map[string]fault // what the first call of a method meets
	mute    atomic.Bool      // no call is answered any more

	mu    sync.Mutex
	calls []call
}

// A fault is how a call fails: with err, or by no answer when that is nil.
type fault struct{ err error }

// A call is one that the script took.
type call struct {
	method string
	params map[string]any
}

// maxBatch is how many updates Telegram sends at once.
const maxBatch = 100

// RoundTrip implements http.RoundTripper.
func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	c := call{method: path.Base(req.URL.Path)}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &c.params); err != nil {
		return nil, err
	}
	if fault, meets := s.take(c); meets {
		if fault.err == nil {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		return nil, fault.err
	}
	if s.mute.Load() {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	result := "true"
	switch c.method {
	case "getMe":
		result = `{"id":7,"username":"KellyTestBot"}`
	case "getWebhookInfo":
		result = `{"url":""}`
	case "getMyCommands":
		result = `[]`
	case "sendMessage":
		result = `{"message_id":1}`
	case "getUpdates":
		if len(s.results) > 0 {
			if result = s.nextResult(); result == "" {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			break
		}
		waiting := s.waiting(int(c.params["offset"].(float64)))
		if len(waiting) == 0 && c.params["timeout"].(float64) > 0 {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		result = "[" + strings.Join(waiting, ",") + "]"
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Body:       io.NopCloser(strings.NewReader(`{"ok":true,"result":` + result + `}`)),
		Request:    req,
	}, nil
}

func (s *script) take(c call) (f fault, meets bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	f, meets = s.faults[c.method]
	delete(s.faults, c.method)
	return f, meets
}

func (s *script) nextResult() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	result := s.results[0]
	if len(s.results) > 1 {
		s.results = s.results[1:]
	}
	return result
}

func (s *script) waiting(offset int) (updates []string) {
	for id := max(offset, 1); id <= s.updates && len(updates) < maxBatch; id++ {
		updates = append(updates, update(id))
	}
	return updates
}

func update(id int) string {
	return fmt.Sprintf(
		`{"update_id":%d,"message":{"message_id":%[1]d,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Anna"},"text":"/imagine %[1]d"}}`, id)
}

// told returns the values of a parameter in the calls of the method so far.
func (s *script) told(method, param string) (values []any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c.method == method {
			values = append(values, c.params[param])
		}
	}
	return values
}

// offsets returns the offsets that Telegram was told.
func (s *script) offsets() (offsets []int) {
	for _, offset := range s.told("getUpdates", "offset") {
		offsets = append(offsets, int(offset.(float64)))
	}
	return offsets
}

// adapter returns an adapter that talks to the script.
func (s *script) adapter(tb testing.TB, router handler, log slog.Handler) *Adapter {
	return &Adapter{url: "http://telegram.invalid", transport: spec.Telegram(tb).RoundTripper(s), router: router, log: slog.New(log)}
}

// run runs an adapter against the script until ctx ends.
func (s *script) run(ctx context.Context, tb testing.TB, router handler) (ended <-chan error) {
	result := make(chan error, 1)
	go func() { result <- s.adapter(tb, router, slog.DiscardHandler).Run(ctx, func() {}) }()
	return result
}

// A handler is a router that is one function.
type handler func(context.Context, *commands.Request) (commands.Reply, bool)

func (handler) Commands(string) []*commands.Command {
	return []*commands.Command{{Name: "imagine", Summary: "Draw a picture"}, {Name: "start", Summary: "Begin here"}}
}

func (h handler) Command(platform, name string) *commands.Command {
	all := h.Commands(platform)
	if n := slices.IndexFunc(all, func(c *commands.Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	return nil
}

func (handler) Abandon(context.Context, *commands.Request) {}

func (h handler) Handle(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
	return h(ctx, req)
}

// pending is a router that accepts everything.
func pending(context.Context, *commands.Request) (commands.Reply, bool) {
	return commands.Reply{}, true
}
