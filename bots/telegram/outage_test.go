package telegram

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots"
)

func TestAnOutageIsSaidOnceAndOverOnce(t *testing.T) {
	conflict := &apiError{Code: 409, Description: "Conflict: terminated by other getUpdates request"}
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := outage{log: slog.New(slog.NewTextHandler(&log, nil))}
		faults := []error{
			errors.New("connection refused"), errors.New("connection reset"),
			conflict, conflict, conflict,
			errors.New("connection reset"),
		}
		err := o.outlast(t.Context(), func() error {
			if len(faults) == 0 {
				return nil
			}
			fault := faults[0]
			faults = faults[1:]
			return fault
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			text string
			want int
		}{
			{"cannot reach Telegram", 2}, // before the conflict and after
			{"another program receives this bot's updates", 1},
			{"Telegram answers again", 1},
		} {
			if got := strings.Count(log.String(), c.text); got != c.want {
				t.Errorf("%q is logged %d times, want %d:\n%s", c.text, got, c.want, &log)
			}
		}
	})
}

func TestTelegramsOwnPauseIsKeptWithinReason(t *testing.T) {
	for _, c := range []struct {
		demanded, want time.Duration
		told           bool
	}{
		{40 * time.Second, 40 * time.Second, false},
		{4 * time.Minute, 4 * time.Minute, true},
		{24 * time.Hour, 5 * time.Minute, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			o := outage{log: slog.New(slog.NewTextHandler(&log, nil))}
			for range 2 {
				log.Reset()
				began := time.Now()
				if err := o.wait(t.Context(), &apiError{Code: 429, RetryAfter: c.demanded}); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(began); waited < c.want || waited > c.want+time.Second {
					t.Errorf("waited %v, want %v and less than a second more", waited, c.want)
				}
				if told := strings.Contains(log.String(), "demands a long pause") && strings.Contains(log.String(), "pause="+c.want.String()[:1]); told != c.told {
					t.Errorf("for %v the log says:\n%s", c.demanded, &log)
				}
			}
		})
	}
}

func TestAnOutageEndsWithTheToken(t *testing.T) {
	for _, refused := range []*apiError{{Code: 401, Description: "Unauthorized"}, {Code: 404, Description: "Not Found"}} {
		o := outage{log: slog.New(slog.DiscardHandler)}
		if err := o.outlast(t.Context(), func() error { return refused }); !errors.Is(err, bots.ErrToken) {
			t.Errorf("%v: the outage ended with %v, want bots.ErrToken", refused, err)
		}
	}
}

func TestAnOutageEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		o := outage{log: slog.New(slog.DiscardHandler)}
		err := o.outlast(ctx, func() error { return &apiError{Code: 404, Foreign: true} })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the outage ended with %v", err)
		}
	})
}

func TestTheLoopIsSeenToTurnWhateverItWaitsFor(t *testing.T) {
	for name, s := range map[string]*script{
		"while nothing happens":             {},
		"while Telegram demands long waits": {faults: map[string]fault{"getUpdates": {&apiError{Code: 429, RetryAfter: 24 * time.Hour}}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := s.adapter(t, pending, slog.DiscardHandler)
				if turned := a.Turned(); !turned.IsZero() {
					t.Errorf("before it runs it turned at %v", turned)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- a.Run(ctx, func() {}) }()
				for range 60 {
					time.Sleep(time.Minute)
					if ago := time.Since(a.Turned()); ago > 12*time.Minute {
						t.Errorf("it turned %v ago", ago)
					}
				}
				cancel()
				if err := <-ended; err != nil || !a.Turned().IsZero() {
					t.Errorf("Run ended with %v, and it turns still: %v", err, a.Turned())
				}
			})
		})
	}
}
