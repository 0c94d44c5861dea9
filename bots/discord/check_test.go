package discord

import (
	"log/slog"
	"net/http"
	"testing"
	"time"
)

func TestAnAddressOfTheAPIThatCannotWorkIsRefused(t *testing.T) {
	for _, address := range []string{"discord.com", "ftp://discord.com", "https://", "https://discord.com/api", "://"} {
		if _, err := New(Config{APIURL: address, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}

func TestTheCheckSaysWhoTheBotIs(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		if got, err := b.adapter.Check(t.Context()); got != "@kellybot" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		b.faults(1, http.MethodGet, "/users/@me", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":"1","username":"Kelly","discriminator":"0042"}`))
		})
		if got, err := b.adapter.Check(t.Context()); got != "Kelly#0042" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestTheCheckGivesUpWithinSeconds(t *testing.T) {
	hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	busy := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	for name, c := range map[string]struct {
		fault http.HandlerFunc
		most  time.Duration
	}{
		"nobody listens":        {nil, 2 * time.Second},
		"Discord hangs":         {hangs, checkTimeout},
		"Discord asks for more": {busy, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.lose = func(*http.Request) bool { return c.fault == nil }
				if c.fault != nil {
					b.faults(-1, http.MethodGet, "/users/@me", c.fault)
				}
				start := time.Now()
				if _, err := b.adapter.Check(t.Context()); err == nil || time.Since(start) > c.most {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}
