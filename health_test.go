//go:build unix

package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/internal/web"
)

// get reads a page of a process.
func get(t testing.TB, address string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// getUntil reads a page until it is as wanted, and returns it.
func getUntil(t testing.TB, address, what string, wanted func(status int, body string) bool) (body string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		status, body := get(t, address)
		if wanted(status, body) {
			return body
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s; the last is %d, %s", what, status, body)
		}
	}
}

func TestReadinessIsWhatOneSeesOfThePlatforms(t *testing.T) {
	w := newWorld(t)
	var down atomic.Bool
	w.discord.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
		if !down.Load() || step != discordtest.Connected {
			return false
		}
		_ = conn.Close()
		return true
	})
	p := w.serve("HTTP_ADDR=127.0.0.1:0")
	address := p.addresses()[0]
	read(t, drawnOn(w), 1)
	want := map[string]web.Part{
		"discord":  {Well: true, State: "receives events"},
		"telegram": {Well: true, State: "receives events"},
		"database": {Well: true, State: "takes writes"},
		"kelly":    {Well: true, State: "answers"},
		"pictures": {Well: true, State: "can be stored"},
	}
	status, body := get(t, address+"/readyz")
	if got := partsOf(t, body); status != http.StatusOK || !reflect.DeepEqual(got, want) {
		t.Errorf("it is %d, %s", status, body)
	}

	back := make(chan struct{})
	w.telegram.Break("getUpdates", telegramtest.Page(http.StatusBadGateway), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		<-back
		next.ServeHTTP(w, r)
	})
	w.telegram.Say(anna, "/help") // which ends the poll
	down.Store(true)
	w.discord.Disconnect(4000)
	want["discord"], want["telegram"] = web.Part{State: "does not receive events"}, web.Part{State: "does not receive events"}
	getUntil(t, address+"/readyz", "both to be missed", func(status int, body string) bool {
		return status == http.StatusServiceUnavailable && reflect.DeepEqual(partsOf(t, body), want)
	})
	if status, body := get(t, address+"/healthz"); status != http.StatusOK || body != `{"well":true,"parts":{}}`+"\n" {
		t.Errorf("the process is %d, %s", status, body)
	}
	stdout, _, code := run(t, t.TempDir(), w.settings("HTTP_ADDR="+address), "health")
	if code != 0 || stdout != "It lives, but is not ready: discord does not receive events, telegram does not receive events.\n" {
		t.Errorf("exit code %d, %q", code, stdout)
	}

	close(back)
	down.Store(false)
	getUntil(t, address+"/readyz", "all to be well", func(status int, _ string) bool { return status == http.StatusOK })
	stdout, _, code = run(t, t.TempDir(), w.settings("HTTP_ADDR="+address), "health")
	if code != 0 || stdout != "It is ready: database takes writes, discord receives events, kelly answers, pictures can be stored, telegram receives events.\n" {
		t.Errorf("exit code %d, %q", code, stdout)
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	_, stderr, code := run(t, t.TempDir(), w.settings("HTTP_ADDR="+address), "health")
	if code != 1 || stderr != "kellybot: nobody answers as kellybot at HTTP_ADDR, "+address+": connection refused\n" {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// drawnOn has a picture drawn on Discord.
func drawnOn(w *world) chat {
	w.discord.Say(anna, "/imagine a quokka in snow")
	return w.discord
}

func partsOf(t testing.TB, body string) map[string]web.Part {
	t.Helper()
	var health struct{ Parts map[string]web.Part }
	if err := json.Unmarshal([]byte(body), &health); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return health.Parts
}

func TestHealthTellsAStrangerFromTheBot(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stranger := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = stranger.Serve(listener) }()
	defer stranger.Close()
	says := func(health, ready string) string {
		pages := http.NewServeMux()
		pages.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, health) })
		pages.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, ready) })
		server := httptest.NewServer(pages)
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	for name, c := range map[string]struct {
		address string
		code    int
		says    string
	}{
		"another program":       {listener.Addr().String(), 1, "/healthz answers 404 Not Found, which is not kellybot's"},
		"another's health":      {says(`{"status":"up"}`, `{}`), 1, "/healthz answers 200 OK, which is not kellybot's"},
		"health of no parts":    {says(`{"well":true}`, `{}`), 1, "/healthz answers 200 OK, which is not kellybot's"},
		"ready, of no database": {says(`{"well":true,"parts":{}}`, `{"well":true,"parts":{}}`), 1, "/readyz answers 200 OK, which is not kellybot's"},
		"off":                   {"off", 2, "HTTP_ADDR is off"},
		"port 0":                {"127.0.0.1:0", 2, "HTTP_ADDR has port 0"},
	} {
		if _, said, code := run(t, t.TempDir(), []string{"HTTP_ADDR=" + c.address}, "health"); code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit code %d, %q", name, code, said)
		}
	}
}

func TestHealthCallsWhereServeListens(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:80": "127.0.0.1:80", ":80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", "bot.internal:80": "bot.internal:80",
	} {
		if got := callable(address); got != want {
			t.Errorf("%s is called at %s", address, got)
		}
	}
}
