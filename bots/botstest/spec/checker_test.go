package spec

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// upload returns a form with a file of so many bytes, and a caption that is too
// long.
func upload(size int) *http.Request {
	r := telegramForm("sendPhoto", map[string]string{"chat_id": "5", "caption": strings.Repeat("x", 1025)}, "photo")
	form, _ := io.ReadAll(r.Body)
	form = bytes.Replace(form, []byte("\r\nx\r\n"), slices.Concat([]byte("\r\n"), make([]byte, size), []byte("\r\n")), 1)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(form)), int64(len(form))
	return r
}

func TestAnUploadIsCheckedWhenItHasBeenReadAndNotBefore(t *testing.T) {
	for name, c := range map[string]struct {
		size, read int
		told       int // when the handler has read so much
	}{
		"a short one is checked at once":          {1000, 0, 1},
		"a long one when it is there":             {2 * early, 2*early + 2000, 1},
		"a long one that is broken off is no one": {2 * early, early, 0},
	} {
		t.Run(name, func(t *testing.T) {
			failures := &failures{TB: t}
			Telegram(failures).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				n, _ := io.CopyN(io.Discard, r.Body, int64(c.read))
				if c.read > 2*early && n < 2*early {
					t.Errorf("the handler read %d bytes", n)
				}
				if got := len(failures.captions()); got != c.told {
					t.Errorf("when it had read %d bytes, it was told %d times, want %d", n, got, c.told)
				}
			})).ServeHTTP(httptest.NewRecorder(), upload(c.size))
		})
	}
}

// captions returns what is told of captions.
func (f *failures) captions() []string {
	return slices.DeleteFunc(slices.Clone(f.told), func(s string) bool { return !strings.Contains(s, "a caption has") })
}

func TestABodyThatEndsEarlyEndsSoForTheHandler(t *testing.T) {
	gone := errors.New("the client has gone")
	r := telegramJSON("getMe", nil)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), iotest.ErrReader(gone)))
	failures := &failures{TB: t}
	Telegram(failures).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got, err := io.ReadAll(r.Body); string(got) != "{" || !errors.Is(err, gone) {
			t.Errorf("the handler read %q, %v", got, err)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
	if len(failures.told) > 0 {
		t.Errorf("half a request is held against the rules: %q", failures.told)
	}
}

func TestWhatIsWrongIsToldOnceAndOnlyWhileTheTestRuns(t *testing.T) {
	var told *failures
	var handler http.Handler
	t.Run("a test", func(t *testing.T) {
		told = &failures{TB: t}
		handler = Telegram(told).Handler(http.NotFoundHandler())
		for range 3 {
			handler.ServeHTTP(httptest.NewRecorder(), upload(1))
		}
		if n := len(told.captions()); n != 1 {
			t.Errorf("told %d times: %q", n, told.told)
		}
	})
	before := len(told.told)
	handler.ServeHTTP(httptest.NewRecorder(), telegramJSON("sendChatAction", params{"chat_id": 5, "action": "draw_fox"}))
	if len(told.told) != before {
		t.Error("a test that has ended was failed, which panics")
	}
}

func TestATransportIsCheckedToo(t *testing.T) {
	failures := &failures{TB: t}
	passed := false
	transport := Telegram(failures).RoundTripper(roundTripper(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		passed = err == nil
		return &http.Response{Body: http.NoBody}, nil
	}))
	resp, err := transport.RoundTrip(upload(2 * early))
	if err != nil || !passed || len(failures.captions()) != 1 {
		t.Fatalf("passed: %t, %v, told %q", passed, err, failures.told)
	}
	_ = resp.Body.Close()
}

func TestOperationsThatAreNotThoseNamedAreToldOf(t *testing.T) {
	count("fox", "bark", 0)
	count("fox", "bark", 1)
	count("fox", "run", 0)
	if got := Report("fox"); !strings.HasPrefix(got, "fox: 3 requests, 2 operations, 1 violations of ") {
		t.Errorf("the report is %q", got)
	}
	if got := amiss("fox", []string{"run", "bark"}); len(got) != 0 {
		t.Errorf("nothing is amiss, but %q", got)
	}
	got := amiss("fox", []string{"run", "sleep"})
	if len(got) != 2 || !strings.HasPrefix(got[0], "bark was sent") || !strings.HasPrefix(got[1], "sleep was never seen") {
		t.Errorf("amiss is %q", got)
	}
}
