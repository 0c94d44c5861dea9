package jobs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store/storetest"
	"kellybot/kelly"
)

func TestAnAwayServiceIsWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		w.set(func() {
			w.draw = func(context.Context, string) error {
				if w.times("a0") < 3 {
					return errAway
				}
				return nil
			}
		})
		w.accept("a", "a0")
		w.wait("a status", func() bool { return len(w.statuses["a0"]) > 0 })
		if got := w.statuses["a0"][0]; !strings.HasPrefix(got, "⏳ Kelly has been away since ") {
			t.Errorf("people read %q", got)
		}
		w.answered("a0")
	})
}

func (w *world) times(prompt string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.drawn[prompt]
}

func TestHoldingEndsWithItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.HoldFor = 3 * time.Second })
	w.set(func() { w.draw = func(context.Context, string) error { return errAway } })
	w.accept("a", "a0")
	if reply := w.failed("a0", "is away right now"); len(reply.Buttons) != 1 || reply.Buttons[0].Command != "retry" {
		t.Errorf("the answer is %+v", reply)
	}

	w = newWorld(t, storetest.SQLite(t), nil)
	w.set(func() {
		w.draw = func(context.Context, string) error { return errAway }
		w.until = time.Now().Add(3 * time.Second) // the event can be answered no longer
	})
	w.accept("a", "a0")
	w.failed("a0", "is away right now")
}

func TestWhatTimesOutIsTriedTwiceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() {
		w.draw = func(context.Context, string) error { return &kelly.Error{Kind: kelly.ErrTimeout, Op: "generate"} }
	})
	w.accept("a", "a0")
	w.failed("a0", "took too long")
	if n := w.times("a0"); n != 3 {
		t.Errorf("drawn %d times", n)
	}
}

func TestARefusalIsNotHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.DailyLimit = 1 })
	w.set(func() {
		w.draw = func(context.Context, string) error {
			return &kelly.Error{Kind: kelly.ErrRefused, Op: "generate", Detail: "not this prompt"}
		}
	})
	w.accept("a", "a0")
	if reply := w.failed("a0", "not this prompt"); len(reply.Buttons) != 0 {
		t.Errorf("the answer is %+v", reply)
	}
	if strings.Contains(w.said(), "not this prompt") {
		t.Error("the log quotes the service")
	}
	// What failed does not count for the day.
	w.set(func() { w.draw = nil })
	w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
	w.accept("a", "a1")
	w.answered("a1")
}

func TestAPlatformIsLeftAloneForAsLongAsItDemands(t *testing.T) {
	t.Parallel()
	for demanded, pause := range map[time.Duration]string{7 * time.Minute: "pause=7m0s", 24 * time.Hour: "pause=1h0m0s"} {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.set(func() {
			w.deliver = func(commands.Address) error {
				return fmt.Errorf("sendPhoto: %w", &commands.RetryError{Err: errors.New("429"), After: demanded})
			}
		})
		w.accept("a", "a0")
		w.wait("a delivery that failed", func() bool { return strings.Contains(w.log.String(), "try=1") })
		if !strings.Contains(w.said(), pause) {
			t.Errorf("a demand of %v: the log says\n%s", demanded, w.said())
		}
	}
}

func TestAnAwayPlatformIsWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		tries := 0
		w.set(func() {
			w.deliver = func(commands.Address) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				if tries++; tries < 3 {
					return errors.New("502")
				}
				return nil
			}
		})
		w.accept("a", "a0")
		w.answered("a0")
		if n := w.times("a0"); n != 1 || tries != 3 {
			t.Errorf("drawn %d times, delivered in %d tries", n, tries)
		}
	})
}

func TestWhatCanNeverBeDeliveredIsOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cause  error
		change func(*commands.Job)
		level  string
		state  string
	}{
		"the platform refuses it":    {commands.ErrUndeliverable, nil, "ERROR", "failed"},
		"its user is gone":           {commands.ErrClosed, nil, "INFO", "refused"},
		"its user is gone, in vain":  {commands.ErrClosed, func(j *commands.Job) { j.Work = "nonsense" }, "INFO", "failed"},
		"an admin takes no messages": {commands.ErrClosed, func(j *commands.Job) { j.Work = commands.ToTell }, "ERROR", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			w.set(func() {
				w.deliver = func(commands.Address) error { return fmt.Errorf("blocked: %w", c.cause) }
			})
			if err := w.asked("a", "a0", c.change); err != nil {
				t.Fatal(err)
			}
			w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
			told := regexp.MustCompile(`level=` + c.level + ` msg="a request is over".* outcome=` + c.state + ` .*cause="blocked: `)
			if !told.MatchString(w.said()) {
				t.Errorf("the log says %s", w.said())
			}
		})
	}
}
