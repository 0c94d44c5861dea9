package playground

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"kellybot/commands"
)

// A router answers everything with a line, counts, and keeps the last request.
type router struct {
	handled atomic.Int64
	last    atomic.Pointer[commands.Request]
}

func (*router) Commands(string) []*commands.Command {
	return []*commands.Command{{Name: "imagine", Summary: "Draw a picture of what you describe"}}
}

func (*router) Command(_, name string) *commands.Command { return &commands.Command{Name: name} }

func (r *router) Handle(_ context.Context, req *commands.Request) (commands.Reply, bool) {
	r.handled.Add(1)
	r.last.Store(req)
	return commands.Reply{
		Text:    commands.T(req.Command + ": " + req.Text),
		Buttons: []commands.Button{{Label: "Next", Command: "help", ID: "p2"}},
	}, req.Command == "imagine"
}

func (*router) Abandon(context.Context, *commands.Request) {}

const event = "0123456789abcdef"

// A visit is somebody's browser on the page of a running adapter.
type visit struct {
	t       testing.TB
	adapter *Adapter
	router  *router
	server  *httptest.Server
	client  *http.Client
}

func begin(t testing.TB, password string) *visit {
	t.Helper()
	r := new(router)
	a, err := New(Config{Dir: t.TempDir(), Password: password, Router: r, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended, ready := make(chan error), make(chan struct{})
	go func() { ended <- a.Run(ctx, func() { close(ready) }) }()
	<-ready
	server := httptest.NewServer(a)
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		server.Close()
	})
	v := &visit{t: t, adapter: a, router: r, server: server}
	v.client = v.another()
	return v
}

// another is a browser without cookies.
func (v *visit) another() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask makes a request, with headers as "Name: value".
func (v *visit) ask(method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.server.URL+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	resp, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return resp, string(said)
}

// token opens the page and returns what its requests carry, as a header.
func (v *visit) token() string {
	v.t.Helper()
	v.ask("GET", "/", nil)
	_, said := v.ask("GET", "/api/hello", nil)
	var hello struct{ Token string }
	if err := json.Unmarshal([]byte(said), &hello); err != nil || hello.Token == "" {
		v.t.Fatalf("the hello is %s", said)
	}
	return csrfHeader + ": " + hello.Token
}

// id is who the browser is.
func (v *visit) id() string {
	address, _ := url.Parse(v.server.URL)
	for _, cookie := range v.client.Jar.Cookies(address) {
		if id := v.adapter.cookies.id(cookie.Value); cookie.Name == cookieName && id != "" {
			return id
		}
	}
	return ""
}

// spoken is what is said, as the page sends it.
func spoken(fields ...string) (io.Reader, string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == "picture" {
			part, _ := w.CreateFormFile("picture", "x.png")
			_, _ = io.WriteString(part, fields[i+1])
			continue
		}
		_ = w.WriteField(fields[i], fields[i+1])
	}
	_ = w.Close()
	return &body, "Content-Type: " + w.FormDataContentType()
}

// chat is what the visitor's chat holds.
func (v *visit) chat() *chat {
	v.t.Helper()
	c, err := v.adapter.store.read(v.id())
	if err != nil {
		v.t.Fatal(err)
	}
	return c
}
