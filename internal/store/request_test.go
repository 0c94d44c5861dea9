package store

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

func TestTheSameEventIsOneRequest(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		again := request("a", "u", "c")
		again.Short = "other"
		for range 2 {
			if fresh, err := Insert(t.Context(), s.DB, again); err != nil || fresh {
				t.Errorf("it is fresh: %v, %v", fresh, err)
			}
		}
		if got := get(t, s, "a"); got.Short != "sa" {
			t.Errorf("it was changed to %+v", got)
		}
	})
}

func TestARequestIsReadAsItWasWritten(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		want := request("discord:1:2", "ü'\"%_", "-100123")
		want.Short = "k0v9x2m4p7q1a"
		want.Body = []byte(`{"prompt":"a cat's \u0000 hat 🎩"}`)
		insert(t, s, want)
		for name, read := range map[string]func() (Request, error){
			"Get":  func() (Request, error) { return s.Get(t.Context(), want.ID) },
			"Find": func() (Request, error) { return s.Find(t.Context(), want.Short) },
			"Find, as people read it": func() (Request, error) {
				return s.Find(t.Context(), strings.NewReplacer("0", "O", "1", "l").Replace(want.Short))
			},
			"Find, as phones begin a word": func() (Request, error) { return s.Find(t.Context(), strings.ToUpper(want.Short[:1])+want.Short[1:]) },
			"Newest":                       func() (Request, error) { return s.Newest(t.Context(), want.Platform, want.User, want.Chat) },
		} {
			got, err := read()
			got.AcceptedAt = got.AcceptedAt.UTC()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: it is %+v, %v", name, got, err)
			}
		}
	})
}

func TestTheNewestIsTheUsersInTheChatAndNotOver(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		at := func(r Request, later time.Duration) Request { r.AcceptedAt = noon.Add(later); return r }
		telegram := at(request("telegram", "u", "c"), time.Hour)
		telegram.Platform = "telegram"
		insert(t, s, request("first", "u", "c"), at(request("second", "u", "c"), time.Second), at(request("third", "u", "c"), 2*time.Second),
			at(request("another's", "v", "c"), time.Hour), at(request("elsewhere", "u", "d"), time.Hour), telegram)
		newest := func() string {
			r, err := s.Newest(t.Context(), "discord", "u", "c")
			if errors.Is(err, ErrGone) {
				return "none"
			}
			must(t, err)
			return r.ID
		}
		if got := newest(); got != "third" {
			t.Errorf("it is %s", got)
		}
		attempt, err := Begin(t.Context(), s.DB, "third", 0, "local", noon)
		must(t, err)
		if got := newest(); got != "third" {
			t.Errorf("while it is drawn it is %s", got)
		}
		must(t, AddPicture(t.Context(), s.DB, "third", attempt, Picture{N: 1, Key: "k.png"}))
		must(t, Drawn(t.Context(), s.DB, "third", attempt, nil, noon))
		if got := newest(); got != "second" {
			t.Errorf("while that is delivered it is %s", got)
		}
		must(t, Hold(t.Context(), s.DB, "second", 0, 0, ForService, noon))
		if got := newest(); got != "second" {
			t.Errorf("while it is held it is %s", got)
		}
		for _, id := range []string{"second", "first"} {
			_, err := Cancel(t.Context(), s.DB, id, "", noon)
			must(t, err)
		}
		if got := newest(); got != "none" {
			t.Errorf("when all are over it is %s", got)
		}
	})
}

func TestADrawnRequestIsDeliveredAndItsAddressWiped(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		attempt, err := Begin(t.Context(), s.DB, "a", 0, "local", noon.Add(time.Second))
		must(t, err)
		if got := get(t, s, "a"); got.State != Drawing || got.Attempts != 1 || !got.StartedAt.Equal(noon.Add(time.Second)) {
			t.Errorf("begun, it is %+v", got)
		}
		must(t, AddPicture(t.Context(), s.DB, "a", attempt, Picture{N: 1, Key: "sa.png"}))
		must(t, Drawn(t.Context(), s.DB, "a", attempt, nil, noon.Add(2*time.Second)))
		got := get(t, s, "a")
		if got.State != Delivering || drawn(t, s, "a") != "sa.png" || !got.DrawnAt.Equal(noon.Add(2*time.Second)) || got.Address == nil {
			t.Errorf("drawn, it is %+v", got)
		}
		must(t, Finish(t.Context(), s.DB, "a", Done, "message", "link", noon.Add(3*time.Second)))
		got = get(t, s, "a")
		if got.State != Done || got.Address != nil || got.Body == nil || got.Message != "message" || got.Link != "link" {
			t.Errorf("delivered, it is %+v", got)
		}
		if err := Finish(t.Context(), s.DB, "a", Done, "message", "", noon); !errors.Is(err, ErrGone) {
			t.Errorf("delivered twice: %v", err)
		}
	})
}

func TestAFailureIsKeptUntilItIsDelivered(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		attempt, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		must(t, Drawn(t.Context(), s.DB, "a", attempt, []byte(`{"text":"no"}`), noon))
		if got := get(t, s, "a"); got.State != Delivering || string(got.Words) != `{"text":"no"}` || drawn(t, s, "a") != "" || got.DrawnAt.IsZero() {
			t.Errorf("it is %+v", got)
		}
		must(t, Finish(t.Context(), s.DB, "a", Failed, "", "", noon))
		if got := get(t, s, "a"); got.State != Failed || got.Address != nil {
			t.Errorf("it is %+v", got)
		}
	})
}

func TestAHeldRequestRemembersItsFirstFailure(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		must(t, Hold(t.Context(), s.DB, "a", 0, 0, ForService, noon)) // before it was begun
		if _, err := Begin(t.Context(), s.DB, "a", 0, "local", noon); !errors.Is(err, ErrGone) {
			t.Errorf("the round that was held began: %v", err)
		}
		_, err := Begin(t.Context(), s.DB, "a", 1, "local", noon)
		must(t, err)
		must(t, Hold(t.Context(), s.DB, "a", 1, 1, ForTime, noon.Add(time.Minute)))
		must(t, Hold(t.Context(), s.DB, "a", 2, 1, ForTime, noon.Add(time.Hour)))
		if err := Hold(t.Context(), s.DB, "a", 2, 1, ForTime, noon.Add(time.Hour)); !errors.Is(err, ErrGone) {
			t.Errorf("it was held twice: %v", err)
		}
		got := get(t, s, "a")
		if got.State != Held || got.Round != 3 || got.Timeouts != 2 || got.Attempts != 1 || !got.HeldSince.Equal(noon) {
			t.Errorf("it is %+v", got)
		}
	})
}

func TestALostPictureIsDrawnAgainOnce(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		attempt, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		must(t, AddPicture(t.Context(), s.DB, "a", attempt, Picture{N: 1, Key: "sa.png"}))
		must(t, Drawn(t.Context(), s.DB, "a", attempt, nil, noon))
		must(t, HoldDelivery(t.Context(), s.DB, "a", 0))
		for _, round := range []int{0, 2} {
			if err := Redraw(t.Context(), s.DB, "a", round); !errors.Is(err, ErrGone) {
				t.Errorf("delivery %d may: %v", round, err)
			}
		}
		must(t, Redraw(t.Context(), s.DB, "a", 1))
		if got := get(t, s, "a"); got.State != Waiting || got.Round != 1 || drawn(t, s, "a") != "" || !got.DrawnAt.IsZero() {
			t.Errorf("it is %+v", got)
		}
		if err := Redraw(t.Context(), s.DB, "a", 2); !errors.Is(err, ErrGone) {
			t.Errorf("it was put back twice: %v", err)
		}
	})
}

func TestACancelledRequestKeepsItsAddressUntilItIsTold(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		must(t, Hold(t.Context(), s.DB, "a", 0, 0, ForService, noon))
		round, err := Cancel(t.Context(), s.DB, "a", "", noon)
		if err != nil || round != 1 {
			t.Fatal(round, err)
		}
		if got := get(t, s, "a"); got.State != Cancelled || got.Address == nil {
			t.Errorf("it is %+v", got)
		}
		must(t, Finish(t.Context(), s.DB, "a", Cancelled, "", "", noon))
		if got := get(t, s, "a"); got.State != Cancelled || got.Address != nil {
			t.Errorf("told, it is %+v", got)
		}
		if err := Finish(t.Context(), s.DB, "a", Cancelled, "", "", noon); !errors.Is(err, ErrGone) {
			t.Errorf("told twice: %v", err)
		}
	})
}

// TestOnlyTheRightStateGoesOn takes every step from every state.
func TestOnlyTheRightStateGoesOn(t *testing.T) {
	steps := map[string]struct {
		take func(context.Context, *Store) error
		from []string
	}{
		"Begin": {func(ctx context.Context, s *Store) error {
			_, err := Begin(ctx, s.DB, "a", 0, "local", noon)
			return err
		}, []string{Waiting, Drawing, Held}},
		"Drawn":          {func(ctx context.Context, s *Store) error { return Drawn(ctx, s.DB, "a", 1, nil, noon) }, []string{Drawing}},
		"AddPicture":     {func(ctx context.Context, s *Store) error { return AddPicture(ctx, s.DB, "a", 1, Picture{N: 1}) }, []string{Drawing}},
		"Drawn in words": {func(ctx context.Context, s *Store) error { return Drawn(ctx, s.DB, "a", 1, []byte("{}"), noon) }, []string{Drawing}},
		"Expire":         {func(ctx context.Context, s *Store) error { return Expire(ctx, s.DB, "a", 0, []byte("{}"), noon) }, []string{Waiting, Held}},
		"Hold":           {func(ctx context.Context, s *Store) error { return Hold(ctx, s.DB, "a", 0, 1, ForService, noon) }, []string{Waiting, Drawing, Held}},
		"HoldDelivery":   {func(ctx context.Context, s *Store) error { return HoldDelivery(ctx, s.DB, "a", 0) }, []string{Delivering}},
		"Lose":           {func(ctx context.Context, s *Store) error { return Lose(ctx, s.DB, "a", 0, []byte("{}")) }, []string{Delivering}},
		"Redraw":         {func(ctx context.Context, s *Store) error { return Redraw(ctx, s.DB, "a", 0) }, []string{Delivering}},
		"Finish":         {func(ctx context.Context, s *Store) error { return Finish(ctx, s.DB, "a", Done, "", "", noon) }, []string{Delivering}},
		"Finish cancels": {func(ctx context.Context, s *Store) error { return Finish(ctx, s.DB, "a", Cancelled, "", "", noon) }, []string{Cancelled}},
		"Cancel":         {func(ctx context.Context, s *Store) error { _, err := Cancel(ctx, s.DB, "a", "", noon); return err }, []string{Waiting, Drawing, Held}},
		"Showing": {func(ctx context.Context, s *Store) error {
			may, err := s.Showing(ctx, "a", time.Hour)
			if err == nil && !may {
				err = ErrGone
			}
			return err
		}, []string{Waiting, Drawing, Held}},
	}
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for name, step := range steps {
			for _, state := range []string{Waiting, Drawing, Held, Delivering, Done, Failed, Cancelled} {
				_, err := s.DB.Exec(`DELETE FROM requests`)
				must(t, err)
				insert(t, s, request("a", "u", "c"))
				_, err = s.DB.Exec(`UPDATE requests SET state = $1, attempts = 1`, state)
				must(t, err)
				_, err = s.DB.Exec(`INSERT INTO pictures (request_id, n, key) VALUES ('a', 1, 'k.png')`)
				must(t, err)
				if state == Done || state == Failed {
					_, err = s.DB.Exec(`UPDATE requests SET address = NULL`)
					must(t, err)
				}
				var want error
				if !slices.Contains(step.from, state) {
					want = ErrGone
				}
				if err := step.take(t.Context(), s); !errors.Is(err, want) {
					t.Errorf("%s from %s: %v", name, state, err)
				}
			}
		}
	})
}

func TestAnOlderAttemptIsNotHeardAnyMore(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		older, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		newer, err := Begin(t.Context(), s.DB, "a", 0, "local", noon) // a process took it over
		must(t, err)
		if err := Drawn(t.Context(), s.DB, "a", older, nil, noon); !errors.Is(err, ErrGone) {
			t.Errorf("its picture: %v", err)
		}
		if err := Drawn(t.Context(), s.DB, "a", older, []byte("{}"), noon); !errors.Is(err, ErrGone) {
			t.Errorf("its failure: %v", err)
		}
		if err := Hold(t.Context(), s.DB, "a", 0, older, ForTime, noon); !errors.Is(err, ErrGone) {
			t.Errorf("its hold: %v", err)
		}
		must(t, AddPicture(t.Context(), s.DB, "a", newer, Picture{N: 1, Key: "new.png"}))
		must(t, Drawn(t.Context(), s.DB, "a", newer, nil, noon))
	})
}

func TestNothingIsKnownOfARequestThatIsNotThere(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		ctx := t.Context()
		for name, call := range map[string]func() error{
			"Get":     func() error { _, err := s.Get(ctx, "a"); return err },
			"Find":    func() error { _, err := s.Find(ctx, "sa"); return err },
			"Newest":  func() error { _, err := s.Newest(ctx, "discord", "u", "c"); return err },
			"Begin":   func() error { _, err := Begin(ctx, s.DB, "a", 0, "local", noon); return err },
			"Cancel":  func() error { _, err := Cancel(ctx, s.DB, "a", "", noon); return err },
			"Shown":   func() error { return s.Shown(ctx, "a", nil) },
			"ShownBy": func() error { _, err := s.Shows(ctx, "a"); return err },
		} {
			if err := call(); !errors.Is(err, ErrGone) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestACallFailsWhenTheDatabaseDoes tells a failure from a request that is gone.
func TestACallFailsWhenTheDatabaseDoes(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for name, call := range map[string]func() error{
			"Get":         func() error { _, err := s.Get(ctx, "a"); return err },
			"Begin":       func() error { _, err := Begin(ctx, s.DB, "a", 0, "local", noon); return err },
			"Drawn":       func() error { return Drawn(ctx, s.DB, "a", 0, nil, noon) },
			"Cancel":      func() error { _, err := Cancel(ctx, s.DB, "a", "", noon); return err },
			"Insert":      func() error { _, err := Insert(ctx, s.DB, request("a", "u", "c")); return err },
			"InTx":        func() error { return s.InTx(ctx, func(*sql.Tx) error { return nil }) },
			"Showing":     func() error { _, err := s.Showing(ctx, "a", time.Hour); return err },
			"ShownBy":     func() error { _, err := s.Shows(ctx, "a"); return err },
			"Line":        func() error { _, err := s.Line(ctx); return err },
			"Own":         func() error { _, err := s.Own(ctx, "discord", "u", "c"); return err },
			"Standing":    func() error { _, _, err := s.Standing(ctx); return err },
			"AddUsage":    func() error { return AddUsage(ctx, s.DB, "2026-01-31", 1) },
			"AddDuration": func() error { return AddDuration(ctx, s.DB, "sd/1", time.Second, noon) },
			"Median":      func() error { _, _, err := s.Median(ctx, "sd/1"); return err },
			"Finished":    func() error { _, err := s.Finished(ctx, noon, 1); return err },
			"Undelivered": func() error { _, err := s.Undelivered(ctx); return err },
			"Beat":        func() error { return s.Beat(ctx, "e") },
			"Alive":       func() error { _, err := s.Alive(ctx, time.Second); return err },
			"Leave":       func() error { return s.Leave(ctx, "e") },
			"Acquire":     func() error { _, err := s.Acquire(ctx, "l", "e", time.Second); return err },
			"Release":     func() error { return s.Release(ctx, "l", "e") },
		} {
			if err := call(); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
