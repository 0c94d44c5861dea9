package telegram

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
)

// slow returns a handler that holds up the second request until release is
// closed or the request is abandoned.
func slow(release <-chan struct{}) handler {
	return func(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
		if req.Text == "2" {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return commands.Reply{}, true
	}
}

func TestAnUpdateIsConfirmedOnceItIsHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release := &script{updates: 3}, make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, slow(release))
		time.Sleep(acceptTime - time.Millisecond)
		synctest.Wait()
		if got := s.offsets(); !slices.Equal(got, []int{0}) {
			t.Errorf("before the request was accepted the offsets are %v", got)
		}
		close(release)
		synctest.Wait()
		if got := s.offsets(); !slices.Equal(got, []int{0, 4}) {
			t.Errorf("after it was accepted the offsets are %v", got)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if got := s.offsets(); !slices.Equal(got, []int{0, 4, 4}) {
			t.Errorf("in the end the offsets are %v", got)
		}
	})
}

func TestASlowRequestHoldsUpTheOthersForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, release := &script{updates: maxBatch + 1}, make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, slow(release))
		time.Sleep(acceptTime)
		synctest.Wait()
		if got, want := s.offsets(), []int{0, maxBatch + 1, maxBatch + 2}; !slices.Equal(got, want) {
			t.Errorf("the offsets are %v, want %v", got, want)
		}
		close(release)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestWhatWasNotHandledInTheEndComesAgain(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration // the end begins
		held  time.Duration // from then on
		want  []int         // offsets
	}{
		"handled in time": {0, finishTime - time.Second, []int{0, 4}},
		"given up":        {0, time.Hour, []int{0, 2}},
		// The poll that confirmed it was cut off: that it arrived is not known.
		"given up after it was confirmed": {acceptTime + time.Second, time.Hour, []int{0, 4, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, release := &script{updates: 3}, make(chan struct{})
				ctx, cancel := context.WithCancel(t.Context())
				ended := s.run(ctx, t, slow(release))
				synctest.Wait()
				time.Sleep(c.after)
				cancel()
				defer time.AfterFunc(c.held, func() { close(release) }).Stop()
				if err := <-ended; err != nil {
					t.Errorf("Run ended with %v", err)
				}
				if got := s.offsets(); !slices.Equal(got, c.want) {
					t.Errorf("the offsets are %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestTheEndTakesSecondsWhateverHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{updates: 3}
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, func(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
			if req.Text == "2" {
				<-ctx.Done()
			}
			return commands.Reply{Text: commands.T("a fox")}, false
		})
		synctest.Wait()
		s.mute.Store(true)
		cancel()
		began := time.Now()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if took := time.Since(began); took > 7*time.Second {
			t.Errorf("the end took %v", took)
		}
		// What was handled is still confirmed, or tried to be.
		if got := s.offsets(); !slices.Equal(got, []int{0, 2}) {
			t.Errorf("the offsets are %v", got)
		}
	})
}

func TestNoMoreRequestsAreTakenThanThereAreHands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = maxRequests + 50
		var begun, finished atomic.Int32
		s, release := &script{updates: many}, make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := s.run(ctx, t, func(context.Context, *commands.Request) (commands.Reply, bool) {
			begun.Add(1)
			<-release
			finished.Add(1)
			return commands.Reply{}, true
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := begun.Load(); n != maxRequests {
			t.Errorf("%d requests are in hand, want %d", n, maxRequests)
		}
		close(release)
		synctest.Wait()
		if n := finished.Load(); n != many {
			t.Errorf("%d requests were handled, want %d", n, many)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
}
