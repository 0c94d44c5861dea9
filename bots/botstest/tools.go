package botstest

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"slices"
	"sync"
	"testing"
	"time"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/kelly"
)

// run runs a new adapter of the platform until the test ends, and returns it
// once events are flowing.
func run(t *testing.T, p Platform, router bots.Router) bots.Adapter {
	t.Helper()
	adapter := p.Adapter(t, router)
	ctx, cancel := context.WithCancel(context.Background())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- adapter.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	wait(t, ready, "the adapter to be ready")
	return adapter
}

func wait(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
	}
}

// await returns what people see as soon as it is n messages.
func await(t *testing.T, p Platform, n int) (got []Message) {
	t.Helper()
	until(t, p, func() bool { got = p.Messages(); return len(got) >= n })
	return got
}

// until waits until what is seen is so.
func until(t *testing.T, p Platform, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		changed := p.Changed()
		if is() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited in vain; people see %+v", p.Messages())
		}
	}
}

func deliver(t *testing.T, adapter bots.Adapter, req *commands.Request, reply commands.Reply) commands.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	receipt, err := adapter.Deliver(ctx, req.Address, reply)
	if err != nil {
		t.Fatalf("deliver: %v", err)
	}
	return receipt
}

func pictureReply(prompt string, image *kelly.Picture) commands.Reply {
	return commands.Reply{
		Text: commands.Text{
			{Text: prompt, Style: commands.Bold, Cut: true},
			{Text: "\nPhotoPerfect · 640×384 · 1.0 s"},
		},
		Images: []commands.Image{{Name: "a-red-fox.png", Alt: prompt, Picture: image}},
	}
}

func picture(t *testing.T, width, height int) *kelly.Picture {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return newPicture(t, b.Bytes())
}

// unreadable returns a file of size bytes that begins as a picture does, so
// that no smaller one can be made of it.
func unreadable(t *testing.T, size int) *kelly.Picture {
	t.Helper()
	const header = 33 // of a PNG: what it is, and its dimensions
	b := make([]byte, size)
	copy(b, picture(t, 64, 64).Bytes()[:header])
	return newPicture(t, b)
}

func newPicture(t *testing.T, b []byte) *kelly.Picture {
	t.Helper()
	p, err := kelly.NewPicture(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// router is a bots.Router that says what a test tells it to; /imagine is
// pending unless told otherwise, and /models is slow while blocked.
type router struct {
	requests chan *commands.Request

	mu      sync.Mutex
	replies map[string]commands.Reply
	during  map[string]func(context.Context, *commands.Request)
	blocked map[string]chan struct{}
}

func newRouter() *router {
	return &router{
		requests: make(chan *commands.Request, 100),
		replies:  map[string]commands.Reply{},
		during:   map[string]func(context.Context, *commands.Request){},
		blocked:  map[string]chan struct{}{},
	}
}

func (r *router) Commands(string) []*commands.Command {
	return []*commands.Command{
		{
			Name: "imagine", Summary: "Draw a picture", Argument: commands.Argument{Name: "prompt", Summary: "What to draw"},
			Options: []commands.Option{{
				Name: "model", Flag: "model", Summary: "What draws",
				Complete: func(_ context.Context, _ *commands.Request, typed string) []string {
					return []string{typed + "Perfect"}
				},
			}},
		},
		{Name: "models", Summary: "List the models", Argument: commands.Argument{Name: "search", Summary: "Words"}, Private: true},
		{Name: "help", Summary: "Explain"},
		{Name: "edit", Summary: "Draw anew", Argument: commands.Argument{Name: "prompt", Summary: "What it shall become"},
			Options: []commands.Option{{Name: "picture", Attachment: true, Summary: "A picture"}}},
	}
}

// hidden are the commands that only buttons use.
var hidden = []*commands.Command{
	{Name: "change", Summary: "Change a request", Hidden: true, Private: true},
	{Name: "delete", Summary: "Delete a picture", Hidden: true, Private: true, Moderated: true},
}

func (r *router) Command(platform, name string) *commands.Command {
	all := append(r.Commands(platform), hidden...)
	if n := slices.IndexFunc(all, func(c *commands.Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	return nil
}

func (*router) Abandon(context.Context, *commands.Request) {}

func (r *router) Handle(ctx context.Context, req *commands.Request) (reply commands.Reply, pending bool) {
	r.mu.Lock()
	reply, known := r.replies[req.Command]
	blocked, during := r.blocked[req.Command], r.during[req.Command]
	r.mu.Unlock()
	if blocked != nil {
		select {
		case <-blocked:
			return commands.Reply{Text: commands.T("Released.")}, false
		case <-ctx.Done():
			return commands.Failure(ctx.Err()), false
		}
	}
	if during != nil {
		during(ctx, req)
	}
	r.requests <- new(*req) // the adapter goes on reading its own
	return reply, !known
}

// reply answers the command with reply from now on.
func (r *router) reply(command string, reply commands.Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replies[command] = reply
}

// while has the command do that while it is handled, before its reply.
func (r *router) while(command string, do func(context.Context, *commands.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.during[command] = do
}

// block holds the command's answers until release is called.
func (r *router) block(command string) (release func()) {
	held := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocked[command] = held
	return func() { close(held) }
}

func (r *router) next(t *testing.T) *commands.Request {
	t.Helper()
	select {
	case req := <-r.requests:
		return req
	case <-time.After(patience):
		t.Fatal("waited in vain for a request")
		return nil
	}
}
