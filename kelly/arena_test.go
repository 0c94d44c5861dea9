package kelly

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

func TestArenaServesWaitersInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArena(10 * grain)
		first, err := a.reserve(t.Context(), 6*grain)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		var mu sync.Mutex
		ask := func(name string, size int) {
			go func() {
				l, err := a.reserve(t.Context(), size)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				l.release()
			}()
			synctest.Wait()
		}
		ask("everything", 10*grain)
		ask("a little, although it would fit", grain)
		if len(order) != 0 {
			t.Errorf("%v did not wait", order)
		}
		first.release()
		synctest.Wait()
		if want := []string{"everything", "a little, although it would fit"}; !slices.Equal(order, want) {
			t.Errorf("the order was %v", order)
		}
	})
}

func TestArenaWaiterThatGivesUpLetsTheNextOneIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArena(10 * grain)
		first, err := a.reserve(t.Context(), 6*grain)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			if _, err := a.reserve(ctx, 10*grain); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}()
		synctest.Wait()
		served := false
		go func() {
			l, err := a.reserve(t.Context(), grain)
			if err != nil {
				t.Error(err)
				return
			}
			served = true
			l.release()
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !served {
			t.Error("the one behind still waits")
		}
		first.release()
		if want := []span{{0, 10 * grain}}; !slices.Equal(a.free, want) {
			t.Errorf("free is %v", a.free)
		}
	})
}

// Who is granted its range in the moment in which it gives up must return it.
func TestArenaLosesNothingWhenAGrantMeetsACancellation(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			a := newArena(10 * grain)
			held, err := a.reserve(t.Context(), grain)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				if l, err := a.reserve(ctx, 10*grain); err == nil {
					l.release()
				}
			}()
			synctest.Wait()
			a.mu.Lock()
			cancel()
			a.put(held.span)
			a.grant()
			a.mu.Unlock()
			synctest.Wait()
			if want := []span{{0, 10 * grain}}; !slices.Equal(a.free, want) {
				t.Errorf("free is %v", a.free)
			}
		})
	}
}

func TestArenaGivesBackTheUnusedTail(t *testing.T) {
	a := newArena(1000) // no multiple of the grain
	l, err := a.reserve(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	l.shrink(100)
	m, err := a.reserve(t.Context(), 1000-192)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.bytes()) != 128 || len(m.bytes()) != 832 {
		t.Errorf("ranges of %d and %d bytes", len(l.bytes()), len(m.bytes()))
	}
	l.release()
	m.release()
	if want := []span{{0, 1000}}; !slices.Equal(a.free, want) {
		t.Errorf("free is %v", a.free)
	}
}

func TestArenaNeverGivesAByteToTwo(t *testing.T) {
	const size = 64 * grain
	a := newArena(size)
	var wg sync.WaitGroup
	for worker := range byte(8) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), 0))
			for range 500 {
				l, err := a.reserve(t.Context(), 1+r.IntN(size/2))
				if err != nil {
					t.Error(err)
					return
				}
				l.shrink(1 + r.IntN(len(l.bytes())))
				mine := l.bytes()
				for i := range mine {
					mine[i] = worker
				}
				for _, b := range mine {
					if b != worker {
						t.Errorf("worker %d found the byte of %d", worker, b)
						return
					}
				}
				l.release()
			}
		})
	}
	wg.Wait()
	if want := []span{{0, size}}; !slices.Equal(a.free, want) {
		t.Errorf("free is %v", a.free)
	}
}
