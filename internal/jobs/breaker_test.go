package jobs

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
	"kellybot/kelly"
)

func away1(context.Context, string) error { return errAway }

func TestTheBreakerOpensAfterFailuresOfSeveralRequestsAndTime(t *testing.T) {
	for name, c := range map[string]struct {
		failures, requests int
		over               time.Duration
		opens              bool
	}{
		"enough of everything": {5, 3, 30 * time.Second, true},
		"too few failures":     {4, 3, time.Hour, false},
		"too few requests":     {50, 2, time.Hour, false},
		"too soon":             {50, 50, 29 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, opened := newBreaker(), false
				for i := range c.failures {
					if !b.admit("x") {
						t.Fatal("closed, and admits nobody")
					}
					opened = b.report(fmt.Sprint(i%c.requests), errAway)
					time.Sleep(c.over / time.Duration(c.failures-1))
				}
				if opened != c.opens && b.open() != c.opens {
					t.Errorf("opened %v", opened)
				}
			})
		})
	}
}

// opened is a breaker that has just opened.
func opened() *breaker {
	b := newBreaker()
	for i := range breakerFailures {
		b.report(fmt.Sprint(i), errAway)
		time.Sleep(breakerTime)
	}
	return b
}

func TestAnOpenBreakerAdmitsOneProbeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened()
		if !b.open() || b.admit("a") || b.awaySince().IsZero() {
			t.Fatal("it is not open")
		}
		settled := b.next("a")
		if b.admit("b") || !b.untaken() || !b.admit("a") || b.admit("a") || b.untaken() {
			t.Error("others than the probe are admitted, or the probe is not, or twice")
		}
		before := b.pause()
		b.report("a", errAway)
		<-settled
		if !b.open() || b.pause() <= before {
			t.Error("a failed probe closes it, or makes nobody wait longer")
		}
		for range 20 {
			b.next(anybody)
			if !b.admit("c") || b.admit("d") {
				t.Error("whoever comes next is not the one probe")
			}
			b.report("c", &kelly.Error{Kind: kelly.ErrTimeout})
		}
		if b.pause() != lastProbe {
			t.Errorf("the pause is %v", b.pause())
		}
		settled = b.next("a")
		b.admit("a")
		b.report("a", nil)
		<-settled
		<-b.back
		if b.open() || !b.admit("b") || !b.awaySince().IsZero() {
			t.Error("a success does not close it")
		}
	})
}

func TestAProbeThatIsCancelledMakesRoomForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened()
		settled := b.next("a")
		b.admit("a")
		b.abandon()
		<-settled
		if !b.open() {
			t.Error("it closes without an answer of the service")
		}
	})
}

func TestASuccessStartsTheCountAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker()
		for i := range 100 {
			var err error
			if i%4 != 0 {
				err = errAway
			}
			if b.report(fmt.Sprint(i), err) {
				t.Fatal("it opens in spite of successes")
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestOnlyAnAnswerOfTheServiceClosesTheBreaker(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		closes bool
	}{
		"refused by the service":           {&kelly.Error{Kind: kelly.ErrRefused}, true},
		"drawn, and no room for it":        {commands.ErrNoRoom, true},
		"refused before it was asked":      {&commands.Refusal{}, false},
		"failed before it was asked":       {errors.New("panic"), false},
		"no answer within the time it has": {context.DeadlineExceeded, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := opened()
				settled := b.next("a")
				b.admit("a")
				b.report("a", c.err)
				<-settled
				if b.open() == c.closes {
					t.Errorf("open: %v", b.open())
				}
			})
		})
	}
}
