package store

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

const today = "2026-01-31"

func count(t *testing.T, s *Store, user, day string) (c Counts) {
	t.Helper()
	must(t, s.InTx(t.Context(), func(tx *sql.Tx) (err error) {
		c, err = Count(t.Context(), tx, "discord", user, day)
		return err
	}))
	return c
}

func TestWhatWaitsOrIsHeldCounts(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		telegram := request("t", "u", "c")
		telegram.Platform = "telegram"
		insert(t, s, request("a", "u", "c"), request("b", "u", "d"), request("drawn", "u", "c"), request("over", "u", "c"),
			request("another's", "v", "c"), telegram)
		must(t, Hold(t.Context(), s.DB, "b", 0, 0, ForService, noon))
		_, err := Begin(t.Context(), s.DB, "drawn", 0, "local", noon)
		must(t, err)
		_, err = Cancel(t.Context(), s.DB, "over", "", noon)
		must(t, err)
		if got, want := count(t, s, "u", today), (Counts{User: 2, All: 4}); got != want {
			t.Errorf("it counts %+v", got)
		}
	})
}

func TestTheDaysPicturesAreCountedAndGivenBack(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for _, step := range []struct {
			day      string
			add      int
			want     int
			tomorrow int
		}{
			{today, 1, 1, 0}, {today, 1, 2, 0}, {"2026-02-01", 1, 2, 1}, {today, -1, 1, 1},
			{today, -5, 0, 1}, {today, 2, 2, 1}, {"2026-02-02", -1, 2, 1},
		} {
			must(t, AddUsage(t.Context(), s.DB, step.day, step.add))
			if got, next := count(t, s, "u", today).Today, count(t, s, "u", "2026-02-01").Today; got != step.want || next != step.tomorrow {
				t.Errorf("after %+v it is %d, and %d tomorrow", step, got, next)
			}
		}
		if got := count(t, s, "u", "2026-02-02").Today; got != 0 {
			t.Errorf("a day on which more was given back has %d", got)
		}
	})
}

// accept inserts the request unless its user has limit of them.
func accept(tb testing.TB, s *Store, r Request, limit int) error {
	return s.InTx(tb.Context(), func(tx *sql.Tx) error {
		c, err := Count(tb.Context(), tx, r.Platform, r.User, today)
		if err != nil {
			return err
		}
		if c.User >= limit {
			return errLimit
		}
		if _, err := Insert(tb.Context(), tx, r); err != nil {
			return err
		}
		return AddUsage(tb.Context(), tx, today, 1)
	})
}

var errLimit = errors.New("over the limit")

func TestALimitHoldsHoweverManyAskAtOnce(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		processes := []*Store{openStore(t, url)}
		if processes[0].Pool != nil {
			processes = append(processes, openStore(t, url))
		}
		const limit, asked = 5, 40
		ended := make(chan error)
		for n := range asked {
			go func() { ended <- accept(t, processes[n%len(processes)], request(fmt.Sprint(n), "u", "c"), limit) }()
		}
		accepted := 0
		for range asked {
			switch err := <-ended; {
			case err == nil:
				accepted++
			case !errors.Is(err, errLimit):
				t.Error(err)
			}
		}
		if got, want := count(t, processes[0], "u", today), (Counts{User: limit, All: limit, Today: limit}); accepted != limit || got != want {
			t.Errorf("%d were accepted, it counts %+v", accepted, got)
		}
	})
}

func TestTheMedianIsOfTheLastTwenty(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		median := func(class string) time.Duration {
			median, known, err := s.Median(t.Context(), class)
			must(t, err)
			if known != (median > 0) {
				t.Errorf("%s is known: %v, and %v", class, known, median)
			}
			return median
		}
		if got := median("sd/1"); got != 0 {
			t.Errorf("of none it is %v", got)
		}
		clock := noon
		for n, want := range []time.Duration{0: 1000, 1: 1500, 2: 2000, 19: 10500, 20: 11500, 24: 15500} {
			must(t, AddDuration(t.Context(), s.DB, "sd/1", time.Duration(n+1)*time.Second, clock))
			if clock = clock.Add(time.Second); n == 20 {
				clock = clock.Add(-time.Hour) // which loses nothing
			}
			if got := median("sd/1"); want > 0 && got != want*time.Millisecond {
				t.Errorf("after %d it is %v", n+1, got)
			}
		}
		must(t, AddDuration(t.Context(), s.DB, "sdxl/1", time.Minute, noon))
		if got := median("sdxl/1"); got != time.Minute {
			t.Errorf("of another class it is %v", got)
		}
	})
}

func BenchmarkAccept(b *testing.B) {
	benchLengths(b, func(b *testing.B, s *Store, n int) {
		added := 0
		for b.Loop() {
			r := request(fmt.Sprint("new", added), fmt.Sprint("new", added%1000), "c")
			if err := accept(b, s, r, n); err != nil {
				b.Fatal(err)
			}
			added++
		}
	})
}
