package discord

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

// patience bounds each wait for something that must happen; no test that
// passes waits it out.
const patience = time.Minute

// A live is a bot on a Discord that listens.
type live struct {
	*discordtest.Server
	adapter *Adapter
	router  *router
	log     *record
	stop    context.CancelFunc
	ready   chan struct{}
	ended   chan error
}

// start runs a bot on a new Discord, which setUp may change before.
func start(t *testing.T, setUp func(*live)) *live {
	t.Helper()
	t.Parallel()
	server := discordtest.Start(t)
	l := &live{Server: server, router: &router{}, log: new(record), ready: make(chan struct{}), ended: make(chan error, 1)}
	l.router.handle = func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
		return commands.Reply{Text: commands.T(req.Text)}, false
	}
	var err error
	l.adapter, err = New(Config{
		Token: "Bot " + discordtest.Token, APIURL: server.URL + "/", GuildID: discordtest.GuildID, Router: l.router,
		Log: slog.New(slog.NewTextHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	if setUp != nil {
		setUp(l)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	go func() {
		l.ended <- l.adapter.Run(ctx, func() { close(l.ready) })
		close(l.ended)
	}()
	t.Cleanup(func() {
		cancel()
		for range l.ended { // until it is closed
		}
		if log := l.log.String(); strings.Contains(log, discordtest.Token) || strings.Contains(log, "aW50ZXJhY3Rpb24") ||
			strings.Contains(log, "fox") || strings.Contains(log, anna.Name) {
			t.Errorf("what must stay out of the log is in it:\n%s", log)
		}
	})
	return l
}

// end returns what Run ends with.
func (l *live) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(patience):
		t.Fatalf("Run does not end; the log has\n%s", l.log)
		return nil
	}
}

// up waits until the bot is ready.
func (l *live) up(t *testing.T) {
	t.Helper()
	select {
	case <-l.ready:
	case err := <-l.ended:
		t.Fatalf("Run ended with %v; the log has\n%s", err, l.log)
	case <-time.After(patience):
		t.Fatalf("the bot does not get ready; the log has\n%s", l.log)
	}
}

// await waits until ok.
func (l *live) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		changed := l.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited in vain until %s; the log has\n%s", what, l.log)
		}
	}
}

// answers has Anna say something, and waits for the n-th answer.
func (l *live) answers(t *testing.T, n int) {
	t.Helper()
	l.Say(anna, "/imagine a red fox")
	l.await(t, "Anna is answered", func() bool { return len(l.Messages()) == n })
}
