package telegram_test

import (
	"bytes"
	"context"
	"image"
	"image/gif"
	"image/png"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kellybot/bots"
	"kellybot/bots/telegram"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
	"kellybot/kelly"
)

// patience bounds each wait for something that must happen.
const patience = 30 * time.Second

// A stage is a server, an adapter that talks to it, and the adapter's log.
type stage struct {
	*telegramtest.Server
	adapter *telegram.Adapter
	log     *logbook
}

func newStage(t *testing.T, router bots.Router) *stage {
	t.Helper()
	s := &stage{Server: start(t), log: &logbook{}}
	s.adapter = s.newAdapter(t, s.URL, router)
	return s
}

func (s *stage) newAdapter(t *testing.T, url string, router bots.Router) *telegram.Adapter {
	t.Helper()
	adapter, err := telegram.New(telegram.Config{
		Token:  telegramtest.Token,
		APIURL: url,
		Router: router,
		Log:    slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return adapter
}

// run runs the adapter, and returns once events flow. stop ends it, as the
// test's end does.
func (s *stage) run(t *testing.T) (stop func()) {
	t.Helper()
	cancel, ended := s.begin(t)
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
}

// begin is run for tests that look at how Run ends.
func (s *stage) begin(t *testing.T) (cancel func(), ended <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	result, gone, ready := make(chan error, 1), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		result <- s.adapter.Run(ctx, func() { close(ready) })
	}()
	t.Cleanup(func() {
		cancel()
		<-gone
		s.log.checkSecrets(t)
	})
	select {
	case <-ready:
	case err := <-result:
		t.Fatalf("Run ended with %v", err)
	case <-time.After(patience):
		t.Fatal("waited in vain for events to flow")
	}
	return cancel, result
}

// await waits until condition holds; it is looked at after every call that
// the server takes.
func (s *stage) await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		changed := s.Changed()
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited in vain for %s; the log:\n%s", what, s.log)
		}
	}
}

func (s *stage) awaitSent(t *testing.T, n int) []telegramtest.Sent {
	t.Helper()
	s.await(t, "messages", func() bool { return len(s.Sent()) >= n })
	return s.Sent()
}

// A logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const secret = "secretword" // stands for what users write

func (l *logbook) checkSecrets(t *testing.T) {
	t.Helper()
	checkSecrets(t, l.String())
}

func checkSecrets(t *testing.T, text string) {
	t.Helper()
	_, tokenSecret, _ := strings.Cut(telegramtest.Token, ":")
	for _, s := range []string{tokenSecret, secret} {
		if strings.Contains(text, s) {
			t.Errorf("%q is told to whoever reads %s", s, text)
		}
	}
}

// A handler is a router that is one function.
type handler func(ctx context.Context, req *commands.Request) (commands.Reply, bool)

func (h handler) Commands(string) []*commands.Command {
	return []*commands.Command{
		{Name: "imagine", Summary: "Draw a picture", Draws: true},
		{Name: "start", Summary: "Begin here"},
		{Name: "cancel", Summary: "Cancel a request", Moderated: true},
	}
}

func (h handler) Command(platform, name string) *commands.Command {
	all := append(h.Commands(platform), &commands.Command{Name: "offer", Hidden: true, Forwards: true})
	if n := slices.IndexFunc(all, func(c *commands.Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	return nil
}

func (handler) Abandon(context.Context, *commands.Request) {}

func (h handler) Handle(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
	return h(ctx, req)
}

// echo answers with what stands after the command.
var echo handler = func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
	return commands.Reply{Text: commands.T(req.Text)}, false
}

func picture(t *testing.T, b []byte, caption string) commands.Reply {
	t.Helper()
	p, err := kelly.NewPicture(b)
	if err != nil {
		t.Fatal(err)
	}
	return commands.Reply{Text: commands.T(caption), Images: []commands.Image{{Name: "fox." + string(p.Format), Picture: p}}}
}

func encode(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seeThrough is a picture with an alpha channel.
func seeThrough(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 64, 48))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodeGIF(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
