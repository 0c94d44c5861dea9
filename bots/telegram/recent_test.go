package telegram

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
)

func TestEachUpdateIsHandledOnce(t *testing.T) {
	batch := func(ids ...int) string {
		result := "["
		for i, id := range ids {
			if i > 0 {
				result += ","
			}
			result += update(id)
		}
		return result + "]"
	}
	for _, c := range []struct {
		name    string
		batches []string
		want    []string
		offset  int // in the end
	}{
		{"the same one for good", []string{batch(7)}, []string{"7"}, 8},
		{"twice at once", []string{batch(7, 7)}, []string{"7"}, 8},
		{"two in turns", []string{batch(7), batch(9), batch(7), batch(9), batch(7), "[]"}, []string{"7", "9"}, 10},
		{"the ids start again lower", []string{batch(700), batch(5), batch(6), "[]"}, []string{"700", "5", "6"}, 7},
		{"higher", []string{batch(5), batch(700), batch(701), "[]"}, []string{"5", "700", "701"}, 702},
		{"out of order", []string{batch(9, 7, 8), "[]"}, []string{"9", "7", "8"}, 10},
		{"known ones after lower ones", []string{batch(700), batch(5), batch(700), "[]"}, []string{"700", "5"}, 701},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var got []string
				s := &script{results: c.batches}
				ctx, cancel := context.WithCancel(t.Context())
				ended := s.run(ctx, t, func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, req.Text)
					return commands.Reply{Text: commands.T("answered")}, false
				})
				time.Sleep(10 * time.Minute)
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("Run ended with %v", err)
				}
				slices.Sort(got)
				slices.Sort(c.want)
				if !slices.Equal(got, c.want) {
					t.Errorf("handled %q, want %q", got, c.want)
				}
				offsets := s.offsets()
				if n := len(offsets); offsets[n-1] != c.offset || n > 500 {
					t.Errorf("the last of %d offsets is %d, want %d", n, offsets[n-1], c.offset)
				}
			})
		})
	}
}

func TestTheEndConfirmsALowerIdentifierToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{results: []string{"[" + update(700) + "]", "[" + update(5) + "]", ""}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, pending)
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if got, want := s.offsets(), []int{0, 701, 6, 6}; !slices.Equal(got, want) {
			t.Errorf("the offsets are %v, want %v", got, want)
		}
	})
}

// The router knows by the request's id what it has accepted, also after a
// restart.
func TestAnAcceptedUpdateThatComesAgainIsLeftToTheRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		ids := map[string]int{}
		s := &script{results: []string{"[" + update(7) + "]"}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
			mu.Lock()
			defer mu.Unlock()
			ids[req.ID]++
			return commands.Reply{}, true
		})
		time.Sleep(10 * time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if n := ids["telegram:7:7"]; len(ids) != 1 || n < 2 || n > 500 {
			t.Errorf("the router was asked for %v", ids)
		}
	})
}

func TestAsManyUpdatesAreRememberedAsMayComeAgain(t *testing.T) {
	var r recent
	for id := range 10 * maxRecent {
		r.set(id, id%2 == 0)
		for _, back := range []int{0, 1, maxRecent - 1} {
			if id < back {
				continue
			}
			if pending, known := r.get(id - back); !known || pending != ((id-back)%2 == 0) {
				t.Fatalf("%d after %d: pending %v, known %v", id-back, id, pending, known)
			}
		}
		if n := len(r.young) + len(r.old); n > 2*maxRecent {
			t.Fatalf("%d updates are remembered", n)
		}
	}
}
