package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
)

// eventually waits for what nothing tells of.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	deadline := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// second is another process on the database of w, on a machine of its own
// unless they share the folder.
func (w *world) second(t *testing.T, change func(*Config), shared bool) *world {
	other := newWorld(t, w.url, change)
	if shared {
		other.close(other.Jobs, 0)
		other.dir = w.dir
		other.open(change)
	}
	return other
}

// sum adds up what f says of each world.
func sum(f func(*world) int, worlds ...*world) (total int) {
	for _, w := range worlds {
		w.mu.Lock()
		total += f(w)
		w.mu.Unlock()
	}
	return total
}

func drawings(w *world) int { return len(w.order) }

func deliveries(w *world) (n int) {
	for _, replies := range w.answers {
		n += len(replies)
	}
	return n
}

func TestAWorkflowThatIsBegunAgainWaitsForTheOneThatRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	release := w.hold()
	w.accept("a", "a0")
	w.wait("the drawing", func() bool { return len(w.order) == 1 })
	// As another process does that takes this one for dead.
	if n, err := w.takeOver(w.Executor); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	eventually(t, "the engine to begin it again", func() bool {
		var attempts int
		err := w.Store.Read.QueryRow(`SELECT recovery_attempts FROM workflow_status WHERE workflow_uuid = 'a0#0' AND status = 'PENDING'`).Scan(&attempts)
		return err == nil && attempts > 1
	})
	release()
	w.answered("a0")
	if n := w.times("a0"); n != 1 {
		t.Errorf("drawn %d times", n)
	}
}

func TestALostConnectionMakesNobodyDead(t *testing.T) {
	t.Parallel()
	a := newWorld(t, storetest.Postgres(t), nil)
	b := a.second(t, nil, true)
	releaseA, releaseB := a.hold(), b.hold()
	for i := range 8 {
		a.accept(fmt.Sprint("u", i), fmt.Sprint("r", i))
	}
	eventually(t, "all to be drawn", func() bool { return sum(drawings, a, b) == 8 })
	db, err := sql.Open("pgx", a.url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	beats := func(w *world) (seen int64) {
		if err := db.QueryRow(`SELECT seen FROM heartbeats WHERE executor = $1`, w.Executor).Scan(&seen); err != nil {
			t.Fatal(err)
		}
		return seen
	}
	beforeA, beforeB := beats(a), beats(b)
	// More looks of each at the other than make a process dead.
	long := (2*surely*beatEvery + deadAfter).Milliseconds()
	eventually(t, "both to go on beating", func() bool { return beats(a)-beforeA > long && beats(b)-beforeB > long })
	releaseA()
	releaseB()
	eventually(t, "the answers", func() bool { return sum(deliveries, a, b) >= 8 })
	if drawn, delivered := sum(drawings, a, b), sum(deliveries, a, b); drawn != 8 || delivered != 8 ||
		strings.Contains(a.said()+b.said(), "taken over") {
		t.Errorf("drawn %d times, delivered %d times\n%s\n%s", drawn, delivered, a.said(), b.said())
	}
}

func TestAPictureIsDeliveredByTheMachineThatHasIt(t *testing.T) {
	t.Parallel()
	many := func(c *Config) { c.UserConcurrency = 10 }
	a := newWorld(t, storetest.Postgres(t), many)
	b := a.second(t, many, false)
	for i := range 40 {
		a.accept(fmt.Sprint("u", i%10), fmt.Sprint("r", i))
	}
	eventually(t, "the answers", func() bool { return sum(deliveries, a, b) >= 40 })
	if drawn, delivered := sum(drawings, a, b), sum(deliveries, a, b); drawn != 40 || delivered != 40 {
		t.Errorf("drawn %d times, delivered %d times", drawn, delivered)
	}
}

func TestADeliveryOfAnOlderRoundIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() { w.deliver = func(commands.Address) error { return errors.New("502") } })
	w.accept("a", "a0")
	w.wait("the first try", func() bool { return strings.Contains(w.log.String(), "try=1") })
	w.close(w.Jobs, 0)
	db, err := store.Open(t.Context(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	// What a kill leaves between our record and the engine's.
	if _, err := db.DB.Exec(`UPDATE workflow_status SET status = 'PENDING', completed_at = NULL WHERE workflow_uuid = 'a0#d0'`); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	w.set(func() { w.deliver = nil })
	w.open(nil)
	w.answered("a0")
	eventually(t, "all workflows to end", func() bool {
		var open int
		err := w.Store.Read.QueryRow(`SELECT count(*) FROM workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')`).Scan(&open)
		return err == nil && open == 0
	})
	w.answered("a0")
}

func TestWhatFailsWheneverItIsTriedDoesNotKeepTheBreakerOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.breaker.mu.Lock()
	w.breaker.after = 0
	w.breaker.mu.Unlock()
	w.set(func() {
		w.draw = func(_ context.Context, prompt string) error {
			if strings.HasPrefix(prompt, "poison") {
				return errAway
			}
			return nil
		}
	})
	w.accept("evil", "poison0", "poison1", "poison2")
	w.wait("the breaker to open", func() bool { return strings.Contains(w.log.String(), "service is away") })
	w.accept("good", "g0")
	w.answered("g0")
}

func TestAnotherProcessThatDeliversClosesTheBreaker(t *testing.T) {
	t.Parallel()
	a := newWorld(t, storetest.Postgres(t), nil)
	a.breaker.mu.Lock()
	a.breaker.opened, a.breaker.since, a.breaker.openedAt = true, time.Now(), time.Now()
	a.breaker.mu.Unlock()
	if err := a.Store.InTx(t.Context(), func(tx *sql.Tx) error {
		return store.AddDuration(t.Context(), tx, "any", time.Second, time.Now().Add(time.Second))
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the breaker to close", func() bool { return !a.breaker.open() })
}

func TestWhatWaitsTooLongToBeAnsweredIsToldSo(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0")
		w.wait("the drawing", func() bool { return len(w.order) == 1 })
		w.accept("b", "b0")
		w.set(func() { w.until = time.Now() })
		if reply := w.failed("b0", "There was no time left to draw the picture"); len(reply.Buttons) != 1 {
			t.Errorf("it is %+v", reply)
		}
		release()
		w.answered("a0")
		if n := w.times("b0"); n != 0 {
			t.Errorf("drawn %d times after its end", n)
		}
	})
}

func TestAPictureThatAPowerFailureSpoiledIsDrawnAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() { w.deliver = func(commands.Address) error { return errors.New("502") } })
	w.accept("a", "a0")
	w.wait("the first try", func() bool { return strings.Contains(w.log.String(), "try=1") })
	w.close(w.Jobs, 0)
	files, err := filepath.Glob(filepath.Join(w.dir, "pictures", "*.png"))
	if err != nil || len(files) != 1 || os.Truncate(files[0], 0) != nil {
		t.Fatal(files, err)
	}
	w.set(func() { w.deliver = nil })
	w.open(nil)
	w.answered("a0")
	if n := w.times("a0"); n != 2 {
		t.Errorf("drawn %d times", n)
	}
}

func TestARetryThatComesTwiceIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.HoldFor = time.Millisecond })
	w.set(func() { w.draw = away1 })
	w.accept("a", "a0")
	reply := w.failed("a0", "is away right now")
	w.set(func() { w.draw = nil })
	w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
	before := w.times("a0")
	press := by("a", "ca")
	press.Address = job("a", "press").Request.Address
	for range 2 {
		if err := w.Retry(t.Context(), press, reply.Buttons[0].ID); err != nil {
			t.Error(err)
		}
	}
	w.wait("the answer", func() bool { return len(w.answers["press"]) == 1 })
	if n := w.times("a0"); n != before+1 {
		t.Errorf("drawn %d times anew", n-before)
	}
}

func TestWhatIsDrawnInVainCountsForTheDayAndWhatIsNotDrawnDoesNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.DailyLimit = 2 })
	w.set(func() { w.draw = func(context.Context, string) error { return errAway } })
	w.accept("a", "a0")
	eventually(t, "a request that is held", func() bool {
		row, err := w.Store.Get(t.Context(), "a0")
		return err == nil && row.State == store.Held
	})
	if err := w.Cancel(t.Context(), by("a", "ca"), ""); err != nil {
		t.Fatal(err)
	}
	w.failed("a0", "Cancelled.")
	w.set(func() {
		w.draw = nil
		w.deliver = func(commands.Address) error { return fmt.Errorf("the chat is gone: %w", commands.ErrUndeliverable) }
	})
	w.accept("a", "a1")
	w.wait("both records", func() bool { return strings.Count(w.log.String(), "a request is over") == 2 })
	w.accept("a", "a2")
	var limit *commands.LimitError
	if err := w.Accept(t.Context(), job("a", "a3")); !errors.As(err, &limit) || limit.Limit != commands.DailyLimit {
		t.Errorf("one more: %v", err)
	}
}

func TestWhatIsCancelledWhileItIsDrawnCountsForTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.DailyLimit, c.Workers = 2, 1 })
	release := w.hold()
	defer release()
	w.accept("a", "a0")
	w.wait("the drawing", func() bool { return len(w.order) == 1 })
	w.accept("a", "a1")
	for range 2 { // the one that waits, and the one that is drawn
		if err := w.Cancel(t.Context(), by("a", "ca"), ""); err != nil {
			t.Fatal(err)
		}
	}
	w.failed("a0", "Cancelled.")
	w.failed("a1", "Cancelled.")
	w.wait("the records", func() bool { return strings.Count(w.log.String(), "a request is over") == 2 })
	w.accept("a", "a2")
	var limit *commands.LimitError
	if err := w.Accept(t.Context(), job("a", "a3")); !errors.As(err, &limit) || limit.Limit != commands.DailyLimit {
		t.Errorf("one more: %v", err)
	}
}
