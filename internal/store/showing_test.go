package store

import (
	"errors"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

func TestAnAnswerWaitsForTheStatusThatIsBeingShown(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		marked := func() bool {
			now, err := s.Shows(t.Context(), "a")
			must(t, err)
			return now
		}
		if marked() {
			t.Error("marked before a status")
		}
		if may, err := s.Showing(t.Context(), "a", time.Hour); err != nil || !may {
			t.Fatal(may, err)
		}
		if !marked() {
			t.Error("it is not marked")
		}
		attempt, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		must(t, Drawn(t.Context(), s.DB, "a", attempt, nil, noon))
		if !marked() {
			t.Error("it is not marked when the picture is there")
		}
		must(t, s.Shown(t.Context(), "a", []byte(`{"status":"7"}`)))
		if marked() {
			t.Error("it is marked after the status")
		}
		if got := get(t, s, "a"); got.State != Delivering || string(got.Address) != `{"status":"7"}` {
			t.Errorf("the request is %+v", got)
		}
	})
}

func TestAStatusIsWaitedForNoLongerThanItsTime(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		_, err := s.Showing(t.Context(), "a", -time.Millisecond)
		must(t, err)
		if now, err := s.Shows(t.Context(), "a"); err != nil || now {
			t.Errorf("%v, %v", now, err)
		}
	})
}

func TestAStatusThatCouldNotBeShownLeavesTheAddress(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		_, err := s.Showing(t.Context(), "a", time.Hour)
		must(t, err)
		must(t, s.Shown(t.Context(), "a", nil))
		if got := get(t, s, "a"); string(got.Address) != `{"token":"t"}` {
			t.Errorf("it is %s", got.Address)
		}
	})
}

func TestALateStatusDoesNotBringAnAddressBack(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		_, err := s.Showing(t.Context(), "a", time.Hour)
		must(t, err)
		_, err = Cancel(t.Context(), s.DB, "a", "", noon)
		must(t, err)
		must(t, Finish(t.Context(), s.DB, "a", Cancelled, "", "", noon))
		if err := s.Shown(t.Context(), "a", []byte(`{"token":"t"}`)); !errors.Is(err, ErrGone) {
			t.Error(err)
		}
		if got := get(t, s, "a"); got.Address != nil {
			t.Errorf("it is %s", got.Address)
		}
	})
}
