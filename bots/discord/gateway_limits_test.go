package discord

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// connecting has the gateway's address asked for as often as the adapter does
// within the time, and returns how often that is.
func (b *bench) connecting(t *testing.T, within time.Duration, answer http.HandlerFunc) (asked int) {
	b.faults(-1, http.MethodGet, "/gateway", func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := b.adapter.connectAll(ctx, func([]byte) {}, func() {}); err != nil {
		t.Errorf("it ended with %v", err)
	}
	return asked
}

func TestTheGatewayIsAskedForAgainOnlyAfterThePauseThatDiscordDemands(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		flood := tooMany("120", `{"message":"You are being rate limited.","retry_after":120.0,"global":false}`)
		if asked := b.connecting(t, 119*time.Second, flood); asked != 1 {
			t.Errorf("it is asked for %d times in a pause of 120 s", asked)
		}
		if asked := b.connecting(t, 10*time.Minute, flood); asked != 5 {
			t.Errorf("it is asked for %d times in five pauses of 120 s", asked)
		}
	})
}

func TestNoMoreSessionsAreBegunInADayThanDiscordAllows(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		begun, end := 0, time.Now().Add(24*time.Hour)
		for time.Now().Before(end) {
			if wait := b.adapter.sessions.wait(1); wait > 0 {
				time.Sleep(wait)
				continue
			}
			b.adapter.sessions.begin()
			begun++
		}
		if begun < 900 || begun > 1000 {
			t.Errorf("%d sessions are begun in a day", begun)
		}
		for b.adapter.sessions.wait(1) <= 0 {
			b.adapter.sessions.begin()
		}
		away := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
		if asked := b.connecting(t, 80*time.Second, away); asked != 0 {
			t.Errorf("another one is tried %d times", asked)
		}
		if asked := b.connecting(t, 2*time.Minute, away); asked == 0 {
			t.Error("none is tried any more")
		}
	})
}

func TestASessionThatIsBegunCounts(t *testing.T) {
	l := start(t, nil)
	l.up(t)
	if left := time.Until(l.adapter.sessions.full); left <= 0 || left > sessionEvery {
		t.Errorf("it counts for %v", left)
	}
	l.Disconnect(0)
	l.answers(t, 1)
	if left := time.Until(l.adapter.sessions.full); left > sessionEvery {
		t.Errorf("what is resumed counts, too: %v", left)
	}
}

func TestASessionIsNotResumedWithoutTLSAfterIt(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for url, asks := range map[string]int{"ws://127.0.0.1:1": 1, "://": 1, "wss://127.0.0.1:1": 0} {
			asked := 0
			b.faults(-1, http.MethodGet, "/gateway", func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.WriteHeader(http.StatusServiceUnavailable)
			})
			g := &gateway{adapter: b.adapter, secure: true, id: "x", resumeURL: url}
			if _, err := g.dial(ctx, time.Now().Add(time.Minute)); err == nil || asked != asks {
				t.Errorf("with %s: asked for the gateway %d times, %v", url, asked, err)
			}
		}
	})
}
