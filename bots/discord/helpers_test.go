package discord

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
	"kellybot/kelly"
)

var anna = botstest.From{UserID: "90001", Name: "Annabel"}

// A bench is an adapter and a Discord that talk without a network, so that
// both live by a synctest clock.
type bench struct {
	*discordtest.Server
	router  *router
	adapter *Adapter
	inbox   *inbox
	log     *record
	// cut breaks the connection before Discord has a request; nil breaks none.
	cut func(*http.Request) bool
	// lose makes the adapter miss the answer to a request that Discord has
	// carried out; nil loses none.
	lose func(*http.Request) bool
}

// onBench runs test on a bench whose commands are registered. When it returns
// everything at hand has been answered.
func onBench(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{Server: discordtest.New(t), router: &router{}, log: new(record)}
		b.adapter = b.process(t)
		b.adapter.register(t.Context(), discordtest.AppID)
		b.inbox = newInbox(t.Context(), b.adapter)
		test(t, b)
		b.inbox.close()
		if strings.Contains(b.log.String(), "aW50ZXJhY3Rpb24") || strings.Contains(b.log.String(), discordtest.Token) {
			t.Errorf("a token is in the log:\n%s", b.log)
		}
	})
}

// process returns another adapter of the same bot.
func (b *bench) process(t *testing.T) *Adapter {
	t.Helper()
	a, err := New(Config{Token: discordtest.Token, Router: b.router, Log: slog.New(slog.NewTextHandler(b.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	a.client.Transport = b
	return a
}

// RoundTrip has Discord answer without a network. The body of an answer with
// the field X-Cut cannot be read.
func (b *bench) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.cut != nil && b.cut(r) {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	}
	w := httptest.NewRecorder()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if r.Body == nil {
			r.Body = http.NoBody
		}
		b.ServeHTTP(w, r)
		_ = r.Body.Close()
	}()
	select {
	case <-answered:
	case <-r.Context().Done():
		<-answered
		return nil, r.Context().Err()
	}
	if b.lose != nil && b.lose(r) {
		return nil, errors.New("connection reset by peer")
	}
	answer := w.Result()
	if answer.Header.Get("X-Cut") != "" {
		answer.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	}
	return answer, nil
}

// say has Anna use /imagine, or another command, and the adapter receive it.
func (b *bench) say(line string) {
	b.Say(anna, line)
	b.inbox.event(b.Event())
}

// press has somebody press a button below message n, and the adapter receive it.
func (b *bench) press(from botstest.From, below botstest.Message, label string) {
	b.Press(from, below, label)
	b.inbox.event(b.Event())
	b.inbox.running.Wait()
}

// A record is a log that is read while it is written.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// router answers with handle, which is pending when nil.
type router struct {
	mu       sync.Mutex
	handle   func(ctx context.Context, req *commands.Request) (commands.Reply, bool)
	requests []*commands.Request
	given    []string // the ids of requests that were given up
	summary  string   // of /imagine, when not ""
	registry string   // what Commands panics with, when not ""
}

func (r *router) Commands(string) []*commands.Command {
	if r.registry != "" {
		panic(r.registry)
	}
	return []*commands.Command{
		{
			Name: "imagine", Summary: cmp.Or(r.summary, "Draw a picture"),
			Argument: commands.Argument{Name: "prompt", Summary: "What to draw", Required: true},
			Options: []commands.Option{
				{Name: "model", Flag: "model", Summary: "What draws", Complete: completions},
				{Name: "negative", Flag: "no", Summary: "What to leave out"},
				{Name: "number", Flag: "n", Summary: "How many", Max: 4},
				{Name: "chat", Flag: "chat", Summary: "For all", Switch: true},
			},
		},
		{Name: "models", Summary: "List the models", Private: true},
		{
			Name: "upscale", Summary: "Make a picture larger", Menu: "Upscale",
			Options: []commands.Option{{Name: "picture", Summary: "A picture of your own", Attachment: true}},
		},
	}
}

// hidden are the commands that only buttons use.
var hidden = []*commands.Command{
	{Name: "change", Summary: "Change a request", Hidden: true, Private: true},
	{Name: "delete", Summary: "Delete a picture", Hidden: true, Private: true},
}

func (r *router) Command(platform, name string) *commands.Command {
	all := append(r.Commands(platform), hidden...)
	if n := slices.IndexFunc(all, func(c *commands.Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	return nil
}

func (r *router) Handle(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
	r.mu.Lock()
	handle := r.handle
	r.requests = append(r.requests, req)
	r.mu.Unlock()
	if handle == nil {
		return commands.Reply{}, true
	}
	return handle(ctx, req)
}

func (r *router) Abandon(_ context.Context, req *commands.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.given = append(r.given, req.ID)
}

// last returns the latest request.
func (r *router) last(t *testing.T) *commands.Request {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.requests) == 0 {
		t.Fatal("no request has reached the router")
	}
	return r.requests[len(r.requests)-1]
}

// after answers with reply when d has passed.
func after(d time.Duration, reply commands.Reply) func(context.Context, *commands.Request) (commands.Reply, bool) {
	return func(context.Context, *commands.Request) (commands.Reply, bool) {
		time.Sleep(d) // on a synctest clock
		return reply, false
	}
}

// drawn returns a reply with a picture of about size bytes.
func drawn(t *testing.T, size int) commands.Reply {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48))); err != nil {
		t.Fatal(err)
	}
	picture, err := kelly.NewPicture(append(b.Bytes(), make([]byte, max(0, size-b.Len()))...))
	if err != nil {
		t.Fatal(err)
	}
	return commands.Reply{
		Text:   commands.T("a red fox"),
		Images: []commands.Image{{Name: "a-red-fox.png", Alt: "a red fox", Picture: picture}},
	}
}

// faults answers the first n requests whose path ends in suffix with fault.
func (b *bench) faults(n int, method, suffix string, fault http.HandlerFunc) {
	b.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
		if n == 0 || r.Method != method || !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		n--
		fault(w, r)
		return true
	})
}

// want checks what people see.
func (b *bench) want(t *testing.T, want ...botstest.Message) {
	t.Helper()
	got := b.Messages()
	if len(got) != len(want) {
		t.Fatalf("people see %+v, want %+v", got, want)
	}
	for n := range want {
		if got[n].Text != want[n].Text || got[n].For != want[n].For || len(got[n].Files) != len(want[n].Files) ||
			!slices.Equal(got[n].Pings, want[n].Pings) || !slices.Equal(got[n].Buttons, want[n].Buttons) {
			t.Errorf("message %d is %+v, want %+v", n, got[n], want[n])
		}
	}
}

// methods lists the calls from the n-th on as "METHOD status".
func (b *bench) methods(n int) []string {
	var all []string
	for _, call := range b.Calls()[n:] {
		all = append(all, call.Method+" "+http.StatusText(call.Status))
	}
	return slices.Clip(all)
}

// warned reports whether the operator was told of something wrong.
func (b *bench) warned() bool { return strings.Contains(b.log.String(), "level=WARN") }
