package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
)

// onEachBench measures on every kind of database, of which it passes the maker.
func onEachBench(b *testing.B, measure func(b *testing.B, database func(testing.TB) string)) {
	b.Run("SQLite", func(b *testing.B) { measure(b, storetest.SQLite) })
	b.Run("PostgreSQL", func(b *testing.B) { measure(b, storetest.Postgres) })
}

// waitings are how many requests wait. The default QUEUE_LIMIT is 1000.
var waitings = []int{100, 10_000, 100_000}

// onLines measures while so many requests wait, of ten times fewer users, and
// all workers draw.
func onLines(b *testing.B, measure func(b *testing.B, w *world)) {
	onEachBench(b, func(b *testing.B, database func(testing.TB) string) {
		for _, n := range waitings {
			b.Run(fmt.Sprintf("waiting=%d", n), func(b *testing.B) {
				w := newWorld(b, database(b), func(c *Config) { c.UserQueue, c.QueueLimit = 1<<30, 1<<30 })
				w.hold()
				for i := range w.Workers {
					w.accept(fmt.Sprint("drawn", i), fmt.Sprint("drawn", i))
				}
				w.wait("all workers to draw", func() bool { return len(w.order) == w.Workers })
				w.accept("seed", "seed")
				w.multiply("seed", n-1)
				measure(b, w)
			})
		}
	})
}

// multiply adds n requests like the waiting one, of ten a user.
func (w *world) multiply(id string, n int) {
	w.t.Helper()
	const user = `'u' || CAST(n.i / 10 AS TEXT)`
	const suffix = ` || CAST(n.i AS TEXT)`
	storetest.Clone(w.t, w.Store.DB, "requests", "id = '"+id+"'", n, map[string]string{
		"id": "'" + id + "'" + suffix, "short": "'" + id + "'" + suffix, "user_id": user, "chat_id": user,
	})
	storetest.Clone(w.t, w.Store.DB, w.workflows(), "workflow_uuid = '"+generateID(id, 0)+"'", n, map[string]string{
		"workflow_uuid": "'" + id + "'" + suffix + " || '#0'", "queue_partition_key": "'telegram:' || " + user,
	})
	if w.Store.Pool != nil {
		// As its own autovacuum does within a minute.
		if _, err := w.Store.DB.ExecContext(w.t.Context(), "ANALYZE"); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) workflows() string {
	if w.Store.Pool != nil {
		return "dbos.workflow_status"
	}
	return "workflow_status"
}

// remove makes waiting requests never accepted.
func (w *world) remove(ids []string) {
	w.t.Helper()
	ctx := w.t.Context()
	err := w.Store.InTx(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "DELETE FROM requests WHERE id = $1", id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+w.workflows()+" WHERE workflow_uuid = $1", generateID(id, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// BenchmarkAccept accepts 64 requests of 64 users in an operation, one after
// the other or all at once. Late are those that could not be promised in
// acceptTime, of which people are told.
func BenchmarkAccept(b *testing.B) {
	const batch = 64
	onLines(b, func(b *testing.B, w *world) {
		for _, at := range []int{1, batch} {
			b.Run(fmt.Sprintf("at-once=%d", at), func(b *testing.B) {
				fresh := ids("new", batch)
				var accepted, late atomic.Int64
				for b.Loop() {
					var accepting sync.WaitGroup
					for first := range at {
						accepting.Go(func() {
							for i := first; i < batch; i += at {
								switch err := w.Accept(b.Context(), job("of "+fresh[i], fresh[i])); {
								case err == nil:
									accepted.Add(1)
								case errors.Is(err, commands.ErrBusy):
									late.Add(1)
								default:
									b.Error(err)
								}
							}
						})
					}
					accepting.Wait()
					b.StopTimer()
					w.remove(fresh)
					b.StartTimer()
				}
				b.ReportMetric(float64(accepted.Load())/b.Elapsed().Seconds(), "accepts/s")
				b.ReportMetric(float64(late.Load())/float64(b.N*batch)*100, "late-%")
			})
		}
	})
}

// BenchmarkPosition asks for the whole line, as the loop that shows statuses
// does every second, and for what one user's /queue shows.
func BenchmarkPosition(b *testing.B) {
	onLines(b, func(b *testing.B, w *world) {
		b.Run("line", func(b *testing.B) {
			for b.Loop() {
				if line, err := w.Store.Line(b.Context()); err != nil || len(line) == 0 {
					b.Fatal(len(line), err)
				}
			}
		})
		b.Run("standing", func(b *testing.B) {
			by := job("seed", "").Request
			for b.Loop() {
				if line, err := w.Line(b.Context(), &by); err != nil || len(line.Own) != 1 || line.Own[0].Position == 0 {
					b.Fatal(line, err)
				}
			}
		})
	})
}

// BenchmarkIdleStart is the time from the call of Accept to the call of the
// picture service when nothing else waits, in 300 tries.
func BenchmarkIdleStart(b *testing.B) {
	const tries = 300
	onEachBench(b, func(b *testing.B, database func(testing.TB) string) {
		w := newWorld(b, database(b), nil)
		began := make(chan time.Time, 1)
		w.set(func() {
			w.draw = func(context.Context, string) error {
				began <- time.Now()
				return nil
			}
		})
		var took []time.Duration
		for b.Loop() {
			for range tries {
				id := "r" + strconv.Itoa(len(took))
				asked := time.Now()
				w.accept("a", id)
				took = append(took, (<-began).Sub(asked))
				w.answered(id)
				// Not in step with the engine's polling.
				<-time.After(rand.N(2 * poll))
			}
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(0, "ns/op")
	})
}

// BenchmarkFairness has 11 users with 3 waiting requests each, and then one
// user with 1, and counts, in 20 tries, how many of the others' are begun
// before that one.
func BenchmarkFairness(b *testing.B) {
	const tries, others, each = 20, 11, 3
	onEachBench(b, func(b *testing.B, database func(testing.TB) string) {
		w := newWorld(b, database(b), func(c *Config) { c.Workers = 4 })
		var before []int
		for b.Loop() {
			for range tries {
				before = append(before, w.overtaken(others, each))
			}
		}
		slices.Sort(before)
		b.ReportMetric(float64(before[0]), "min")
		b.ReportMetric(float64(before[len(before)/2]), "median")
		b.ReportMetric(float64(before[len(before)-1]), "max")
		b.ReportMetric(0, "ns/op")
	})
}

// overtaken fills the workers and the line, adds one request, lets all go on
// and returns how many of the line began before the last.
func (w *world) overtaken(others, each int) int {
	w.t.Helper()
	release := w.hold()
	w.set(func() { w.order, w.answers = nil, map[string][]commands.Reply{} })
	for i := range w.Workers {
		w.accept(fmt.Sprint("filler", i), store.NewShort())
	}
	w.wait("all workers to draw", func() bool { return len(w.order) == w.Workers })
	for range each {
		for user := range others {
			w.accept(fmt.Sprint("u", user), store.NewShort())
		}
	}
	last := store.NewShort()
	w.accept("modest", last)
	release()
	w.wait("all to be answered", func() bool { return len(w.answers) == w.Workers+others*each+1 })
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Index(w.order, last) - w.Workers
}
