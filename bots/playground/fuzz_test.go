package playground

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kellybot/commands"
)

var discard = slog.New(slog.DiscardHandler)

// post sends a body as somebody's page does, past the limit of how often. The
// adapter does not run, so that what is right is refused as well, but as
// something for later.
func post(f testing.TB, a *Adapter, path, kind string, body []byte) int {
	a.posts = newLimiter(postBurst, postEvery)
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, bytes.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Cookie", a.Cookie("7"))
	r.Header.Set(csrfHeader, a.cookies.token("7"))
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if said := w.Body.Bytes(); !json.Valid(said) {
		f.Errorf("%s is answered with %d: %q", path, w.Code, said)
	}
	return w.Code
}

func FuzzWhatStrangersPost(f *testing.F) {
	a, err := New(Config{Dir: f.TempDir(), Router: new(router), Log: discard})
	if err != nil {
		f.Fatal(err)
	}
	to := address{Chat: "7", Event: event}
	reply := commands.Reply{
		Buttons: []commands.Button{{Label: "Next", Command: "help", ID: "p2"}},
		Form:    &commands.Form{Title: "Change", Command: "edit", Fields: []commands.Field{{Label: "Prompt"}, {Name: "size"}}},
	}
	if _, err := a.Deliver(f.Context(), to.stored(), reply); err != nil {
		f.Fatal(err)
	}
	body, kind := spoken("event", event, "text", "/imagine a fox", "picture", "\x89PNG\r\n\x1a\n")
	said, _ := io.ReadAll(body)
	f.Add("/api/say", strings.TrimPrefix(kind, "Content-Type: "), said)
	f.Add("/api/press", "application/json", []byte(`{"event":"`+event+`","message":"a`+event+`","command":"help","id":"p2"}`))
	f.Add("/api/fill", "application/json", []byte(`{"event":"`+event+`","message":"a`+event+`","values":{"":"a fox","size":"1x1"}}`))
	f.Add("/api/fill", "application/json", []byte(`{"values":{"":null}}`))
	f.Fuzz(func(t *testing.T, path, kind string, body []byte) {
		if path != "/api/say" && path != "/api/press" && path != "/api/fill" {
			t.Skip("no way in")
		}
		switch code := post(t, a, path, kind, body); code {
		case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable, http.StatusOK:
		default:
			t.Errorf("%s is answered with %d", path, code)
		}
		if c, err := a.store.read("7"); err != nil || c.find("a"+event) == nil && len(c.Messages) < maxMessages {
			t.Errorf("the chat is %+v, %v", c, err)
		}
	})
}

func FuzzCookies(f *testing.F) {
	s := signer(bytes.Repeat([]byte{7}, keySize))
	f.Add(s.value("12345"))
	f.Add("12345.")
	f.Add("../12345.x")
	f.Fuzz(func(t *testing.T, value string) {
		if id := s.id(value); id != "" && s.value(id) != value {
			t.Errorf("%q makes somebody %q", value, id)
		}
	})
}

func FuzzAddresses(f *testing.F) {
	f.Add([]byte(`{"chat":"7","event":"` + event + `","file":"abcdefghijklmnopqrstuvwxyz"}`))
	f.Add([]byte(`{"chat":"..","event":"` + event + `","file":"../../../etc/passwd"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if to, err := parseAddress(commands.Address{Data: data}); err == nil && (!chatID.MatchString(to.Chat) || strings.ContainsAny(to.request(), "/.\\")) {
			t.Errorf("%s is the address %+v", data, to)
		}
		if file, err := parseRemote(commands.Attachment{Data: data}); err == nil && strings.ContainsAny(file.Chat+file.File, "/.\\") {
			t.Errorf("%s is the file %+v", data, file)
		}
	})
}
