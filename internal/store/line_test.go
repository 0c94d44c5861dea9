package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

// line is the open requests as "id position", the oldest first.
func line(t *testing.T, s *Store) (line []string) {
	t.Helper()
	places, err := s.Line(t.Context())
	must(t, err)
	for _, p := range places {
		line = append(line, fmt.Sprint(p.ID, " ", p.Position))
	}
	return line
}

func TestUsersTakeTurnsInLine(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		var later time.Duration
		for _, id := range []string{"m1", "m2", "m3", "a1", "m4", "b1", "b2"} {
			r := request(id, id[:1], "c")
			r.AcceptedAt = noon.Add(later)
			insert(t, s, r)
			later += time.Millisecond
		}
		twin := request("m5", "m", "c") // the same user id on another platform is another user
		twin.Platform, twin.AcceptedAt = "telegram", noon.Add(later)
		insert(t, s, twin)
		want := []string{"m1 1", "m2 5", "m3 7", "a1 2", "m4 8", "b1 3", "b2 6", "m5 4"}
		if got := line(t, s); !slices.Equal(got, want) {
			t.Errorf("the line is %v", got)
		}
		_, err := Begin(t.Context(), s.DB, "m1", 0, "local", noon)
		must(t, err)
		must(t, Hold(t.Context(), s.DB, "a1", 0, 0, ForService, noon))
		_, err = Cancel(t.Context(), s.DB, "m4", "", noon)
		must(t, err)
		want = []string{"m1 0", "m2 1", "m3 4", "a1 0", "b1 2", "b2 5", "m5 3"}
		if got := line(t, s); !slices.Equal(got, want) {
			t.Errorf("later the line is %v", got)
		}
	})
}

func TestTheLineIsInOrderOfAgeWhateverTheOrderOfInsertion(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for n, id := range []string{"c", "a", "d", "b"} {
			r := request(id, "u", "c")
			r.AcceptedAt = noon.Add(-time.Duration(n/2) * time.Hour) // the clock jumped back; twins have the same time
			insert(t, s, r)
		}
		if got, want := line(t, s), []string{"b 1", "d 2", "a 3", "c 4"}; !slices.Equal(got, want) {
			t.Errorf("the line is %v", got)
		}
	})
}

func TestTheLineHoldsNoPrompts(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("a", "u", "c"))
		places, err := s.Line(t.Context())
		must(t, err)
		if p := places[0]; p.Body != nil || string(p.Address) != `{"token":"t"}` || p.Short != "sa" || p.SizeClass != "sd/1" {
			t.Errorf("it is %+v", p)
		}
	})
}

func TestOnesOwnAreThoseOfTheChatUntilTheyAreAnswered(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		insert(t, s, request("b", "u", "c"), request("a", "u", "c"), request("over", "u", "c"), request("elsewhere", "u", "d"),
			request("another's", "v", "c"))
		attempt, err := Begin(t.Context(), s.DB, "a", 0, "local", noon)
		must(t, err)
		must(t, AddPicture(t.Context(), s.DB, "a", attempt, Picture{N: 1, Key: "k.png"}))
		must(t, Drawn(t.Context(), s.DB, "a", attempt, nil, noon))
		_, err = Cancel(t.Context(), s.DB, "over", "", noon)
		must(t, err)
		own, err := s.Own(t.Context(), "discord", "u", "c")
		must(t, err)
		var ids []string
		for _, r := range own {
			ids = append(ids, r.ID)
			if r.Body == nil {
				t.Errorf("%s has no body", r.ID)
			}
		}
		if want := []string{"a", "b"}; !slices.Equal(ids, want) {
			t.Errorf("they are %v", ids)
		}
	})
}

func TestTheLineIsCounted(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for n, state := range []string{Waiting, Waiting, Drawing, Held, Delivering, Done, Failed, Cancelled} {
			fill(t, s, state, n+1, 1)
			_, err := s.DB.Exec(`DELETE FROM pictures`)
			must(t, err)
			_, err = s.DB.Exec(`UPDATE requests SET id = state || id, short = state || short WHERE state = $1`, state)
			must(t, err)
		}
		running, waiting, err := s.Standing(t.Context())
		if err != nil || running != 3+5 || waiting != 1+2+4 {
			t.Errorf("%d at work, %d wait, %v", running, waiting, err)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	benchLengths(b, func(b *testing.B, s *Store, n int) {
		for b.Loop() {
			if places, err := s.Line(b.Context()); err != nil || len(places) != n {
				b.Fatal(len(places), err)
			}
		}
	})
}

// benchLengths runs a benchmark with so many waiting requests, of users with
// ten each, beside 10,000 finished ones.
func benchLengths(b *testing.B, bench func(b *testing.B, s *Store, n int)) {
	for name, url := range map[string]func(testing.TB) string{"SQLite": storetest.SQLite, "PostgreSQL": storetest.Postgres} {
		for _, n := range []int{100, 10_000, 100_000} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				s := openStore(b, url(b))
				fill(b, s, Done, 10_000, 100)
				fill(b, s, Waiting, n, n/10)
				bench(b, s, n)
			})
		}
	}
}
