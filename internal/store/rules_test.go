package store

import (
	"database/sql"
	"reflect"
	"slices"
	"testing"
	"time"

	"kellybot/internal/store/storetest"
)

func put(t *testing.T, s *Store, r Rule) {
	t.Helper()
	must(t, s.InTx(t.Context(), func(tx *sql.Tx) error { return PutRule(t.Context(), tx, s.Hash(r.Subject), r) }))
}

func rule(t *testing.T, s *Store, scope string) Rule {
	t.Helper()
	r, err := RuleOf(t.Context(), s.Read, s.Hash(scope))
	must(t, err)
	return r
}

func TestRulesAreKeptAndReplaced(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		if got := rule(t, s, "user:discord:1"); !reflect.DeepEqual(got, Rule{}) {
			t.Errorf("of nobody it is %+v", got)
		}
		for _, want := range []Rule{
			{Subject: "user:discord:1", Banned: true, Reason: "spam"},
			{Subject: "user:discord:1", Banned: true, Until: noon.Local()},
			{Subject: "user:discord:1", Daily: new(0)},
			{Subject: "user:discord:1", Daily: new(7), Lifted: true},
		} {
			put(t, s, want)
			if got := rule(t, s, want.Subject); !reflect.DeepEqual(got, want) {
				t.Errorf("it is %+v, want %+v", got, want)
			}
		}
		put(t, s, Rule{Subject: "chat:discord:1", Lifted: true})
		all, others, err := s.Rules(t.Context(), 0, 10)
		if err != nil || len(all) != 2 || all[0].Subject != "chat:discord:1" || others != 0 {
			t.Errorf("there are %+v and %d others (%v)", all, others, err)
		}
		if all, _, err := s.Rules(t.Context(), 1, 1); err != nil || len(all) != 1 || all[0].Subject != "user:discord:1" {
			t.Errorf("the second is %+v (%v)", all, err)
		}
		put(t, s, Rule{Subject: "user:discord:1"})
		if all, _, err := s.Rules(t.Context(), 0, 10); err != nil || len(all) != 1 {
			t.Errorf("a rule that says nothing is kept: %+v (%v)", all, err)
		}
	})
}

func TestABanOutlivesForgettingWithoutSayingWhoseItIs(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		const scope = "user:discord:4711"
		put(t, s, Rule{Subject: scope, Banned: true, Until: noon.Local(), Reason: "personal words"})
		must(t, AddUsage(t.Context(), s.DB, today, 2, s.Hash(scope)))
		_, err := AddReport(t.Context(), s.DB, Report{ID: "r", Picture: "p", Scope: s.Hash(scope), Body: []byte("{}"), At: noon})
		must(t, err)
		_, err = s.Forget(t.Context(), s.DB, "discord", "4711", scope)
		must(t, err)
		must(t, s.migrate(t.Context())) // as at the next start: the key is the same ever after
		if got, want := rule(t, s, scope), (Rule{Banned: true, Until: noon.Local()}); !reflect.DeepEqual(got, want) {
			t.Errorf("it is %+v, want %+v", got, want)
		}
		if used, err := Used(t.Context(), s.Read, today, s.Hash(scope), s.Hash("user:discord:1")); err != nil || !slices.Equal(used, []int{2, 0}) {
			t.Errorf("the quota is %d (%v)", used, err)
		}
		if reports, err := s.ReportsOf(t.Context(), s.Hash(scope)); err != nil || len(reports) > 0 {
			t.Errorf("reports are kept: %+v (%v)", reports, err)
		}
		if all, others, err := s.Rules(t.Context(), 0, 10); err != nil || len(all) != 0 || others != 1 {
			t.Errorf("there are %+v and %d others (%v)", all, others, err)
		}
	})
}

func TestEachDatabaseHashesInItsOwnWay(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		other := openStore(t, storetest.SQLite(t))
		if a, b := s.Hash("user:discord:1"), other.Hash("user:discord:1"); a == b || a == s.Hash("user:discord:2") {
			t.Errorf("they are %s and %s", a, b)
		}
	})
}

func TestAPictureIsReportedOnceByEach(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for i, step := range []struct {
			picture, scope string
			fresh          bool
		}{{"p", "a", true}, {"p", "a", false}, {"p", "b", true}, {"q", "a", true}} {
			r := Report{ID: string(rune('a' + i)), Picture: step.picture, Scope: step.scope, Body: []byte(`{"reason":""}`), At: noon.Local()}
			fresh, err := AddReport(t.Context(), s.DB, r)
			must(t, err)
			if fresh != step.fresh {
				t.Errorf("%+v is fresh: %t", step, fresh)
			}
			if got, err := s.Report(t.Context(), r.ID); step.fresh && (err != nil || !reflect.DeepEqual(got, r)) {
				t.Errorf("it is %+v (%v), want %+v", got, err, r)
			}
		}
		n, err := CountReports(t.Context(), s.DB, "a", noon.Add(-time.Second))
		if later, laterErr := CountReports(t.Context(), s.DB, "a", noon); n != 2 || later != 0 || err != nil || laterErr != nil {
			t.Errorf("it counts %d and %d (%v, %v)", n, later, err, laterErr)
		}
		must(t, s.PruneReports(t.Context(), noon.Add(time.Second)))
		if reports, err := s.ReportsOf(t.Context(), "a"); err != nil || len(reports) > 0 {
			t.Errorf("old ones are kept: %+v (%v)", reports, err)
		}
	})
}

func TestAScopesPicturesAreCountedBesideTheDays(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		must(t, AddUsage(t.Context(), s.DB, today, 3, "a", "b"))
		must(t, AddUsage(t.Context(), s.DB, today, -1, "a"))
		must(t, AddUsage(t.Context(), s.DB, "2026-01-30", 5, "a"))
		if used, err := Used(t.Context(), s.Read, today, "", "a", "b", "c"); err != nil || !slices.Equal(used, []int{2, 2, 3, 0}) {
			t.Errorf("it counts %d (%v)", used, err)
		}
		must(t, s.PruneUsage(t.Context(), today))
		if used, err := Used(t.Context(), s.Read, "2026-01-30", "a", ""); err != nil || !slices.Equal(used, []int{0, 5}) {
			t.Errorf("of the day before there is %d (%v)", used, err)
		}
	})
}

func TestTheNewestRequestForPicturesIsKnown(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		s := openStore(t, url)
		for i, r := range []struct {
			id    string
			asked int
		}{{"a", 1}, {"words", 0}, {"cancelled", 1}} {
			row := request(r.id, "u", "c")
			row.AskedFor, row.AcceptedAt = r.asked, noon.Add(time.Duration(i)*time.Second)
			insert(t, s, row)
		}
		_, err := Cancel(t.Context(), s.DB, "cancelled", "", noon)
		must(t, err)
		if at, err := LastAsked(t.Context(), s.Read, "discord", "u", "words"); err != nil || !at.Equal(noon) {
			t.Errorf("it is %s (%v)", at, err)
		}
		if at, err := LastAsked(t.Context(), s.Read, "discord", "u", "a"); err != nil || !at.IsZero() {
			t.Errorf("of nobody it is %s (%v)", at, err)
		}
	})
}
