package jobs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
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
	t.Parallel()
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
	t.Parallel()
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

func TestWhatIsTheUsersFaultIsRefusedAndNotFailed(t *testing.T) {
	t.Parallel()
	refusal := func(status int) error { return &kelly.Error{Kind: kelly.ErrRefused, Status: status} }
	for name, c := range map[string]struct {
		err     error
		unknown bool // the model
		level   string
		outcome string
	}{
		"a model that there is not":         {unknown: true, level: "INFO", outcome: store.Refused},
		"a prompt that Kelly does not want": {err: refusal(400), level: "INFO", outcome: store.Refused},
		"a field that does not pass":        {err: refusal(422), level: "INFO", outcome: store.Refused},
		"what Kelly says with 200":          {err: refusal(200), level: "INFO", outcome: store.Refused},
		"what Kelly is not even asked":      {err: refusal(0), level: "INFO", outcome: store.Refused},
		"no picture to work on":             {err: commands.ErrNotAPicture, level: "INFO", outcome: store.Refused},
		"a wrong address of Kelly":          {err: refusal(404), level: "ERROR", outcome: store.Failed},
		"a model that the operator has set": {err: fmt.Errorf("%w: %w", commands.ErrOwnModel, refusal(400)), level: "ERROR", outcome: store.Failed},
		"a bill that is not paid":           {err: refusal(402), level: "ERROR", outcome: store.Failed},
		"nonsense":                          {err: &kelly.Error{Kind: kelly.ErrInvalidContent}, level: "ERROR", outcome: store.Failed},
		"no time left":                      {err: commands.ErrTooLate, level: "ERROR", outcome: store.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			counted := make(chan string, 1)
			w := newWorld(t, storetest.SQLite(t), func(cfg *Config) {
				cfg.Over = func(_, _, outcome string, _, _ time.Duration) { counted <- outcome }
			})
			w.set(func() { w.draw = func(context.Context, string) error { return c.err } })
			asked := job("a", "a0")
			if c.unknown {
				asked.Generate.Model, asked.ModelUnchecked = "PhotoPerfekt", true
			}
			if err := w.Accept(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			if outcome := <-counted; outcome != c.outcome {
				t.Errorf("it counts as %s", outcome)
			}
			said := w.said()
			for _, want := range []string{`level=INFO msg="a request is over" platform=telegram job=a0 user=a outcome=` + c.outcome, "level=" + c.level + " msg=\"a "} {
				if !strings.Contains(said, want) {
					t.Errorf("the log has no %s:\n%s", want, said)
				}
			}
			if c.level == "INFO" && strings.Contains(said, "level=ERROR") {
				t.Errorf("the operator is told:\n%s", said)
			}
			failed, err := w.Store.Latest(t.Context(), true, 10)
			if err != nil || (len(failed) == 1) != (c.outcome == store.Failed) {
				t.Errorf("failed are %v (%v)", failed, err)
			}
			w.set(func() { w.draw = nil })
			if _, err := w.retry(w.short("a0")); err != nil && !c.unknown {
				t.Errorf("an operator cannot retry it: %v", err)
			}
		})
	}
}

func TestTheLogSaysWhyARequestFailsForAReasonThatIsTheUsers(t *testing.T) {
	t.Parallel()
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
