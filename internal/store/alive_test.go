package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

func TestAProcessIsAliveWhileItBeats(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		alive := func(within time.Duration) bool {
			alive, err := s.Alive(t.Context(), within)
			must(t, err)
			return alive["me"]
		}
		if alive(time.Hour) {
			t.Error("it is before its first beat")
		}
		for range 2 {
			must(t, s.Beat(t.Context(), "me"))
			if !alive(time.Hour) {
				t.Error("it is not")
			}
		}
		if alive(-time.Hour) { // as an hour and a bit later
			t.Error("it still is")
		}
		must(t, s.Leave(t.Context(), "me"))
		if alive(time.Hour) {
			t.Error("it is after it left")
		}
	})
}

func TestALeaseIsOneProcesss(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for _, step := range []struct {
			executor string
			length   time.Duration
			want     bool
		}{
			{"a", time.Hour, true},
			{"b", time.Hour, false},
			{"a", -time.Second, true}, // renewed, and run out by now
			{"b", time.Hour, true},
			{"a", time.Hour, false},
		} {
			if has, err := s.Acquire(t.Context(), "poll", step.executor, step.length); err != nil || has != step.want {
				t.Errorf("%+v: %v, %v", step, has, err)
			}
		}
		if has, err := s.Acquire(t.Context(), "another", "a", time.Hour); err != nil || !has {
			t.Errorf("another lease: %v, %v", has, err)
		}
		must(t, s.Release(t.Context(), "poll", "a")) // which has it no more
		if has, err := s.Acquire(t.Context(), "poll", "a", time.Hour); err != nil || has {
			t.Errorf("it took another's: %v, %v", has, err)
		}
		must(t, s.Release(t.Context(), "poll", "b"))
		if has, err := s.Acquire(t.Context(), "poll", "a", time.Hour); err != nil || !has {
			t.Errorf("given back: %v, %v", has, err)
		}
	})
}

// putBack moves what the statement names an hour ahead, as if the
// database's clock were put back by it.
func putBack(t *testing.T, s *Store, statement string) {
	t.Helper()
	_, err := s.DB.ExecContext(t.Context(), statement, time.Hour.Milliseconds())
	must(t, err)
}

func TestNeitherALeaseNorABeatOutlivesAClockThatIsPutBack(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		has, err := s.Acquire(t.Context(), "poll", "dead", time.Minute)
		must(t, err)
		must(t, s.Beat(t.Context(), "dead"))
		putBack(t, s, `UPDATE leases SET until = until + $1`)
		putBack(t, s, `UPDATE heartbeats SET seen = seen + $1`)
		alive, err := s.Alive(t.Context(), time.Minute)
		must(t, err)
		if !has || alive["dead"] {
			t.Error("the dead process is alive")
		}
		if has, err := s.Acquire(t.Context(), "poll", "next", time.Minute); err != nil || !has {
			t.Errorf("nobody else gets the lease: %v, %v", has, err)
		}
	})
}

func absent(t *testing.T, s *Store, executor string) bool {
	t.Helper()
	absent, err := s.Absent(t.Context(), executor)
	must(t, err)
	return absent
}

func TestAnEndedProcessIsAbsentAtOnce(t *testing.T) {
	url := storetest.Postgres(t)
	watcher := openStore(t, url)
	other, err := Open(t.Context(), url)
	must(t, err)
	must(t, other.Beat(t.Context(), "other"))
	for range 2 {
		must(t, other.Beat(t.Context(), "other"))
		if absent(t, watcher, "other") {
			t.Error("it is while it lives")
		}
	}
	must(t, other.Close())
	for !absent(t, watcher, "other") { // the server ends the session in its own time
		must(t, t.Context().Err())
	}
}

func TestAProcessIsPresentAgainAfterItsConnectionWasCut(t *testing.T) {
	url := storetest.Postgres(t)
	watcher, s := openStore(t, url), openStore(t, url)
	must(t, s.Beat(t.Context(), "me"))
	var cut bool
	must(t, watcher.DB.QueryRow(`SELECT bool_and(pg_terminate_backend(pid, 10000)) FROM pg_locks
		WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&cut))
	if !cut || !absent(t, watcher, "me") {
		t.Fatalf("its connection was cut: %v", cut)
	}
	for absent(t, watcher, "me") {
		must(t, s.Beat(t.Context(), "me"))
	}
}

func TestOneProcessOnAFileIsNeverAbsent(t *testing.T) {
	s := openStore(t, storetest.SQLite(t))
	must(t, s.Beat(t.Context(), "local"))
	if absent(t, s, "local") || absent(t, s, "other") {
		t.Error("it is")
	}
}

func TestExclusiveWorkMayUseTheDatabase(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		ran := false
		must(t, s.Exclusively(t.Context(), "work", func() error {
			ran = true
			return s.Beat(t.Context(), "me")
		}))
		if !ran {
			t.Error("it did not run")
		}
	})
}

func TestOneProcessAtATimeWorksExclusively(t *testing.T) {
	url := storetest.Postgres(t)
	a, b := openStore(t, url), openStore(t, url)
	free := func(name string) bool { return absent(t, b, name) } // it is the same kind of lock
	must(t, a.Exclusively(t.Context(), "work", func() error {
		if free("work") {
			t.Error("another may do the same")
		}
		if !free("other work") {
			t.Error("another may do nothing")
		}
		return nil
	}))
	must(t, b.Exclusively(t.Context(), "work", func() error { return nil }))
}

func TestADatabaseFileThatIsReplacedTakesNoBeat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kellybot.db")
	s := openStore(t, "sqlite:"+path)
	must(t, s.Beat(t.Context(), "local"))
	must(t, os.Rename(path, path+".old"))
	if s.Beat(t.Context(), "local") == nil {
		t.Error("it beats without its file")
	}
	must(t, os.WriteFile(path, nil, 0o600))
	if s.Beat(t.Context(), "local") == nil {
		t.Error("it beats beside another file")
	}
	must(t, os.Rename(path+".old", path))
	must(t, s.Beat(t.Context(), "local"))
}
