package store

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

// drawn is the keys of the request's pictures, one after the other.
func drawn(t *testing.T, s *Store, id string) (keys string) {
	t.Helper()
	pictures, err := s.Pictures(t.Context(), id)
	must(t, err)
	for _, p := range pictures {
		keys += p.Key
	}
	return keys
}

// answered inserts a request that was answered with pictures.
func answered(t *testing.T, s *Store, r Request, pictures ...Picture) {
	t.Helper()
	insert(t, s, r)
	attempt, err := Begin(t.Context(), s.DB, r.ID, 0, "local", noon)
	must(t, err)
	for _, p := range pictures {
		must(t, AddPicture(t.Context(), s.DB, r.ID, attempt, p))
	}
	must(t, Drawn(t.Context(), s.DB, r.ID, attempt, nil, noon))
	for _, p := range pictures {
		must(t, Located(t.Context(), s.DB, r.ID, p.N, p.Message, p.File))
	}
	must(t, Finish(t.Context(), s.DB, r.ID, Done, "m-"+r.ID, "", noon))
}

func TestPicturesAreKeptOneByOneAndInOrder(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		first, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		must(t, AddPicture(t.Context(), s.DB, "a", first, Picture{N: 2, Key: "2.png", Width: 3, Height: 4, Copied: true, Alt: "a fox"}))
		must(t, AddPicture(t.Context(), s.DB, "a", first, Picture{N: 1, Key: "1.png"}))
		second, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		if err := AddPicture(t.Context(), s.DB, "a", first, Picture{N: 1, Key: "late.png"}); !errors.Is(err, ErrGone) {
			t.Errorf("an older attempt adds a picture: %v", err)
		}
		must(t, AddPicture(t.Context(), s.DB, "a", second, Picture{N: 1, Key: "anew.png"}))
		must(t, Located(t.Context(), s.DB, "a", 2, "m2", []byte(`{"file":1}`)))
		got, err := s.Pictures(t.Context(), "a")
		must(t, err)
		if len(got) != 2 || got[0].Key != "anew.png" || got[1].Key != "2.png" || got[1].Width != 3 || got[1].Height != 4 || !got[1].Copied || got[1].Alt != "a fox" ||
			got[1].Message != "m2" || string(got[1].File) != `{"file":1}` {
			t.Errorf("they are %+v", got)
		}
		keep, err := s.Undelivered(t.Context())
		must(t, err)
		if !keep["anew.png"] || !keep["2.png"] {
			t.Errorf("kept: %v", keep)
		}
	})
}

func TestARequestIsFoundByItsMessages(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		answered(t, s, request("a", "u", "c"), Picture{N: 1, Key: "1.png", Message: "p1"}, Picture{N: 2, Key: "2.png", Message: "p2"})
		for message, n := range map[string]int{"m-a": 1, "p1": 1, "p2": 2} {
			if r, got, err := s.Of(t.Context(), "discord", "c", message); err != nil || r.ID != "a" || got != n {
				t.Errorf("%s: %v, %d, %v", message, r.ID, got, err)
			}
		}
		for _, at := range [][3]string{{"telegram", "c", "p1"}, {"discord", "d", "p1"}, {"discord", "c", "p3"}} {
			if _, _, err := s.Of(t.Context(), at[0], at[1], at[2]); !errors.Is(err, ErrGone) {
				t.Errorf("%v: %v", at, err)
			}
		}
	})
}

func TestHistoryIsOnesOwnNewestFirst(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for i, id := range []string{"a", "b", "c"} {
			r := request(id, "u", "c"+id)
			r.AcceptedAt = noon.Add(time.Duration(i) * time.Minute)
			answered(t, s, r)
		}
		answered(t, s, request("other", "v", "ca"))
		insert(t, s, request("waits", "u", "ca"))
		together := request("0", "u", "cb") // with b
		together.AcceptedAt = noon.Add(time.Minute)
		answered(t, s, together)
		for _, c := range []struct {
			chat  string
			after time.Time
			id    string
			limit int
			want  []string
		}{
			{"", noon.Add(time.Hour), "", 10, []string{"c", "b", "0", "a"}},
			{"", noon.Add(time.Hour), "", 2, []string{"c", "b"}},
			{"", noon.Add(time.Minute), "b", 10, []string{"0", "a"}},
			{"", noon.Add(time.Minute), "0", 10, []string{"a"}},
			{"cb", noon.Add(time.Hour), "", 10, []string{"b", "0"}},
		} {
			got, err := s.History(t.Context(), "discord", "u", c.chat, c.after, c.id, c.limit)
			must(t, err)
			var ids []string
			for _, r := range got {
				ids = append(ids, r.ID)
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("%+v: %v", c, ids)
			}
		}
	})
}

func TestADeletionIsRecordedOnce(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		answered(t, s, request("a", "u", "c"))
		must(t, MarkDeleted(t.Context(), s.DB, "a", noon))
		if err := MarkDeleted(t.Context(), s.DB, "a", noon); !errors.Is(err, ErrGone) || !get(t, s, "a").Deleted {
			t.Errorf("%v, %+v", err, get(t, s, "a"))
		}
	})
}

func TestAButtonIsPendingUntilItsRequestIsAnswered(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		r := request("a", "u", "c")
		r.Origin = "again:x"
		insert(t, s, r)
		for _, c := range []struct {
			user, origin string
			want         bool
		}{{"u", "again:x", true}, {"v", "again:x", false}, {"u", "again:y", false}} {
			if got, err := Pending(t.Context(), s.DB, "discord", c.user, c.origin); err != nil || got != c.want {
				t.Errorf("%+v: %v, %v", c, got, err)
			}
		}
		_, err := Cancel(t.Context(), s.DB, "a", "", noon)
		must(t, err)
		if got, err := Pending(t.Context(), s.DB, "discord", "u", "again:x"); err != nil || got {
			t.Errorf("over, it is pending: %v, %v", got, err)
		}
	})
}
