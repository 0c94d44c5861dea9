package store

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

func TestFinishedRequestsAreListedByTheirEndAndDeleted(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("open", "u", "c"))
		for n, id := range []string{"third", "second", "first", "new"} {
			insert(t, s, request(id, "u", "c"))
			must(t, Hold(t.Context(), s.DB, id, 0, 0, ForService, noon))
			attempt, err := Begin(t.Context(), s.DB, id, 1, "local", noon)
			must(t, err)
			must(t, AddPicture(t.Context(), s.DB, id, attempt, Picture{N: 1, Key: id + ".png"}))
			must(t, Drawn(t.Context(), s.DB, id, attempt, nil, noon))
			must(t, HoldDelivery(t.Context(), s.DB, id, 0))
			must(t, HoldDelivery(t.Context(), s.DB, id, 1))
			end := noon.Add(-time.Duration(n+1) * time.Hour)
			if id == "new" {
				end = noon
			}
			must(t, Finish(t.Context(), s.DB, id, Done, "m", "", end))
		}
		_, err := Cancel(t.Context(), s.DB, "open", "", noon.Add(-time.Minute))
		must(t, err)
		ended, err := s.Finished(t.Context(), noon, 3)
		must(t, err)
		want := []Rounds{{"first", 1, 2, false}, {"second", 1, 2, false}, {"third", 1, 2, false}}
		if !slices.Equal(ended, want) {
			t.Errorf("they are %v", ended)
		}
		must(t, s.Delete(t.Context(), ended))
		for _, r := range ended {
			if _, err := s.Get(t.Context(), r.ID); !errors.Is(err, ErrGone) {
				t.Errorf("%s: %v", r.ID, err)
			}
		}
		ended, err = s.Finished(t.Context(), noon, 3)
		if want := []Rounds{{ID: "open", Cancelled: true}}; err != nil || !slices.Equal(ended, want) {
			t.Errorf("then they are %v, %v", ended, err)
		}
	})
}

func TestPicturesAreKeptUntilTheyAreDelivered(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for _, id := range []string{"a", "b", "failed", "waits"} {
			insert(t, s, request(id, "u", "c"))
		}
		for _, id := range []string{"a", "b"} {
			attempt, err := Begin(t.Context(), s.DB, id, 0, "local", noon)
			must(t, err)
			must(t, AddPicture(t.Context(), s.DB, id, attempt, Picture{N: 1, Key: id + ".png"}))
			must(t, Drawn(t.Context(), s.DB, id, attempt, nil, noon))
		}
		attempt, err := Begin(t.Context(), s.DB, "failed", 0, "local", noon)
		must(t, err)
		must(t, Drawn(t.Context(), s.DB, "failed", attempt, []byte("{}"), noon))
		must(t, Finish(t.Context(), s.DB, "b", Done, "m", "", noon))
		keep, err := s.Undelivered(t.Context())
		if want := map[string]bool{"a.png": true}; err != nil || !maps.Equal(keep, want) {
			t.Errorf("they are %v, %v", keep, err)
		}
	})
}
