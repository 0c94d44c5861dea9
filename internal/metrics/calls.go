package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Results of a call.
const (
	resultOK          = "ok"
	resultRefused     = "refused"      // 4xx, or a redirect
	resultBadKey      = "unauthorized" // 401 and 403
	resultRateLimited = "rate_limited" // 429
	resultFailed      = "failed"       // 5xx
	resultTimeout     = "timeout"
	resultUnreachable = "unreachable" // or the connection broke
	resultCancelled   = "cancelled"   // by us
)

// Calls returns what counts the calls to a peer that pass through it. Bodies
// are neither copied nor held back. operation names a request, as one of a
// bounded set. A nil Metrics counts nothing.
func (m *Metrics) Calls(peer string, operation func(*http.Request) string) func(next http.RoundTripper) http.RoundTripper {
	if m == nil {
		return func(next http.RoundTripper) http.RoundTripper { return next }
	}
	return func(next http.RoundTripper) http.RoundTripper {
		return &counting{m, peer, m.received.WithLabelValues(peer), operation, next}
	}
}

type counting struct {
	*Metrics
	peer      string
	came      prometheus.Counter // received of the peer: found once, and not at each read
	operation func(*http.Request) string
	next      http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c *counting) RoundTrip(req *http.Request) (*http.Response, error) {
	call := &call{counting: c, ctx: req.Context(), operation: c.operation(req), begun: time.Now()}
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		call.over(call.fault(err))
		return nil, err
	}
	// What is sent is not looked at: an upload is written from where it lies.
	c.sent.WithLabelValues(c.peer).Add(float64(max(req.ContentLength, 0)))
	if call.result = result(resp.StatusCode); call.result == resultRateLimited {
		c.pauses.WithLabelValues(c.peer).Add(demanded(resp).Seconds())
	}
	call.ReadCloser = resp.Body
	resp.Body = call
	return resp, nil
}

// A call is one that is under way, and the body of its answer, which may be
// closed while it is read.
type call struct {
	*counting
	io.ReadCloser
	ctx       context.Context
	operation string
	begun     time.Time
	result    string
	once      sync.Once
}

// Read implements io.Reader.
func (c *call) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.came.Add(float64(n))
	switch {
	case err == io.EOF:
		c.over(c.result)
	case err != nil:
		c.over(c.fault(err))
	}
	return n, err
}

// Close implements io.Closer. An answer need not be read to its end.
func (c *call) Close() error {
	if err := c.ctx.Err(); err != nil {
		c.over(c.fault(err))
	}
	c.over(c.result)
	return c.ReadCloser.Close()
}

// over counts the call, once.
func (c *call) over(result string) {
	c.once.Do(func() {
		c.calls.WithLabelValues(c.peer, c.operation, result).Inc()
		c.took.WithLabelValues(c.peer, c.operation).Observe(time.Since(c.begun).Seconds())
	})
}

// fault is the result of a call that has no answer, or not all of it.
func (c *call) fault(err error) string {
	if c.ctx.Err() != nil {
		err = context.Cause(c.ctx) // whatever the transport makes of it
	}
	network, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), ok && network.Timeout():
		return resultTimeout
	case errors.Is(err, context.Canceled):
		return resultCancelled
	}
	return resultUnreachable
}

// result is that of an answer.
func result(status int) string {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return resultBadKey
	case status == http.StatusTooManyRequests:
		return resultRateLimited
	case status >= 500:
		return resultFailed
	case status >= 300:
		return resultRefused
	}
	return resultOK
}

const (
	// pauseSize is in how much of an answer its pause is looked for, in bytes.
	pauseSize = 4 << 10
	// longestPause bounds what one absurd answer adds.
	longestPause = time.Hour
)

// demanded is the pause that an answer with 429 demands: by its header,
// Discord's field or Telegram's. The body can be read all the same.
func demanded(resp *http.Response) time.Duration {
	seconds, _ := strconv.ParseFloat(resp.Header.Get("Retry-After"), 64)
	head, err := io.ReadAll(io.LimitReader(resp.Body, pauseSize))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = broken{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), resp.Body}
	var said struct {
		Discord  float64 `json:"retry_after"`
		Telegram struct {
			Seconds float64 `json:"retry_after"`
		} `json:"parameters"`
	}
	_ = json.Unmarshal(head, &said) // what is not theirs has a header, or nothing
	seconds = max(seconds, said.Discord, said.Telegram.Seconds)
	if !(seconds > 0) { // NaN too
		return 0
	}
	return time.Duration(min(seconds, longestPause.Seconds()) * float64(time.Second))
}

// broken is the rest of a body that broke off.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }
