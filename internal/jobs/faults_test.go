package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
)

// putBack makes all that is stored an hour younger than the clock.
func (w *world) putBack() {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	engine := "workflow_status"
	if db.Pool != nil {
		engine = "dbos." + engine
	}
	for _, statement := range []string{
		`UPDATE requests SET accepted_at = accepted_at + $1, started_at = started_at + $1, drawn_at = drawn_at + $1,
			held_since = held_since + $1, showing_until = drawn_at + $1 + 5000`, // killed while it showed a status
		`UPDATE heartbeats SET seen = seen + $1`,
		`UPDATE leases SET until = until + $1`,
		`UPDATE ` + engine + ` SET created_at = created_at + $1, updated_at = updated_at + $1,
			started_at_epoch_ms = started_at_epoch_ms + $1, delay_until_epoch_ms = delay_until_epoch_ms + $1`,
	} {
		if _, err := db.DB.ExecContext(w.t.Context(), statement, time.Hour.Milliseconds()); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func TestNothingWaitsUntilTheClockIsThereAgain(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		w.set(func() {
			w.draw = func(ctx context.Context, prompt string) error {
				switch prompt {
				case "held":
					return errAway
				case "drawn":
					return nil
				}
				<-ctx.Done()
				return ctx.Err()
			}
			w.deliver = func(commands.Address) error { return errors.New("502") }
		})
		w.accept("a", "drawn")
		w.wait("a delivery that is held", func() bool { return strings.Contains(w.log.String(), "try=2") })
		w.accept("b", "held")
		w.wait("a request that is held", func() bool { return w.drawn["held"] == 2 })
		w.accept("c", ids("c", 4)...)
		w.wait("two that are drawn", func() bool { return w.drawn["c0"] == 1 && w.drawn["c1"] == 1 })
		w.close(w.Jobs, 0)

		w.putBack()
		w.set(func() {
			w.draw, w.deliver = nil, nil
			clear(w.statuses)
		})
		release := w.hold()
		w.open(nil)
		w.answered("drawn")
		w.wait("statuses", func() bool { return len(w.statuses["c2"]) > 0 && len(w.statuses["c3"]) > 0 })
		release()
		w.answered(append(ids("c", 4), "held")...)
		if n := w.times("drawn"); n != 1 {
			t.Errorf("what was drawn is drawn %d times", n)
		}
		for id, n := range w.drawn {
			if strings.HasPrefix(id, "c") && n > 2 {
				t.Errorf("%s is drawn %d times", id, n)
			}
		}
	})
}

func TestAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.UserConcurrency = 1 })
	w.breaker.mu.Lock()
	w.breaker.after = time.Second / 2 // less than any pause between two tries
	w.breaker.mu.Unlock()
	service := make(chan error)
	w.set(func() {
		w.draw = func(ctx context.Context, _ string) error {
			select {
			case err := <-service:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	tries := 0
	tried := func(n int) { // and are being tried
		t.Helper()
		tries += n
		w.wait("tries", func() bool { return len(w.order) == tries })
	}
	end := func(n int, err error) {
		t.Helper()
		for range n {
			select {
			case service <- err:
			case <-time.After(patience):
				t.Fatal("nothing is tried")
			}
		}
	}
	const opened, back = "the picture service is away", "the picture service is back"
	logged := func(words string) int { // w.mu is held
		return strings.Count(w.log.String(), words)
	}
	toldAway := func(ids ...string) {
		t.Helper()
		for _, id := range ids {
			w.wait("a status of "+id, func() bool {
				return slices.ContainsFunc(w.statuses[id], func(s string) bool { return strings.HasPrefix(s, "⏳ Kelly has been away since ") })
			})
		}
	}

	early := []string{"a0", "b0", "c0"}
	for _, id := range early {
		w.accept(id[:1], id)
	}
	tried(3)
	end(3, errAway)
	tried(3)
	w.set(func() {
		if logged(opened) > 0 {
			t.Error("it is taken for away after each has failed once")
		}
	})
	end(3, errAway)
	w.wait("the breaker to open", func() bool { return logged(opened) == 1 })

	// From here on one at a time is tried, and nothing that is new.
	late := []string{"d0", "d1", "d2", "e0"}
	for _, id := range late {
		w.accept(id[:1], id)
	}
	tried(1)
	toldAway(append(late, early...)...)
	w.accept("f", "f0")
	toldAway("f0") // seconds of looking at the queues later
	w.set(func() {
		if len(w.order) != tries || !slices.Contains(early, w.order[tries-1]) {
			t.Errorf("while one probes, tried are %v", w.order)
		}
	})
	end(1, errAway)
	tried(1)
	w.set(func() {
		if !slices.Contains(early, w.order[tries-1]) || len(w.answers) > 0 || logged(back) > 0 {
			t.Errorf("while it is away, tried are %v, answered %v", w.order, w.answers)
		}
		w.draw = nil
	})
	end(1, nil)
	w.answered(append(append(late, early...), "f0")...)

	w.set(func() {
		after := w.order[tries:]
		if logged(opened) != 1 || logged(back) != 1 {
			t.Errorf("the log says it %d times, and %d times that it is back", logged(opened), logged(back))
		}
		if !(slices.Index(after, "d0") < slices.Index(after, "d1") && slices.Index(after, "d1") < slices.Index(after, "d2")) {
			t.Errorf("one user's requests are drawn in the order %v", after)
		}
		for _, id := range append(late, "f0") {
			if w.drawn[id] != 1 {
				t.Errorf("%s is tried %d times", id, w.drawn[id])
			}
		}
	})
}
