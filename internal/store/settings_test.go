package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

func TestSettingsAreOfTheirScopeAndChangeOneAfterTheOther(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		is := func(user, chat string) {
			t.Helper()
			ofUser, ofChat, err := s.Settings(t.Context(), "user:discord:1", "chat:discord:1")
			if err != nil || string(ofUser) != user || string(ofChat) != chat || user == "" && ofUser != nil {
				t.Errorf("they are %q and %q, %v; want %q and %q", ofUser, ofChat, err, user, chat)
			}
		}
		add := func(scope, word string) error {
			return s.ChangeSettings(t.Context(), scope, func(before []byte) ([]byte, error) {
				return append(before, word...), nil
			})
		}
		is("", "")
		must(t, add("user:discord:1", "a"))
		is("a", "")
		must(t, add("chat:discord:1", "b"))
		is("a", "b")

		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := add("user:discord:1", "x"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		is("a"+strings.Repeat("x", 8), "b")

		wrong := errors.New("wrong")
		if err := s.ChangeSettings(t.Context(), "chat:discord:1", func([]byte) ([]byte, error) { return nil, wrong }); !errors.Is(err, wrong) {
			t.Errorf("a change that fails gives %v", err)
		}
		is("a"+strings.Repeat("x", 8), "b")
		for range 2 { // of one that is there, and of none
			must(t, s.ChangeSettings(t.Context(), "user:discord:1", func([]byte) ([]byte, error) { return nil, nil }))
			is("", "b")
		}
	})
}

func TestOffersAreTakenOnceAndTheOldGo(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		var offers []Offer
		for i := range maxOffers + 3 {
			offers = append(offers, Offer{ID: fmt.Sprintf("o%02d", i), Scope: "user:discord:1", Body: []byte(`{}`), At: noon.Add(time.Duration(i) * time.Second)})
		}
		must(t, AddOffers(t.Context(), s.DB, offers))
		must(t, AddOffers(t.Context(), s.DB, []Offer{{ID: "other", Scope: "user:discord:2", Body: []byte(`{"a":1}`), At: noon}}))
		if got, err := s.Offer(t.Context(), "other"); err != nil || got.Scope != "user:discord:2" || string(got.Body) != `{"a":1}` || !got.At.Equal(noon) {
			t.Errorf("it is %+v, %v", got, err)
		}
		if all, err := s.Offers(t.Context(), "user:discord:1"); err != nil || len(all) != maxOffers || all[0].ID != offers[len(offers)-1].ID {
			t.Errorf("there are %d, %v", len(all), err)
		}
		if _, err := s.Offer(t.Context(), "o02"); !errors.Is(err, ErrGone) {
			t.Errorf("one too many: %v", err)
		}
		must(t, s.TakeOffer(t.Context(), "other"))
		if err := s.TakeOffer(t.Context(), "other"); !errors.Is(err, ErrGone) {
			t.Errorf("taken twice: %v", err)
		}
		must(t, s.PruneOffers(t.Context(), noon.Add(10*time.Second)))
		if all, err := s.Offers(t.Context(), "user:discord:1"); err != nil || len(all) != maxOffers-7 {
			t.Errorf("ten seconds later there are %d, %v", len(all), err)
		}
	})
}

func TestTheClassesOfAUserAreTheNewestFirst(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for i, class := range []string{"a/1", "b/1", "c/1"} {
			r := request(class, "u", "c")
			r.SizeClass, r.AcceptedAt = class, noon.Add(time.Duration(i)*time.Second)
			insert(t, s, r)
		}
		insert(t, s, request("another's", "v", "c"))
		if got, err := s.Classes(t.Context(), "discord", "u", 2); err != nil || !slices.Equal(got, []string{"c/1", "b/1"}) {
			t.Errorf("they are %v, %v", got, err)
		}
	})
}
