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
		marked := func() time.Time {
			until, err := s.ShownBy(t.Context(), "a")
			must(t, err)
			return until.UTC()
		}
		if got := marked(); !got.IsZero() {
			t.Errorf("before a status it is %v", got)
		}
		if may, err := s.Showing(t.Context(), "a", noon); err != nil || !may {
			t.Fatal(may, err)
		}
		if got := marked(); !got.Equal(noon) {
			t.Errorf("it is %v", got)
		}
		attempt, err := Begin(t.Context(), s.DB, "a", 0, noon)
		must(t, err)
		must(t, Drawn(t.Context(), s.DB, "a", attempt, "k.png", noon))
		if got := marked(); !got.Equal(noon) {
			t.Errorf("when the picture is there it is %v", got)
		}
		must(t, s.Shown(t.Context(), "a", []byte(`{"status":"7"}`)))
		if got := marked(); !got.IsZero() {
			t.Errorf("after the status it is %v", got)
		}
		if got := get(t, s, "a"); got.State != Delivering || string(got.Address) != `{"status":"7"}` {
			t.Errorf("the request is %+v", got)
		}
	})
}

func TestAStatusThatCouldNotBeShownLeavesTheAddress(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		_, err := s.Showing(t.Context(), "a", noon)
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
		_, err := s.Showing(t.Context(), "a", noon)
		must(t, err)
		_, err = Cancel(t.Context(), s.DB, "a", noon)
		must(t, err)
		must(t, Finish(t.Context(), s.DB, "a", Cancelled, "", noon))
		if err := s.Shown(t.Context(), "a", []byte(`{"token":"t"}`)); !errors.Is(err, ErrGone) {
			t.Error(err)
		}
		if got := get(t, s, "a"); got.Address != nil {
			t.Errorf("it is %s", got.Address)
		}
	})
}
