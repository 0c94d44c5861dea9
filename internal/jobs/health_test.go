package jobs

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/internal/store/storetest"
	"kellybot/kelly"
)

func TestTheServiceStandsAsWasHeardOfItLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker()
		is := func(want ServiceState) {
			t.Helper()
			if got := b.state(time.Now()); got != want {
				t.Errorf("it %q, want %q", got, want)
			}
		}
		is(ServiceUnknown)
		b.report("a", context.Canceled) // nothing was heard
		is(ServiceUnknown)
		b.report("a", nil)
		is(ServiceAnswers)
		b.report("a", errAway)
		is(ServiceFails)
		b.report("a", &kelly.Error{Kind: kelly.ErrRefused})
		is(ServiceAnswers)
		b.report("a", &kelly.Error{Kind: kelly.ErrBadKey})
		is(ServiceRefusing)
		time.Sleep(recently)
		is(ServiceUnknown)
	})
	synctest.Test(t, func(t *testing.T) {
		b := opened()
		time.Sleep(time.Hour)
		if got := b.state(time.Now()); got != ServiceAway {
			t.Errorf("an open breaker says that it %q", got)
		}
	})
}

func TestADatabaseThatIsGoneTakesNoWrites(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	if !w.Writable() {
		t.Error("the database takes no writes")
	}
	old := time.Now().Add(-stillWritable)
	w.close(w.Jobs, 0) // nobody beats any more
	w.beat.Store(&old)
	if w.Writable() {
		t.Error("a database that was last heard long ago takes writes")
	}
}

func TestOfTwoProcessesTheOneWithoutTheLeaseWaits(t *testing.T) {
	url := storetest.Postgres(t)
	first, second := newWorld(t, url, nil), newWorld(t, url, nil)
	if first.Waits("discord") {
		t.Error("one waits before it has asked")
	}
	hold := func(w *world) (began chan struct{}, end context.CancelFunc) {
		ctx, cancel := context.WithCancel(t.Context())
		began, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			_ = w.Hold(ctx, "discord", func(ctx context.Context) error {
				close(began)
				<-ctx.Done()
				return nil
			})
		}()
		return began, func() { cancel(); <-ended }
	}
	began, endFirst := hold(first)
	<-began
	began, endSecond := hold(second)
	defer endSecond()
	eventually(t, "the second to wait", func() bool { return second.Waits("discord") && !first.Waits("discord") })
	endFirst()
	<-began
	if second.Waits("discord") {
		t.Error("who has the lease waits")
	}
}

func TestTheLogSaysWhyARequestFailsForAReasonThatIsTheUsers(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t), nil)
	asked := job("a", "a0")
	asked.Generate.Model, asked.ModelUnchecked = "PhotoPerfekt", true
	if err := w.Accept(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	w.over("a0")
	if said := w.said(); !strings.Contains(said, `level=INFO msg="a request fails for a reason that is the user's" platform=telegram job=a0 user=a cause="refused: the input was not right"`) {
		t.Errorf("the log says:\n%s", said)
	}
}
