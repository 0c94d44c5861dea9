//go:build unix

package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/internal/store/storetest"
	"kellybot/kelly/kellytest"
)

func TestCheckSaysForEachServiceWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	stdout, stderr, code := run(t, t.TempDir(), w.settings(), "check")
	if code != 0 || stderr != "" || strings.Count(stdout, ": OK, ") != 4 || !strings.Contains(stdout, "@"+telegramtest.Username) {
		t.Errorf("all is well: exit code %d\n%s%s", code, stdout, stderr)
	}

	w.kelly.Always(kellytest.Detail(http.StatusUnauthorized, "no"))
	w.discord.RefuseToken()
	w.telegram.RefuseToken()
	stdout, _, code = run(t, t.TempDir(), w.settings(), "check")
	checked(t, "refused", stdout, code,
		"Kelly: access is refused; set KELLY_API_KEY", "Discord: access is refused; set DISCORD_TOKEN", "Telegram: access is refused; set TELEGRAM_TOKEN", "DATA_DIR: OK, ")

	w.kelly.Always(kellytest.HTML)
	stdout, _, code = run(t, t.TempDir(), w.settings("DISCORD_TOKEN=", "TELEGRAM_TOKEN="), "check")
	checked(t, "not the API", stdout, code,
		"Kelly: no good answer (", "Discord: not configured, the bot is not there; set DISCORD_TOKEN", "Telegram: not configured, the bot is not there; set TELEGRAM_TOKEN", "DATA_DIR: OK, ")

	// Nothing listens on port 1.
	stdout, _, code = run(t, t.TempDir(), w.settings("KELLY_API_URL=http://127.0.0.1:1/", "DISCORD_API_URL=http://127.0.0.1:1", "TELEGRAM_API_URL=http://127.0.0.1:1"), "check")
	checked(t, "unreachable", stdout, code,
		"Kelly: cannot be reached (connection refused); see KELLY_API_URL", "Discord: cannot be reached (connection refused); see DISCORD_API_URL",
		"Telegram: cannot be reached (connection refused); see TELEGRAM_API_URL", "DATA_DIR: OK, ")
}

func TestCheckSaysWhetherTheDatabaseAnswers(t *testing.T) {
	w := newWorld(t)
	stdout, _, code := run(t, t.TempDir(), w.settings("DATABASE_URL=postgres://u:p@127.0.0.1:1/kelly"), "check")
	checked(t, "PostgreSQL away", stdout, code, "Kelly: OK", "Discord: OK", "Telegram: OK", "DATA_DIR: OK, ", "DATABASE_URL: PostgreSQL at 127.0.0.1:1 does not answer")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, _, code = run(t, folder, w.settings("DATABASE_URL=sqlite:file/kelly.db"), "check")
	checked(t, "no folder", stdout, code, "Kelly: OK", "Discord: OK", "Telegram: OK", "DATA_DIR: OK, ", "DATABASE_URL: file cannot be written (not a directory)")
	if stdout, _, code := run(t, t.TempDir(), w.settings("DATABASE_URL=sqlite:kelly.db"), "check"); code != 0 || !strings.Contains(stdout, "DATABASE_URL: OK, . can be written") {
		t.Errorf("a file: exit code %d\n%s", code, stdout)
	}
	if stdout, _, code := run(t, t.TempDir(), w.settings("DATABASE_URL="+storetest.Postgres(t)), "check"); code != 0 || !strings.Contains(stdout, "DATABASE_URL: OK, PostgreSQL answers") {
		t.Errorf("PostgreSQL: exit code %d\n%s", code, stdout)
	}
}

func TestCheckFindsTheDefaultModelOnNoList(t *testing.T) {
	for _, key := range []string{"KELLY_API_KEY=k", "KELLY_API_KEY="} {
		w := newWorld(t)
		stdout, _, code := run(t, t.TempDir(), w.settings(key, "DEFAULT_MODEL=PhotoPerfekt"), "check")
		checked(t, "no such model", stdout, code, `DEFAULT_MODEL, which is "PhotoPerfekt", is none of them; the nearest is PhotoPerfect`,
			"Discord: OK", "Telegram: OK", "DATA_DIR: OK, ")
		if _, stderr, code := run(t, t.TempDir(), w.settings(key, "DEFAULT_MODEL=photo perfect"), "check"); code != 0 {
			t.Errorf("a model's name as people write it: exit code %d\n%s", code, stderr)
		}
	}
}

func TestCheckFindsAFolderThatCannotBeWrittenAndMakesNothing(t *testing.T) {
	w := newWorld(t)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	nested := filepath.Join("file", "data")
	stdout, _, code := run(t, folder, w.settings("DATA_DIR="+nested), "check")
	checked(t, "below a file", stdout, code, "Kelly: OK", "Discord: OK", "Telegram: OK", "DATA_DIR: "+nested+" cannot be written (not a directory)")
	if stdout, _, code := run(t, folder, w.settings("DATA_DIR="+filepath.Join("new", "data")), "check"); code != 0 {
		t.Errorf("a folder that can be made: exit code %d\n%s", code, stdout)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("it leaves %v behind (%v)", entries, err)
	}
}

func TestCheckSaysWhetherTheAddressesAreFree(t *testing.T) {
	w := newWorld(t)
	p := w.serve("HTTP_ADDR=127.0.0.1:0", "METRICS_ADDR=127.0.0.1:0")
	own, ownMetrics := p.addresses()[0], p.addresses()[1]
	if page, _ := get(t, own+"/healthz"); page != http.StatusOK {
		own, ownMetrics = ownMetrics, own
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stranger := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = stranger.Serve(taken) }()
	defer stranger.Close()
	theirs := taken.Addr().String()
	for name, c := range map[string]struct {
		http, metrics string
		code          int
		says          []string
	}{
		"free":            {"127.0.0.1:0", "127.0.0.1:0", 0, []string{"HTTP_ADDR: OK, 127.0.0.1:0 can be listened on", "METRICS_ADDR: OK, 127.0.0.1:0 can"}},
		"the bot's own":   {own, ownMetrics, 0, []string{"HTTP_ADDR: OK, kellybot runs and listens on " + own + " already", "METRICS_ADDR: OK, kellybot runs"}},
		"somebody has it": {theirs, "", 1, []string{"HTTP_ADDR: " + theirs + " cannot be listened on (address already in use); set HTTP_ADDR to another address, such as 127.0.0.1:8081, or off."}},
		"the metrics'":    {"off", theirs, 1, []string{"METRICS_ADDR: " + theirs + " cannot be listened on (address already in use); set METRICS_ADDR to another address, such as 127.0.0.1:9091."}},
	} {
		stdout, stderr, code := run(t, t.TempDir(), w.settings("HTTP_ADDR="+c.http, "METRICS_ADDR="+c.metrics), "check")
		if code != c.code || stderr != "" {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
		for _, want := range c.says {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: it lacks %q:\n%s", name, want, stdout)
			}
		}
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
}

func TestInterruptedCheckSaysSo(t *testing.T) {
	w := newWorld(t)
	asked := make(chan struct{}, 1)
	w.kelly.Always(func(answer http.ResponseWriter, r *kellytest.Request) {
		asked <- struct{}{}
		kellytest.Hang(answer, r)
	})
	p := start(t, t.TempDir(), w.settings("DISCORD_TOKEN=", "TELEGRAM_TOKEN="), "check")
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("nobody asked")
	}
	p.signal(syscall.SIGINT)
	p.endsWith(130)
	if got := p.stdout.String(); !strings.Contains(got, "Kelly: not checked, as a signal came before it answered.") {
		t.Errorf("it says:\n%s", got)
	}
}

// checked looks at one line of `check` for each service.
func checked(t *testing.T, what, stdout string, code int, want ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != 1 || len(lines) != len(want) {
		t.Fatalf("%s: exit code %d\n%s", what, code, stdout)
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("%s: it says %q, want %q", what, lines[i], want[i])
		}
	}
	for _, secret := range []string{kellyKey, discordtest.Token, telegramtest.Token} {
		if strings.Contains(stdout, secret) {
			t.Errorf("%s: it shows %q:\n%s", what, secret, stdout)
		}
	}
}
