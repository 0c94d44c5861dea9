package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

// A Checker fails a test for every request that a platform's specification
// does not allow. Its messages name operations, never what stands in a path.
type Checker struct {
	tb       testing.TB
	platform string
	check    func(request) (operation string, wrong []violation)

	mu   sync.Mutex
	over bool // tb is
	told map[string]bool
}

// A request is what is looked at.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte
}

// Discord returns a Checker of requests to Discord's REST API.
func Discord(tb testing.TB) *Checker { return newChecker(tb, "discord", discord().check) }

// Telegram returns a Checker of requests to Telegram's Bot API.
func Telegram(tb testing.TB) *Checker { return newChecker(tb, "telegram", telegram().check) }

func newChecker(tb testing.TB, platform string, check func(request) (string, []violation)) *Checker {
	c := &Checker{tb: tb, platform: platform, check: check, told: make(map[string]bool)}
	tb.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.over = true
	})
	return c
}

// early is up to which length, in bytes, a body is read and checked before the
// handler sees it. A longer one is checked when the handler has read it, so
// that a test can still break an upload off.
const early = 1 << 20

// Handler checks what next serves. Of an upload that is broken off, be it by a
// test or by the client, there is nothing to check.
func (c *Checker) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := *r
		tap := &tap{from: r.Body, whole: func(body []byte) { c.look(r, body) }}
		out.Body = tap
		if 0 <= r.ContentLength && r.ContentLength <= early {
			body, err := io.ReadAll(tap)
			out.Body = &replay{Reader: io.MultiReader(bytes.NewReader(body), failing{err}), Closer: r.Body}
		}
		next.ServeHTTP(w, &out)
	})
}

// RoundTripper checks what is sent through next.
func (c *Checker) RoundTripper(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Body == nil {
			c.look(r, nil)
			return next.RoundTrip(r)
		}
		out := *r
		out.Body = &tap{from: r.Body, whole: func(body []byte) { c.look(r, body) }}
		return next.RoundTrip(&out)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A tap keeps what is read through it, and hands it over at its end, once.
type tap struct {
	from  io.ReadCloser
	kept  bytes.Buffer
	whole func([]byte)
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.kept.Write(p[:n])
	if errors.Is(err, io.EOF) && t.whole != nil {
		t.whole(t.kept.Bytes())
		t.whole = nil
	}
	return n, err
}

func (t *tap) Close() error { return t.from.Close() }

type replay struct {
	io.Reader
	io.Closer
}

// failing goes on with the error that ended a body, if there was one.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// look checks a request, counts it, and fails the test when it is wrong.
func (c *Checker) look(r *http.Request, body []byte) {
	operation, wrong := c.check(request{r.Method, r.URL.Path, r.URL.Query(), r.Header, body})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return // the server is closed, and the test has ended
	}
	count(c.platform, operation, len(wrong))
	for _, v := range wrong {
		what := fmt.Sprintf("%s does not allow %s: %s", c.platform, operation, v)
		if !c.told[what] { // once is enough of what is tried again and again
			c.told[what] = true
			c.tb.Error(what)
		}
	}
}
