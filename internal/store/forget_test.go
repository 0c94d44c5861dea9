package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

// setting stores settings for the scope.
func setting(t *testing.T, s *Store, scope string) {
	t.Helper()
	must(t, s.ChangeSettings(t.Context(), scope, func([]byte) ([]byte, error) { return []byte(`{"model":"M"}`), nil }))
}

func TestOfAPersonWhoIsForgottenOnlyTheOpenIsLeftUntilItIsOver(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for _, id := range []string{"done", "waits", "delivers", "other's"} {
			user := "u"
			if id == "other's" {
				user = "v"
			}
			insert(t, s, request(id, user, "c"))
			if id != "waits" {
				attempt, err := Begin(t.Context(), s.DB, id, 0, "local", noon)
				must(t, err)
				must(t, Drawn(t.Context(), s.DB, id, attempt, nil, noon))
			}
		}
		must(t, Finish(t.Context(), s.DB, "done", Done, "m", "", noon))
		must(t, Finish(t.Context(), s.DB, "other's", Done, "m", "", noon))
		for _, scope := range []string{"user:discord:u", "user:discord:v", "chat:discord:u"} {
			setting(t, s, scope)
			must(t, AddOffers(t.Context(), s.DB, []Offer{{ID: "of" + scope, Scope: scope, Body: []byte(`{}`), At: noon}}))
		}

		cancel, err := s.Forget(t.Context(), s.DB, "discord", "u", "user:discord:u")
		if err != nil || !slices.Equal(cancel, []string{"waits"}) {
			t.Errorf("to be cancelled are %v, %v", cancel, err)
		}
		done, err := s.Get(t.Context(), "done")
		must(t, err)
		if _, err := s.Find(t.Context(), done.Short); !errors.Is(err, ErrGone) {
			t.Errorf("what is to go is still found: %v", err)
		}
		if all, err := s.History(t.Context(), "discord", "u", "", noon.Add(time.Hour), "", 10); err != nil || len(all) > 0 {
			t.Errorf("what is to go is still listed: %v, %v", all, err)
		}
		insert(t, s, request("new", "u", "c"))
		are := func(want ...string) {
			t.Helper()
			ended, err := s.Forgotten(t.Context(), 10)
			var got []string
			for _, r := range ended {
				got = append(got, r.ID)
			}
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("they are %v, %v; want %v", got, err, want)
			}
			must(t, s.Delete(t.Context(), ended))
		}
		are("done")
		if _, err := Cancel(t.Context(), s.DB, "waits", "", noon); err != nil {
			t.Fatal(err)
		}
		are() // its end is yet to be told
		must(t, Finish(t.Context(), s.DB, "waits", Cancelled, "m", "", noon))
		must(t, Finish(t.Context(), s.DB, "delivers", Done, "m", "", noon))
		are("delivers", "waits")

		for scope, kept := range map[string]bool{"user:discord:u": false, "user:discord:v": true, "chat:discord:u": true} {
			body, _, err := s.Settings(t.Context(), scope, "none")
			offers, offersErr := s.Offers(t.Context(), scope)
			if err != nil || offersErr != nil || (body != nil) != kept || (len(offers) > 0) != kept {
				t.Errorf("%s has %q and %v", scope, body, offers)
			}
		}
		all, err := s.RequestsOf(t.Context(), "discord", "u", noon.Add(time.Hour), "", 10)
		if err != nil || len(all) != 1 || all[0].ID != "new" {
			t.Errorf("of them is left %v, %v", all, err)
		}
	})
}

func TestRequestsOfAUserAreReadInPages(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		// All of one time.
		insert(t, s, request("a", "u", "c"), request("b", "u", "d"), request("c", "u", "c"), request("x", "v", "c"))
		var got []string
		at, id := noon.Add(time.Second), ""
		for {
			some, err := s.RequestsOf(t.Context(), "discord", "u", at, id, 2)
			must(t, err)
			for _, r := range some {
				got, at, id = append(got, r.ID), r.AcceptedAt, r.ID
			}
			if len(some) < 2 {
				break
			}
		}
		if !slices.Equal(got, []string{"c", "b", "a"}) {
			t.Errorf("they are %v", got)
		}
	})
}

func TestFilesOfNoRequestAreFound(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		var keys, gone []string
		for i := range unknownBatch + 10 {
			r := request("r", "u", "c")
			r.Short = NewShort()
			keys = append(keys, r.Short+".png", r.Short+"2.png")
			if i%2 == 0 {
				r.ID = r.Short
				insert(t, s, r)
			} else {
				gone = append(gone, keys[len(keys)-2:]...)
			}
		}
		gone = append(gone, "a.png")
		if got, err := s.Unknown(t.Context(), append(keys, "a.png")); err != nil || !slices.Equal(got, gone) {
			t.Errorf("there are %d of %d, %v", len(got), len(gone), err)
		}
	})
}
