package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store/storetest"
)

func TestWhatIsAcceptedIsDrawnAndDeliveredOnce(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		requests := ids("r", 20)
		for i, id := range requests {
			w.accept(fmt.Sprint("u", i%5), id)
			w.accept(fmt.Sprint("u", i%5), id) // the same event again
		}
		w.answered(requests...)
		for id, n := range w.drawn {
			if n != 1 {
				t.Errorf("%s is drawn %d times", id, n)
			}
		}
		w.accept("u0", "r0") // and once more after its answer
		w.accept("u0", "last")
		w.answered("last", "r0")
	})
}

func TestOneUserDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		release := w.hold()
		w.accept("greedy", ids("g", 30)...)
		w.wait("two of the greedy user's", func() bool { return len(w.order) == 2 })
		w.accept("modest", "m0")
		w.wait("the modest user's", func() bool { return slices.Contains(w.order, "m0") })
		w.mu.Lock()
		if len(w.order) != 3 {
			t.Errorf("at once are drawn %v", w.order)
		}
		w.mu.Unlock()
		release()
		w.answered(append(ids("g", 30), "m0")...)
	})
}

func TestLimitsRefuseWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.UserQueue, c.QueueLimit, c.DailyLimit, c.Workers = 3, 5, 7, 1 })
		release := w.hold()
		limited := func(user, id string, limit commands.Limit) {
			t.Helper()
			err := w.Accept(t.Context(), job(user, id))
			if e, ok := errors.AsType[*commands.LimitError](err); !ok || e.Limit != limit {
				t.Errorf("%s: %v, want limit %d", id, err, limit)
			}
		}
		w.accept("a", "a0")
		w.wait("the first to be drawn", func() bool { return len(w.order) == 1 })
		w.accept("a", "a1", "a2", "a3")
		limited("a", "a4", commands.UserLimit)
		w.accept("a", "a3") // the same event is no new request
		w.accept("b", "b0", "b1")
		limited("c", "c0", commands.TotalLimit)
		release()
		w.answered("a0", "a1", "a2", "a3", "b0", "b1")
		w.accept("d", "d0")
		limited("d", "d1", commands.DailyLimit)
		w.answered("d0")
	})
}

func TestARestartGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		requests := ids("r", 6)
		w.hold()
		for i, id := range requests {
			w.accept(fmt.Sprint("u", i), id)
		}
		w.wait("four to be drawn", func() bool { return len(w.order) == 4 })
		w.close(w.Jobs, 0)
		w.set(func() {
			if len(w.answers) != 0 {
				t.Errorf("answers at the end: %v", w.answers)
			}
			w.draw = nil
		})
		w.open(nil)
		w.answered(requests...)
	})
}

func TestWhatAnOpenBreakerHeldGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.breaker.mu.Lock()
	w.breaker.opened, w.breaker.since = true, time.Now()
	w.breaker.mu.Unlock()
	w.set(func() { w.draw = func(context.Context, string) error { return errAway } })
	w.accept("a", "a0")
	w.wait("its status", func() bool { return len(w.statuses["a0"]) > 0 })
	w.close(w.Jobs, 0)
	w.set(func() { w.draw = nil })
	began := time.Now()
	w.open(nil)
	w.answered("a0")
	if took := time.Since(began); took > openHold-lastTry {
		t.Errorf("it went on after %v, as if nobody had woken it", took)
	}
}

// lastTry is much less than openHold, and much more than a start takes.
const lastTry = 5 * time.Second

func TestWhatItsWorkflowLeftBehindGoesOn(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		release := w.hold()
		w.accept("a", "a0")
		w.wait("it to be drawn", func() bool { return len(w.order) == 1 })
		// The engine takes this for the end of the workflow; our row does not.
		if err := dbos.CancelWorkflow(w.engine, generateID("a0", 0)); err != nil {
			t.Fatal(err)
		}
		w.interrupt(generateID("a0", 0), errCancelled)
		release()
		w.answered("a0")
	})
}

func TestAStopLetsWhatRunsFinish(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0")
		w.accept("b", "b0")
		w.wait("one to be drawn", func() bool { return len(w.order) == 1 })
		first := w.order[0]
		closed := make(chan struct{})
		go func() {
			w.close(w.Jobs, patience)
			close(closed)
		}()
		w.wait("the stop", func() bool { return w.closing() })
		if err := w.Accept(t.Context(), job("c", "c0")); !errors.Is(err, context.Canceled) {
			t.Errorf("accepted while stopping: %v", err)
		}
		release()
		<-closed
		w.mu.Lock()
		if w.drawn[first] != 1 || len(w.drawn) != 1 {
			t.Errorf("drawn %v", w.drawn)
		}
		w.mu.Unlock()
		w.open(nil)
		w.answered("a0", "b0")
		if w.drawn[first] != 1 {
			t.Errorf("%s was drawn and is drawn again", first)
		}
	})
}

func TestAPanicInWhatShowsAStatusCostsNobodyTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Workers = 1 })
	w.set(func() { w.broken = true })
	release := w.hold()
	w.accept("a", "a0", "a1")
	for _, what := range []string{"progress could not be shown", "a status could not be shown"} {
		w.wait(what, func() bool { return strings.Contains(w.log.String(), what) })
	}
	release()
	w.answered("a0", "a1")
	if strings.Contains(w.said(), "a prompt") {
		t.Error("the log quotes the panic")
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() { w.draw = func(context.Context, string) error { panic("prompt") } })
	w.accept("a", "a0")
	if reply := w.failed("a0", "Something went wrong"); !reply.Failed || len(reply.Buttons) != 1 {
		t.Errorf("the answer is %+v", reply)
	}
	if strings.Contains(w.said(), "prompt") || !strings.Contains(w.said(), "panic") {
		t.Errorf("the log says %s", w.said())
	}
}
