package metrics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// counted has one call made to the handler, and returns what was counted of it.
func counted(t *testing.T, ctx context.Context, handler http.HandlerFunc, read func(*http.Response)) *Metrics {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	m := New("v1", "go1")
	client := &http.Client{Transport: m.Calls("kelly", func(*http.Request) string { return "generate" })(&http.Transport{DisableKeepAlives: true})}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("what is sent"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		read(resp)
	}
	return m
}

func whole(resp *http.Response) { _, _ = io.Copy(io.Discard, resp.Body) }

func TestACallIsCountedOnceByWhatCameOfIt(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "begun")
		panic(http.ErrAbortHandler)
	}
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	cancelled, cancelNow := context.WithCancel(t.Context())
	closeAfterEnd := func(resp *http.Response) {
		<-resp.Request.Context().Done()
		_ = resp.Body.Close()
		whole(resp)
	}
	for name, c := range map[string]struct {
		ctx     context.Context // nil for one that soon ends
		handler http.HandlerFunc
		read    func(*http.Response)
		want    string
	}{
		"a success":                  {t.Context(), status(204), whole, "ok"},
		"a success that nobody read": {t.Context(), status(200), func(*http.Response) {}, "ok"},
		"a redirect":                 {t.Context(), status(304), whole, "refused"},
		"a refusal":                  {t.Context(), status(422), whole, "refused"},
		"a bad key":                  {t.Context(), status(401), whole, "unauthorized"},
		"too many":                   {t.Context(), status(429), whole, "rate_limited"},
		"a fault":                    {t.Context(), status(502), whole, "failed"},
		"no answer":                  {t.Context(), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, whole, "unreachable"},
		"half an answer":             {t.Context(), cut, whole, "unreachable"},
		"an answer that hangs":       {nil, hang, whole, "timeout"},
		"and is closed meanwhile":    {nil, hang, closeAfterEnd, "timeout"},
		"a call that is cancelled":   {cancelled, hang, func(resp *http.Response) { cancelNow(); whole(resp) }, "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := c.ctx
			if ctx == nil {
				bounded, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				defer cancel()
				ctx = bounded
			}
			m := counted(t, ctx, c.handler, c.read)
			if n := testutil.CollectAndCount(m.calls); n != 1 || testutil.ToFloat64(m.calls.WithLabelValues("kelly", "generate", c.want)) != 1 {
				t.Errorf("%d are counted, and none as %s", n, c.want)
			}
			if n := testutil.CollectAndCount(m.took); n != 1 {
				t.Errorf("%d times are counted", n)
			}
		})
	}
}

func TestWhatIsReadIsWhatCame(t *testing.T) {
	picture := bytes.Repeat([]byte("picture "), 100_000)
	for _, status := range []int{http.StatusOK, http.StatusTooManyRequests} {
		var got []byte
		m := counted(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write(picture)
		}, func(resp *http.Response) { got, _ = io.ReadAll(resp.Body) })
		if !bytes.Equal(got, picture) {
			t.Errorf("%d: %d bytes came of %d", status, len(got), len(picture))
		}
		if n := testutil.ToFloat64(m.received.WithLabelValues("kelly")); int(n) != len(picture) {
			t.Errorf("%d: %v bytes are counted of %d", status, n, len(picture))
		}
		if n := testutil.ToFloat64(m.sent.WithLabelValues("kelly")); int(n) != len("what is sent") {
			t.Errorf("%d: %v bytes are counted that were sent", status, n)
		}
	}
}

func TestAPauseIsCountedAsThePeerDemandsIt(t *testing.T) {
	for name, c := range map[string]struct {
		header, body string
		want         float64
	}{
		"by the header":                     {"3", "", 3},
		"by Discord":                        {"", `{"message": "You are being rate limited.", "retry_after": 0.5, "global": false}`, 0.5},
		"by Telegram":                       {"", `{"ok":false,"parameters":{"retry_after":7}}`, 7},
		"by a proxy, in no words":           {"", "<h1>Too Many Requests</h1>", 0},
		"by both":                           {"1", `{"retry_after": 1.25}`, 1.25},
		"absurdly":                          {"1e300", "", 3600},
		"in a number that is none":          {"NaN", "", 0},
		"in the past":                       {"-5", "", 0},
		"in an answer that is cut off here": {"", `{"retry_after": 2`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := counted(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = io.WriteString(w, c.body)
			}, whole)
			if got := testutil.ToFloat64(m.pauses.WithLabelValues("kelly")); got != c.want {
				t.Errorf("%v seconds are counted, want %v", got, c.want)
			}
		})
	}
}

func TestNobodyCountsWithoutMetrics(t *testing.T) {
	want := errors.New("as it was")
	next := roundTripper(func(*http.Request) (*http.Response, error) { return nil, want })
	if _, err := (*Metrics)(nil).Calls("kelly", nil)(next).RoundTrip(nil); err != want {
		t.Errorf("it is %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// BenchmarkACountedPicture is what counting costs beside reading a picture of
// 2 MB in pieces of 64 KiB.
func BenchmarkACountedPicture(b *testing.B) {
	picture := bytes.Repeat([]byte("picture "), 250_000)
	next := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(struct{ io.Reader }{bytes.NewReader(picture)}), Request: r}, nil
	})
	req := httptest.NewRequest(http.MethodPost, "/image/generate", nil)
	buffer := make([]byte, 64<<10)
	for name, m := range map[string]*Metrics{"counted": New("v1", "go1"), "plain": nil} {
		through := m.Calls("kelly", func(*http.Request) string { return "generate" })(next)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resp, _ := through.RoundTrip(req)
				for {
					if _, err := resp.Body.Read(buffer); err != nil {
						break
					}
				}
				_ = resp.Body.Close()
			}
		})
	}
}
