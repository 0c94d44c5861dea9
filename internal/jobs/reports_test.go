package jobs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
)

// reported has b report a picture of a's, and returns the picture's id and the
// report's.
func (w *world) reported(request string) (picture, id string) {
	w.t.Helper()
	picture = idOf(w.do("a", request, func(*commands.Job) {}), 1)
	by := by("b", "ca")
	by.Message = "m" + request
	seen, err := w.Picture(w.t.Context(), by, picture)
	if err == nil {
		err = w.Report(w.t.Context(), by, seen, "that is me")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.Report(w.t.Context(), by, seen, "again"); !errors.Is(err, commands.ErrReported) {
		w.t.Errorf("it is reported twice: %v", err)
	}
	reports, err := w.Store.ReportsOf(w.t.Context(), w.Store.Hash("user:telegram:b"))
	if err != nil || len(reports) == 0 {
		w.t.Fatal(err)
	}
	return picture, reports[0].ID
}

func TestAReportReachesEachAdminWhoCanBeTold(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Admins = []string{"discord:1", "mute:2", "telegram:3"} })
		picture, id := w.reported("a0")
		for _, admin := range []string{"discord:1", "telegram:3"} {
			key := "report:" + id + ":" + admin
			w.wait("the admin to be told", func() bool { return len(w.answers[key]) > 0 })
			w.wait("its record", func() bool { return strings.Contains(w.log.String(), "job="+key) })
			w.set(func() {
				reply := w.answers[key][0]
				text := reply.Text.String()
				for _, want := range []string{"reported: that is me", "a0", picture, "telegram:a", "telegram:b", "chat:telegram:ca"} {
					if !strings.Contains(text, want) {
						t.Errorf("%s reads no %q: %s", admin, want, text)
					}
				}
				if len(reply.Images) != 1 || !reply.Images[0].Spoiler || len(reply.Buttons) != 3 || reply.Buttons[0].ID != id {
					t.Errorf("%s sees %+v", admin, reply)
				}
			})
		}
		latest, err := w.Store.Latest(t.Context(), false, 10)
		counted := 0
		if err == nil {
			err = w.Store.Courses(t.Context(), time.Time{}, func(store.Course) { counted++ })
		}
		if err != nil || len(latest) != 1 || counted != 1 {
			t.Errorf("the operator is shown %d requests and %d are counted (%v): what tells admins was not asked for", len(latest), counted, err)
		}
		if log := w.said(); !strings.Contains(log, "an admin cannot be told of a report") || !strings.Contains(log, "user=2") || strings.Contains(log, "that is me") {
			t.Errorf("the log says %s", log)
		}
	})
}

func TestAnAdminErasesWhatWasReported(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Admins = []string{"telegram:3"} })
		picture, id := w.reported("a0")
		if err := w.Erase(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		w.set(func() {
			if !slices.Equal(w.removed, []string{"ma0", "ma0.1"}) {
				t.Errorf("removed are %q", w.removed)
			}
		})
		shown := job("a", "again")
		shown.Work, shown.Source = commands.ToShow, &commands.Source{ID: picture}
		if err := w.Accept(t.Context(), shown); err != nil {
			t.Fatal(err)
		}
		w.failed("again", "There is no such picture for you here")
		if err := w.Erase(t.Context(), "none"); !errors.Is(err, commands.ErrFinished) {
			t.Errorf("a report that is not there: %v", err)
		}
	})
}

func TestAReportLeadsToNobodyElsesMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Admins = []string{"telegram:3"} })
	picture := idOf(w.do("a", "a0", func(*commands.Job) {}), 1)
	w.do("a", "a1", func(*commands.Job) {})
	w.over("a0")
	w.over("a1")
	var ids []string
	for reporter, message := range map[string]string{"b": "a message of the chat's owner", "c": "ma1"} {
		by := by(reporter, "ca")
		by.Message = message // to which /report --id replies
		seen, err := w.Picture(t.Context(), by, picture)
		if err == nil {
			err = w.Report(t.Context(), by, seen, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		reports, err := w.Store.ReportsOf(t.Context(), w.Store.Hash("user:telegram:"+reporter))
		if err != nil || len(reports) != 1 {
			t.Fatal(reports, err)
		}
		ids = append(ids, reports[0].ID)
	}
	for _, id := range ids {
		if err := w.Erase(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	w.set(func() {
		if slices.ContainsFunc(w.removed, func(m string) bool { return m != "ma0" && m != "ma0.1" }) {
			t.Errorf("removed are %q", w.removed)
		}
	})
}

func TestAForgottenReportTellsNothingMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Admins = []string{"telegram:3"} })
	_, id := w.reported("a0")
	if err := w.Jobs.Forget(t.Context(), alone("b")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Reported(t.Context(), id); !errors.Is(err, commands.ErrFinished) {
		t.Errorf("the report is there: %v", err)
	}
}

func TestAReportThatReachesNobodyIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Admins = []string{"mute:2"} })
	for range 2 {
		err := w.Report(t.Context(), by("b", "ca"), commands.Picture{ID: "p", Job: job("a", "x")}, "")
		if said := commands.Explain(err).String(); err == nil || !strings.Contains(said, "reached nobody") {
			t.Errorf("the reporter reads %q (%v)", said, err)
		}
	}
}

func TestNobodyFloodsTheAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Admins = []string{"telegram:3"} })
	for n := range maxReports + 1 {
		err := w.Report(t.Context(), by("b", "ca"), commands.Picture{ID: fmt.Sprintf("p%d", n), Job: job("a", "x")}, "")
		limit, over := errors.AsType[*commands.LimitError](err)
		if n < maxReports && err != nil || n == maxReports && (!over || limit.Limit != commands.ReportLimit) {
			t.Errorf("report %d: %v", n, err)
		}
	}
}
