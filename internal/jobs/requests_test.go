package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// by is a user in a chat, who does something.
func by(user, chat string) *commands.Request {
	r := job(user, rand.Text()).Request
	r.Chat.ID = chat
	return &r
}

// short is the short id of a request.
func (w *world) short(id string) string {
	w.t.Helper()
	row, err := w.Store.Get(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return row.Short
}

func TestCancelEndsWhatWaitsAndWhatRuns(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		defer w.hold()()
		w.accept("a", "a0", "a1", "a2")
		w.wait("the first to be drawn", func() bool { return len(w.order) == 1 })
		// The newest of one's own first.
		if err := w.Cancel(t.Context(), by("a", "ca"), ""); err != nil {
			t.Fatal(err)
		}
		w.failed("a2", "Cancelled.")
		running := w.order[0]
		if err := w.Cancel(t.Context(), by("a", "ca"), w.short(running)); err != nil {
			t.Fatal(err)
		}
		w.failed(running, "Cancelled.")
		w.wait("the other to be drawn", func() bool { return len(w.order) == 2 })
		if err := w.Cancel(t.Context(), by("a", "ca"), w.short(running)); !errors.Is(err, commands.ErrFinished) {
			t.Errorf("cancelled twice: %v", err)
		}
	})
}

func TestACancelThatIsDeliveredTwiceEndsOneRequest(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0", "a1", "a2")
		event := by("a", "ca")
		for range 2 {
			if err := w.Cancel(t.Context(), event, ""); err != nil {
				t.Fatal(err)
			}
		}
		w.failed("a2", "Cancelled.")
		if err := w.Cancel(t.Context(), by("a", "ca"), ""); err != nil {
			t.Fatal(err)
		}
		w.failed("a1", "Cancelled.")
		release()
		w.answered("a0")
	})
}

func TestWhatIsAbandonedIsNotDrawn(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0", "a1")
		w.wait("the first to be drawn", func() bool { return len(w.order) == 1 })
		waiting := map[string]string{"a0": "a1", "a1": "a0"}[w.order[0]]
		w.set(func() {
			w.deliver = func(to commands.Address) error {
				if key(to) == waiting {
					return commands.ErrUndeliverable
				}
				return nil
			}
		})
		if err := w.Abandon(t.Context(), waiting); err != nil {
			t.Fatal(err)
		}
		w.wait("its end", func() bool { return strings.Contains(w.log.String(), "outcome=cancelled") })
		release()
		w.answered(w.order[0])
		if n := w.times(waiting); n != 0 {
			t.Errorf("it is drawn %d times", n)
		}
		for _, id := range []string{waiting, "nobody's"} {
			if err := w.Abandon(t.Context(), id); !errors.Is(err, commands.ErrFinished) {
				t.Errorf("abandoned once it is over: %v", err)
			}
		}
	})
}

func TestOnlyTheRequesterAndModeratorsCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	defer w.hold()()
	w.accept("a", "a0", "a1")
	moderator := by("m", "ca")
	moderator.Moderator = true
	elsewhere := by("m", "other")
	elsewhere.Moderator = true
	for _, c := range []struct {
		name string
		by   *commands.Request
		id   string
		want error
	}{
		{"a stranger in the chat", by("b", "ca"), w.short("a0"), commands.ErrNotYours},
		{"a stranger elsewhere", by("b", "cb"), w.short("a0"), commands.ErrNoRequest},
		{"a moderator of another chat", elsewhere, w.short("a0"), commands.ErrNoRequest},
		{"a moderator", moderator, w.short("a0"), nil},
		{"oneself from another chat", by("a", "elsewhere"), w.short("a1"), nil},
		{"an id that nobody has", by("a", "ca"), "nosuchid00000", commands.ErrNoRequest},
		{"nothing to cancel", by("b", "cb"), "", commands.ErrNoRequest},
	} {
		if err := w.Cancel(t.Context(), c.by, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestRetryBeforeTheFailureIsRecordedIsToldToWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	release, delivering := make(chan struct{}), make(chan struct{})
	w.set(func() {
		w.draw = func(context.Context, string) error { return kelly.ErrInvalidContent }
		w.deliver = func(commands.Address) error {
			close(delivering)
			<-release
			return nil
		}
	})
	w.accept("a", "a0")
	<-delivering
	if err := w.Retry(t.Context(), by("a", "ca"), w.short("a0")); !errors.Is(err, commands.ErrPending) {
		t.Errorf("%v", err)
	}
	close(release)
	w.failed("a0", "no picture")
}

func TestRetryIsTheSameRequestAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.HoldFor = time.Millisecond })
	w.set(func() { w.deliver = nil })
	fail := func() { w.set(func() { w.draw = nil }) }
	defer fail()
	w.set(func() { w.draw = away1 })
	w.accept("a", "a0")
	reply := w.failed("a0", "is away right now")
	w.set(func() { w.draw = nil })
	w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
	press := by("a", "ca")
	press.ID = "press"
	press.Address = job("a", "press").Request.Address
	if err := w.Retry(t.Context(), press, reply.Buttons[0].ID); err != nil {
		t.Fatal(err)
	}
	w.wait("the picture", func() bool { return len(w.answers["press"]) == 1 })
	again := by("a", "ca")
	again.ID = "again"
	if err := w.Retry(t.Context(), again, reply.Buttons[0].ID); !errors.Is(err, commands.ErrFinished) {
		t.Errorf("pressed twice: %v", err)
	}
	if got := w.answers["press"][0]; got.Images[0].Alt != "a0" {
		t.Errorf("the answer is %+v", got)
	}
	stranger := by("b", "elsewhere")
	stranger.ID = "stranger"
	if err := w.Retry(t.Context(), stranger, reply.Buttons[0].ID); !errors.Is(err, commands.ErrNoRequest) {
		t.Errorf("a stranger elsewhere retries: %v", err)
	}
	w.wait("the second record", func() bool { return strings.Count(w.log.String(), "a request is over") == 2 })
	again.ID = "once more"
	if err := w.Retry(t.Context(), again, w.short("press")); !errors.Is(err, commands.ErrFinished) {
		t.Errorf("what succeeded is retried: %v", err)
	}
}

func TestAStrangersRetryBringsNobodysPrivatePicture(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	private := idOf(w.do("a", "a0", func(j *commands.Job) { j.Request.Chat.ID = "private" }), 1)
	shown := idOf(w.do("a", "a1", func(*commands.Job) {}), 1)
	w.set(func() {
		w.pictures["photo"] = kellytest.Picture("photo", "x", 64, 64)
		w.draw = func(context.Context, string) error {
			return &kelly.Error{Kind: kelly.ErrRefused, Op: "upscale", Status: 404}
		}
	})
	for name, c := range map[string]struct {
		source commands.Source
		want   error
	}{
		"a-private-picture": {commands.Source{ID: private}, commands.ErrNotYours},
		"a-photo":           {commands.Source{Attachment: &commands.Attachment{Data: []byte(`"photo"`)}}, commands.ErrNotYours},
		"what-was-shown":    {commands.Source{ID: shown}, nil},
	} {
		w.do("a", name, func(j *commands.Job) { j.Work, j.Source = commands.ToUpscale, &c.source })
		w.over(name)
		stranger := by("b", "ca")
		stranger.Address = job("b", "b "+name).Request.Address
		if err := w.Retry(t.Context(), stranger, w.short(name)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.want == nil {
			continue
		}
		own := by("a", "ca")
		own.Address = job("a", "own "+name).Request.Address
		if err := w.Retry(t.Context(), own, w.short(name)); err != nil {
			t.Errorf("%s by whoever asked: %v", name, err)
		}
	}
}

func TestTheLineShowsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Workers = 1 })
	release := w.hold()
	w.accept("a", "a0", "a1")
	w.wait("the first to be drawn", func() bool { return len(w.order) == 1 })
	w.accept("b", "b0", "b1")
	line, err := w.Line(t.Context(), by("b", "cb"))
	if err != nil || line.Running != 1 || line.Waiting != 3 || len(line.Own) != 2 {
		t.Fatalf("%+v, %v", line, err)
	}
	for i, own := range line.Own {
		if own.Prompt != []string{"b0", "b1"}[i] || own.Position < 1 || own.Position > 3 || !own.Since.IsZero() {
			t.Errorf("own %d: %+v", i, own)
		}
	}
	if line, err := w.Line(t.Context(), by("b", "elsewhere")); err != nil || len(line.Own) != 0 {
		t.Errorf("in another chat: %+v, %v", line, err)
	}
	release()
	w.answered("a0", "a1", "b0", "b1")
}

func TestWaitingIsShownAndGoesWithTheAnswer(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0", "a1", "a2")
		w.wait("statuses", func() bool { return len(w.statuses) == 3 })
		w.mu.Lock()
		first := w.order[0]
		for id, texts := range w.statuses {
			want := "⏳ You are about #"
			if id == first {
				want = "⏳ Drawing: started "
			}
			if !strings.HasPrefix(texts[len(texts)-1], want) && !strings.HasPrefix(texts[0], want) {
				t.Errorf("%s: people read %q", id, texts)
			}
		}
		w.mu.Unlock()
		release()
		w.answered("a0", "a1", "a2")
	})
}

func TestFinishedRequestsAreForgotten(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Retention, c.KeepOriginals = time.Hour, 0 })
		w.accept("a", "a0")
		w.answered("a0")
		w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
		if err := w.pruneOnce(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Store.Get(t.Context(), "a0"); err != nil {
			t.Errorf("too early: %v", err)
		}
		if err := w.pruneOnce(t.Context(), time.Now().Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Store.Get(t.Context(), "a0"); !errors.Is(err, store.ErrGone) {
			t.Errorf("after its time: %v", err)
		}
	})
}

func TestEstimatesComeFromTheLastDeliveries(t *testing.T) {
	j := &Jobs{Config: Config{Workers: 4}}
	now := time.Now()
	for position, rounds := range map[int]int{1: 2, 4: 2, 5: 3, 40: 11} {
		if got := j.readyAt(position, 10*time.Second, now); got.Sub(now) != time.Duration(rounds)*10*time.Second {
			t.Errorf("#%d is ready in %v", position, got.Sub(now))
		}
	}
	if !j.readyAt(1, 0, now).IsZero() {
		t.Error("an estimate out of nothing")
	}
	got := []int{}
	for _, position := range []int{1, 10, 11, 20, 21, 99} {
		got = append(got, rough(position))
	}
	if !slices.Equal(got, []int{1, 10, 20, 20, 30, 100}) {
		t.Errorf("positions %v", got)
	}
}

func TestOneProcessAtATimeHoldsALease(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	first, second := newWorld(t, url, nil), newWorld(t, url, nil)
	began := make(chan string, 10)
	hold := func(w *world, name string) (end context.CancelFunc, ended chan error) {
		ctx, end := context.WithCancel(t.Context())
		ended = make(chan error, 1)
		go func() {
			ended <- w.Hold(ctx, "telegram", func(ctx context.Context) error {
				began <- name
				<-ctx.Done()
				return nil
			})
		}()
		return end, ended
	}
	next := func(want string) {
		t.Helper()
		select {
		case got := <-began:
			if got != want {
				t.Errorf("%s has it, want %s", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("nobody has it, want %s", want)
		}
	}
	endFirst, firstEnded := hold(first, "first")
	next("first")
	endSecond, secondEnded := hold(second, "second")
	defer endSecond()
	endFirst()
	if err := <-firstEnded; err != nil {
		t.Error(err)
	}
	next("second")
	endSecond()
	if err := <-secondEnded; err != nil || len(began) > 0 {
		t.Errorf("%v, and %d more began", err, len(began))
	}
}
