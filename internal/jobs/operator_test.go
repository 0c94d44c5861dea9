package jobs

import (
	"context"
	"errors"
	"testing"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
	"kellybot/kelly"
)

// operate does something beside whoever serves.
func (w *world) operate(do func(*Operator) error) error {
	w.t.Helper()
	beside, err := store.OpenBeside(w.t.Context(), w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	operator, err := OpenOperator(beside, w.Limits, w.Log)
	if err != nil {
		w.t.Fatal(err)
	}
	err = do(operator)
	if err := operator.Close(); err != nil {
		w.t.Error(err)
	}
	_ = beside.Close() // the engine may have
	return err
}

func (w *world) retry(short string) (anew string, err error) {
	err = w.operate(func(o *Operator) (err error) {
		anew, err = o.Retry(w.t.Context(), short)
		return err
	})
	return anew, err
}

// over waits until the request's end is recorded, and its user was told.
func (w *world) over(id string) {
	w.t.Helper()
	w.wait("the record of "+id, func() bool {
		row, err := w.Store.Get(w.t.Context(), id)
		return err == nil && len(row.Address) == 0
	})
}

// refuses makes the service refuse everything until it is called again.
func (w *world) refuses(err error) {
	w.set(func() { w.draw = func(context.Context, string) error { return err } })
}

func TestAnOperatorRetriesWhatFailedAndWhatWasCancelled(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		w.refuses(kelly.ErrRefused)
		w.accept("u", "a", "b")
		w.over("a")
		w.over("b")
		release := w.hold()
		w.accept("u", "c")
		w.wait("its drawing", func() bool { return w.drawn["c"] == 1 })
		if err := w.operate(func(o *Operator) error { return o.Cancel(t.Context(), w.short("c")) }); err != nil {
			t.Fatal(err)
		}
		w.over("c")
		release()

		anew, err := w.retry(w.short("a")) // by who serves at this moment
		if err != nil {
			t.Fatal(err)
		}
		w.wait("the picture of a", func() bool { return len(w.answers["a"]) == 2 && len(w.answers["a"][1].Images) == 1 })
		if again, err := w.retry(w.short("a")); err != nil || again != anew {
			t.Errorf("once more it is %s and not %s (%v)", again, anew, err)
		}

		w.close(w.Jobs, 0)
		var ids []string
		before, err := store.OpenBeside(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"b", "c"} {
			row, err := before.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, row.Short)
		}
		_ = before.Close()
		for _, id := range ids { // while nobody serves
			if _, err := w.retry(id); err != nil {
				t.Fatal(err)
			}
		}
		if w.times("b") != 1 || w.times("c") != 1 {
			t.Error("the operator's process drew something")
		}
		w.open(nil)
		for _, id := range []string{"b", "c"} {
			w.wait("the picture of "+id, func() bool { return len(w.answers[id]) == 2 && len(w.answers[id][1].Images) == 1 })
		}
	})
}

func TestAnOperatorIsToldWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.DailyLimit = 3 })
	w.accept("u", "done")
	w.over("done")
	w.refuses(kelly.ErrRefused)
	w.accept("u", "failed", homeless)
	w.over("failed")
	w.over(homeless)
	release := w.hold()
	defer release()
	w.accept("u", "open", "other")
	w.wait("its drawing", func() bool { return w.drawn["open"] == 1 })
	for short, want := range map[string]error{
		"0000000000000": commands.ErrNoRequest, w.short("done"): commands.ErrFinished,
		w.short("open"): commands.ErrPending, w.short(homeless): ErrUnanswerable,
	} {
		if _, err := w.retry(short); !errors.Is(err, want) {
			t.Errorf("want %v, the error is %v", want, err)
		}
	}
	if _, err := w.retry(w.short("failed")); limited(err) != commands.DailyLimit {
		t.Errorf("over a limit the error is %v", err)
	}
	for short, want := range map[string]error{"0000000000000": commands.ErrNoRequest, w.short("done"): commands.ErrFinished} {
		if err := w.operate(func(o *Operator) error { return o.Cancel(t.Context(), short) }); !errors.Is(err, want) {
			t.Errorf("want %v, the error is %v", want, err)
		}
	}
}

// limited is the limit that the error names; -1 for none.
func limited(err error) commands.Limit {
	if over, ok := errors.AsType[*commands.LimitError](err); ok {
		return over.Limit
	}
	return -1
}

func TestNoTokenIsKeptForARetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.refuses(kelly.ErrRefused)
	secret := job("u", "a")
	secret.Request.Address.Data = []byte(`"a+token"`)
	if err := w.Accept(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	w.over("a")
	if err := w.Store.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if places := w.remains("token"); len(places) > 0 {
		t.Errorf("it is in %q", places)
	}
}
