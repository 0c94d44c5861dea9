package jobs

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
)

// alone is a request of the user's in a private chat.
func alone(user string) *commands.Request {
	return &commands.Request{
		Address: commands.Address{Platform: "telegram"}, User: commands.User{ID: user}, Chat: commands.Chat{ID: user, Private: true}, Alone: true,
	}
}

// remains are the tables, the engine's too, that hold the word, and on SQLite
// the files.
func (w *world) remains(word string) (found []string) {
	w.t.Helper()
	query := func(query string) (all []string) {
		rows, err := w.Store.Read.QueryContext(w.t.Context(), query)
		if err != nil {
			w.t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var one string
			if err := rows.Scan(&one); err != nil {
				w.t.Fatal(err)
			}
			all = append(all, one)
		}
		if err := rows.Err(); err != nil {
			w.t.Fatal(err)
		}
		return all
	}
	if w.Store.Pool != nil {
		for _, table := range query(`SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_schema IN ('public', 'dbos')`) {
			for range query(fmt.Sprintf(`SELECT 'x' FROM %s t WHERE CAST(t AS TEXT) LIKE '%%%s%%'`, table, word)) {
				found = append(found, table)
			}
		}
		return found
	}
	files, err := filepath.Glob(strings.TrimPrefix(w.url, "sqlite:") + "*")
	if err != nil || len(files) < 2 {
		w.t.Fatalf("%q, %v", files, err)
	}
	for _, name := range files {
		if content, err := os.ReadFile(name); err != nil || strings.Contains(string(content), word) {
			found = append(found, filepath.Base(name))
		}
	}
	return found
}

// keep gives the user a setting, a style and an offer, all with the word.
func (w *world) keep(user, word string) {
	w.t.Helper()
	err := w.Change(w.t.Context(), commands.UserScope(alone(user)), func(s *commands.Settings) error {
		s.Negative, s.Styles = word, map[string]commands.Preset{"pastel": {Words: word}}
		return nil
	})
	if err == nil {
		_, err = w.Offer(w.t.Context(), alone(user), []commands.Request{{Command: "imagine", Text: word}})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestNobodyGetsPastALimitByBeingForgotten(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Admins = []string{"telegram:3"} })
		var pictures []commands.Picture
		for _, id := range []string{"a0", "a1", "a2"} {
			reply := w.do("a", id, func(j *commands.Job) { j.Count = commands.MaxCount })
			for n := range reply.Images {
				picture, err := w.Picture(t.Context(), by("b", "ca"), idOf(reply, n+1))
				if err != nil {
					t.Fatal(err)
				}
				pictures = append(pictures, picture)
			}
		}
		w.Policy.Cooldown = time.Hour
		w.do("b", "b0", func(*commands.Job) {})
		w.over("b0")
		for n := range maxReports {
			if err := w.Report(t.Context(), by("b", "ca"), pictures[n], ""); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := w.Jobs.Forget(t.Context(), alone("b")); err != nil {
				t.Fatal(err)
			}
			if err := w.scrubOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := w.pruneOnce(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Store.Get(t.Context(), "b0"); !errors.Is(err, store.ErrGone) {
			t.Errorf("the request is there: %v", err)
		}
		if _, is := over(w.asked("b", "b1", nil), commands.CooldownLimit); !is {
			t.Error("the next is accepted at once")
		}
		var limit *commands.LimitError
		if err := w.Report(t.Context(), by("b", "ca"), pictures[maxReports], ""); !errors.As(err, &limit) || limit.Limit != commands.ReportLimit {
			t.Errorf("one more report: %v", err)
		}
		w.Policy.Cooldown = 0
		if err := w.pruneOnce(t.Context(), time.Now().Add(25*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.Policy.Cooldown = time.Hour
		if err := w.asked("b", "b2", nil); err != nil {
			t.Errorf("after a day it is still known: %v", err)
		}
	})
}

func TestWhoIsForgottenLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		w.accept("zebrafinch", "zebrafinch-done")
		w.accept("other", "other-done")
		w.answered("zebrafinch-done", "other-done")
		w.keep("zebrafinch", "zebrafinch words")
		w.keep("other", "other words")
		drawn, err := w.Store.Pictures(t.Context(), "zebrafinch-done")
		if err != nil || len(drawn) != 1 {
			t.Fatal(drawn, err)
		}
		release := w.hold()
		w.accept("zebrafinch", "zebrafinch-open")
		w.accept("other", "other-open")
		w.wait("both to be drawn", func() bool { return len(w.order) == 4 })
		if len(w.remains("zebrafinch")) == 0 {
			t.Fatal("nothing is found of anybody")
		}

		if err := w.Jobs.Forget(t.Context(), alone("zebrafinch")); err != nil {
			t.Fatal(err)
		}
		w.wait("the end of what was open", func() bool { return len(w.answers["zebrafinch-open"]) == 1 })
		if got := w.answers["zebrafinch-open"][0].Text.String(); got != "Cancelled." {
			t.Errorf("what was open ends with %q", got)
		}
		w.wait("the record", func() bool { return strings.Contains(w.log.String(), "job=zebrafinch-open ") })
		var left []string
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			if err := w.scrubOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if left = w.remains("zebrafinch"); len(left) == 0 {
				break
			}
		}
		if len(left) > 0 {
			t.Errorf("of who is forgotten there is still something in %v", left)
		}
		if _, _, err := w.Files.Open(drawn[0].Key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the picture's file: %v", err)
		}

		release()
		w.answered("other-open")
		if own, _, err := w.Settings(t.Context(), commands.UserScope(alone("other")), "none"); err != nil || own.Negative != "other words" {
			t.Errorf("another has %+v, %v", own, err)
		}
		// And one may begin anew.
		w.accept("zebrafinch", "zebrafinch-new")
		w.answered("zebrafinch-new")
		if err := w.scrubOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Store.Get(t.Context(), "zebrafinch-new"); err != nil {
			t.Errorf("what was asked for afterwards: %v", err)
		}
	})
}

func TestAPictureThatIsShownAgainIsNotKeptTwice(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Describe = true })
		id := idOf(w.do("a", "a0", func(j *commands.Job) { j.Generate.Prompt = "zebrafinch" }), 1)
		show := func(j *commands.Job) {
			j.Request.Chat.ID, j.Work, j.Source, j.Generate.Prompt = "ca", commands.ToShow, &commands.Source{ID: id}, "zebrafinch"
		}
		reply := w.do("b", "b0", show)
		if text := reply.Text.String(); !strings.HasPrefix(text, "zebrafinch\nPhotoPerfect · 64×64") || !strings.HasPrefix(reply.Images[0].Alt, altQuestion) {
			t.Errorf("it is shown as %q, %q", text, reply.Images[0].Alt)
		}
		w.set(func() { w.deliver = func(commands.Address) error { return commands.ErrUndeliverable } })
		asked := job("b", "b1")
		show(&asked)
		if err := w.Accept(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		w.over("b1")
		if keys, err := w.Files.Keys(); err != nil || !slices.Equal(keys, []string{id + ".png"}) {
			t.Errorf("the files are %v, %v", keys, err)
		}

		w.set(func() { w.deliver = func(commands.Address) error { return errors.New("away") } })
		asked = job("b", "b2")
		show(&asked)
		if err := w.Accept(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		w.wait("a delivery in vain", func() bool { return strings.Contains(w.log.String(), "could not be delivered yet") })
		if err := w.Jobs.Forget(t.Context(), by("a", "ca")); err != nil {
			t.Fatal(err)
		}
		w.set(func() { w.deliver = nil })
		w.over("b2")
		if late := w.answers["b2"]; len(late) != 1 || !late[0].Failed || len(late[0].Images) > 0 {
			t.Errorf("what was on its way comes as %+v", late)
		}
		eventually(t, "the end of all copies", func() bool {
			if err := w.scrubOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			keys, err := w.Files.Keys()
			return err == nil && len(keys) == 0 && len(w.remains("zebrafinch")) == 0
		})
	})
}

func TestNoOfferOutlivesARequestThatIsForgotten(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		offers := func() int {
			all, err := w.Store.Offers(t.Context(), string(commands.UserScope(by("a", "ca"))))
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		asked := job("a", "a0")
		asked.Generate.Model, asked.ModelUnchecked = "PhotoPerfekt", true
		reason := commands.Settle(t.Context(), w.Catalog, new(asked))
		if err := w.Accept(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		w.over("a0")
		if offers() == 0 {
			t.Fatal("nothing is offered in place of a model that is not there")
		}
		row, err := w.Store.Get(t.Context(), "a0")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Jobs.Forget(t.Context(), by("a", "ca")); err != nil {
			t.Fatal(err)
		}
		// What its work would record that had failed just before.
		record := w.Jobs.drawn(t.Context(), row, run{ID: row.ID}, row.Attempts, nil, reason, time.Now())
		err = w.Store.InTx(t.Context(), func(tx *sql.Tx) error { return record(t.Context(), tx) })
		if !errors.Is(err, store.ErrGone) || offers() != 0 {
			t.Errorf("%d offers are left: %v", offers(), err)
		}
	})
}

func TestAFileWhoseRequestIsGoneIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.accept("a", "a0")
	w.answered("a0")
	lost := store.NewShort() + "2.png"
	if err := w.Files.Write(lost, []byte("picture")); err != nil {
		t.Fatal(err)
	}
	if err := w.pruneOnce(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	kept, err := w.Store.Pictures(t.Context(), "a0")
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := w.Files.Keys(); err != nil || len(keys) != 1 || keys[0] != kept[0].Key {
		t.Errorf("there are %v, %v", keys, err)
	}
}

func TestAnExportIsAllThatIsStoredButTheAddress(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		w.accept("a", "a0", "a1")
		w.accept("other", "other0")
		w.answered("a0", "a1", "other0")
		w.keep("a", "my own words")
		w.keep("other", "other words")
		w.wait("the records", func() bool { return strings.Count(w.log.String(), "a request is over") == 3 })
		release := w.hold()
		defer release()
		secret := job("a", "a2")
		secret.Request.Address.Data = []byte(`"a2+token"`)
		if err := w.Accept(t.Context(), secret); err != nil {
			t.Fatal(err)
		}

		data, cut, err := w.Export(t.Context(), alone("a"))
		if err != nil || cut {
			t.Fatal(err, cut)
		}
		var got struct {
			User     string
			Settings commands.Settings
			Offers   []struct{ Body commands.Request }
			Requests []struct {
				ID, State, Link, Message string
				Body                     commands.Job
				Pictures                 []struct{ ID string }
			}
		}
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if got.User != "a" || got.Settings.Negative != "my own words" || got.Settings.Styles["pastel"].Words != "my own words" ||
			len(got.Offers) != 1 || got.Offers[0].Body.Text != "my own words" || len(got.Requests) != 3 {
			t.Errorf("it is %s", data)
		}
		for _, r := range got.Requests {
			if id := r.Body.Request.ID; r.Body.Generate.Prompt != id || id != "a2" && (len(r.Pictures) != 1 || r.Link != "https://chat/"+id || r.State != store.Done) {
				t.Errorf("a request is %+v", r)
			}
		}
		if text := string(data); strings.Contains(text, "token") || strings.Contains(text, "other") {
			t.Errorf("it is %s", text)
		}
	})
}

func TestAnExportThatIsTooLargeLeavesOutTheOldest(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"long":               `{"prompt":"` + strings.Repeat("x", maxExport/2-1000) + `"}`,
		"long when laid out": `{"n":[1` + strings.Repeat(",1", maxExport/2/13-1000) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			for i := range 3 {
				r := store.Request{
					ID: fmt.Sprint("r", i), Short: store.NewShort(), Platform: "telegram", User: "a", Chat: "c", AcceptedAt: time.Now().Add(-time.Duration(i+1) * time.Hour),
					Body: []byte(body), Address: []byte(`{}`),
				}
				if _, err := store.Insert(t.Context(), w.Store.DB, r); err != nil {
					t.Fatal(err)
				}
			}
			data, cut, err := w.Export(t.Context(), alone("a"))
			if err != nil || !cut || !strings.Contains(string(data), `"r1"`) || strings.Contains(string(data), `"r2"`) || len(data) > maxExport+1000 {
				t.Errorf("%d bytes, cut %v, %v", len(data), cut, err)
			}
		})
	}
}
