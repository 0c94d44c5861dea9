//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/internal/store/storetest"
	"kellybot/kelly/kellytest"
)

// decoded reads JSON.
func decoded[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	return v
}

// A listing is what `admin queue` and `admin jobs` say of requests.
type listing struct {
	Requests []struct{ ID, Platform, State, Command string }
}

// withPictures counts the messages with a picture.
func withPictures(where chat) (n int) {
	for _, message := range where.Messages() {
		n += min(len(message.Files), 1)
	}
	return n
}

func TestAnOperatorLooksAfterARunningBot(t *testing.T) {
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t)
		settings := []string{"DATABASE_URL=" + url, "DATA_DIR=" + t.TempDir()}
		refused := kellytest.Detail(404, "not today")
		w.kelly.ScriptPath("image/generate", refused, refused)
		p := w.serve(settings...)
		admin := func(args ...string) string {
			t.Helper()
			stdout, stderr, code := run(t, t.TempDir(), w.settings(settings...), append([]string{"admin"}, args...)...)
			if code != 0 || stderr != "" {
				t.Fatalf("admin %s ends with %d:\n%s", args, code, stderr)
			}
			for _, secret := range []string{kellyKey, discordtest.Token, telegramtest.Token, "quokka", "Zebrafinch"} {
				if strings.Contains(stdout, secret) {
					t.Errorf("admin %s tells %q:\n%s", args, secret, stdout)
				}
			}
			return stdout
		}
		w.discord.Say(anna, "/imagine a quokka")
		w.telegram.Say(anna, "/imagine a quokka")
		p.says(`msg="a request is over" platform=discord`)
		p.says(`msg="a request is over" platform=telegram`)

		failed := decoded[listing](t, admin("jobs", "--failed", "--json"))
		if len(failed.Requests) != 2 || failed.Requests[0].State != "failed" || failed.Requests[0].Command != "imagine" {
			t.Fatalf("failed are %+v", failed)
		}
		for _, r := range failed.Requests {
			anew := decoded[struct{ ID, Of string }](t, admin("retry", strings.ToUpper(r.ID), "--json"))
			if anew.Of != r.ID || anew.ID == r.ID || anew.ID == "" {
				t.Errorf("retried is %+v", anew)
			}
			p.says("job=retry:" + r.ID + " user=" + anna.UserID + " outcome=done")
		}
		if withPictures(w.discord) != 1 || withPictures(w.telegram) != 1 {
			t.Error("the pictures did not come")
		}

		release := w.kelly.Hold()
		w.telegram.Say(anna, "/imagine another quokka")
		w.inFlight(1)
		drawing := decoded[listing](t, admin("queue", "--json"))
		if len(drawing.Requests) != 1 {
			t.Fatalf("the queue is %+v", drawing)
		}
		if r := drawing.Requests[0]; r.State != "drawing" || r.Platform != "telegram" || !strings.Contains(admin("queue"), r.ID) {
			t.Errorf("the queue is %+v", drawing)
		}
		if said, want := admin("cancel", drawing.Requests[0].ID), "is cancelled; its user is told.\n"; !strings.HasSuffix(said, want) {
			t.Errorf("it says %q", said)
		}
		p.says("outcome=cancelled")
		release()
		if w.reads(w.telegram, "Cancelled.") != 1 {
			t.Error("the user is not told of the cancellation")
		}
		if said := admin("queue"); said != "Everything is answered.\n" {
			t.Errorf("the queue is %q", said)
		}

		days := decoded[struct {
			Days []struct{ Requests, Users, Pictures, Done, Failed, Cancelled, Open int }
		}](t, admin("stats", "--days=2", "--json")).Days
		sum := days[0]
		for _, d := range days[1:] { // it is past midnight
			sum.Requests += d.Requests
			sum.Pictures += d.Pictures
			sum.Done += d.Done
			sum.Failed += d.Failed
			sum.Cancelled += d.Cancelled
		}
		if sum.Requests != 5 || sum.Users != 2 || sum.Pictures != 2 || sum.Done != 2 || sum.Failed != 2 || sum.Cancelled != 1 || sum.Open != 0 {
			t.Errorf("the days are %+v", days)
		}
		for _, want := range []string{"DAY", "TOTAL 50%"} {
			if table := admin("stats"); !strings.Contains(table, want) {
				t.Errorf("there is no %q in\n%s", want, table)
			}
		}
		if table := admin("jobs", "--limit", "1"); strings.Count(table, "\n") != 2 || !strings.Contains(table, " cancelled ") {
			t.Errorf("the newest request is\n%s", table)
		}
		w.backup(t, settings, admin)
		p.signal(syscall.SIGTERM)
		p.endsWith(0)
	})
}

func TestAnOperatorRetriesWhatFailedAtThePlayground(t *testing.T) {
	w := newWorld(t)
	settings := w.settings("DATA_DIR="+t.TempDir(), "PLAYGROUND=on", "HTTP_ADDR=127.0.0.1:0")
	w.kelly.ScriptPath("image/generate", kellytest.Detail(404, "not today"))
	p := start(t, t.TempDir(), settings)
	p.says(`msg="receiving events" platform=playground`)
	g := new(guest).visit(t, "http://"+p.addresses()[0]+"/")
	if said := g.hears("/imagine a quokka"); strings.Contains(said, "(picture)") {
		t.Fatalf("it is answered with %q", said)
	}
	listed, stderr, _ := run(t, t.TempDir(), settings, "admin", "jobs", "--failed", "--json")
	failed := decoded[listing](t, listed)
	if len(failed.Requests) != 1 {
		t.Fatalf("failed are %+v%s", failed, stderr)
	}
	if _, stderr, code := run(t, t.TempDir(), settings, "admin", "retry", failed.Requests[0].ID); code != exitOK {
		t.Fatalf("admin retry ends with %d:\n%s", code, stderr)
	}
	p.says("job=retry:" + failed.Requests[0].ID + " user=" + g.id + " outcome=done")
	told := bufio.NewScanner(g.get("api/events").Body)
	for told.Scan() && !strings.HasPrefix(told.Text(), "data: ") { // the fields before it
	}
	if !strings.Contains(told.Text(), `"images":[`) {
		t.Errorf("the picture did not come: %s", told.Text())
	}
}

// backup makes a backup, and looks into it.
func (w *world) backup(t *testing.T, settings []string, admin func(...string) string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "copy.db")
	if strings.HasPrefix(settings[0], "DATABASE_URL=postgres") {
		_, stderr, code := run(t, t.TempDir(), w.settings(settings...), "admin", "backup", file)
		if code != exitFailed || !strings.Contains(stderr, "pg_dump") {
			t.Errorf("it ends with %d:\n%s", code, stderr)
		}
		return
	}
	all := admin("jobs", "--json")
	decoded[struct{ File string }](t, admin("backup", file, "--json"))
	_, stderr, code := run(t, t.TempDir(), w.settings(settings...), "admin", "backup", file)
	if want := "kellybot: there is a file " + file + " already: name one that does not exist\n"; code != exitFailed || stderr != want {
		t.Errorf("a second one ends with %d:\n%s", code, stderr)
	}
	if copied, stderr, _ := run(t, t.TempDir(), []string{"DATABASE_URL=sqlite:" + file}, "admin", "jobs", "--json"); copied != all {
		t.Errorf("in the copy are %s%s, and not %s", copied, stderr, all)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy is %v (%v)", info, err)
	}
}

func TestAnOperatorIsToldWhatCannotBeChanged(t *testing.T) {
	w := newWorld(t)
	settings := w.settings("DATA_DIR=" + t.TempDir())
	p := start(t, t.TempDir(), settings)
	p.says("receiving events")
	for args, want := range map[[2]string]string{
		{"retry", "0123456789abc"}:        "kellybot: there is no request 0123456789abc (any more): kellybot admin jobs lists the newest\n",
		{"cancel", "0123456789abc"}:       "kellybot: there is no request 0123456789abc (any more): kellybot admin jobs lists the newest\n",
		{"backup", "no/such/folder/file"}: "kellybot: no/such/folder/file cannot be written (no such file or directory)\n",
	} {
		if _, stderr, code := run(t, t.TempDir(), settings, "admin", args[0], args[1]); code != exitFailed || stderr != want {
			t.Errorf("admin %s ends with %d:\n%s", args, code, stderr)
		}
	}
}
