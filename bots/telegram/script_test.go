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

	"kellybot/commands"
)

// A script is a Bot API in place of the transport, so that the time of
// testing/synctest passes while nothing happens. Getting updates works as on
// Telegram; all else is answered with true.
type script struct {
	updates int // that wait at the start, with the ids from 1

	mu      sync.Mutex
	offsets []int // of the calls of getUpdates
}

// maxBatch is how many updates Telegram sends at once.
const maxBatch = 100

// RoundTrip implements http.RoundTripper.
func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	result := "true"
	switch path.Base(req.URL.Path) {
	case "getMe":
		result = `{"id":7,"username":"KellyTestBot"}`
	case "getWebhookInfo":
		result = `{"url":""}`
	case "getMyCommands":
		result = `[]`
	case "getUpdates":
		var poll struct{ Offset, Timeout int }
		if err := json.Unmarshal(body, &poll); err != nil {
			return nil, err
		}
		waiting := s.poll(poll.Offset)
		if len(waiting) == 0 && poll.Timeout > 0 {
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

func (s *script) poll(offset int) (waiting []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offsets = append(s.offsets, offset)
	for id := max(offset, 1); id <= s.updates && len(waiting) < maxBatch; id++ {
		waiting = append(waiting, fmt.Sprintf(
			`{"update_id":%d,"message":{"message_id":%[1]d,"chat":{"id":5,"type":"private"},"from":{"id":5,"first_name":"Anna"},"text":"/imagine %[1]d"}}`, id))
	}
	return waiting
}

// told returns the offsets that Telegram was told.
func (s *script) told() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.offsets)
}

// run runs an adapter against the script until ctx ends.
func (s *script) run(ctx context.Context, handle func(context.Context, *commands.Request)) (ended <-chan error) {
	a := &Adapter{
		url:       "http://telegram.invalid",
		transport: s,
		router:    taker(handle),
		log:       slog.New(slog.DiscardHandler),
	}
	result := make(chan error, 1)
	go func() { result <- a.Run(ctx, func() {}) }()
	return result
}

// A taker is a router that accepts every request.
type taker func(context.Context, *commands.Request)

func (taker) Commands(string) []*commands.Command { return []*commands.Command{{Name: "imagine"}} }

func (h taker) Handle(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
	h(ctx, req)
	return commands.Reply{}, true
}

var _ http.RoundTripper = (*script)(nil)
