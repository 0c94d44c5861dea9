package kelly

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// A request is one call on the wire; it can be sent several times.
type request struct {
	op    string
	path  string
	body  any    // nil sends a GET
	image []byte // added to the body as image_data when not nil
}

var errAttemptTimeout = errors.New("the attempt took too long")

// do sends r until it is answered, at most maxAttempts times. read must not
// keep a part of the answer when it fails.
func (c *Client) do(ctx context.Context, r *request, read func(*answer) *Error) error {
	var body []byte
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return fmt.Errorf("kelly: %s: %w", r.op, err)
		}
		body = b
	}
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("kelly: %s: %w", r.op, err)
		}
		e := c.attempt(ctx, r, body, read)
		if e == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("kelly: %s: %w", r.op, err)
		}
		e.Op = r.op
		wait := max(backoff(n), e.RetryAfter)
		if !e.again || n == maxAttempts || !c.mayWait(ctx, wait) {
			return e
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

func (c *Client) attempt(ctx context.Context, r *request, body []byte, read func(*answer) *Error) *Error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	clock := startClock(c.timeout, func() { cancel(errAttemptTimeout) })
	defer clock.pause()

	req := (&http.Request{Method: http.MethodGet, URL: c.base.JoinPath(r.path), Header: http.Header{}}).WithContext(ctx)
	req.Header.Set("Authorization", "Bearer "+c.key())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "kellybot")
	if body != nil {
		req.Method = http.MethodPost
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case r.image != nil:
		up := newUpload(body, r.image)
		// The transport may still be sending when the server has already
		// answered; nobody reads the caller's image after we return.
		defer up.stop()
		up.attach(req)
	case body != nil:
		req.ContentLength = int64(len(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
	}

	// RoundTrip and no http.Client: the key never follows a redirect.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return c.broken(ctx, err)
	}
	defer resp.Body.Close()
	a := &answer{client: c, ctx: ctx, clock: clock, resp: resp, wire: &wire{Reader: resp.Body}}
	e := a.open()
	switch {
	case e != nil:
	case resp.StatusCode/100 == 2:
		e = read(a)
	default:
		e = a.refusal()
	}
	if e != nil && a.wire.err == nil && ctx.Err() == nil {
		e.Status = resp.StatusCode
	}
	return e
}

// broken is the error of a connection that could not be made or did not last.
func (c *Client) broken(ctx context.Context, err error) *Error {
	if errors.Is(context.Cause(ctx), errAttemptTimeout) {
		return &Error{Kind: ErrTimeout}
	}
	return &Error{Kind: ErrAway, cause: c.clean(err.Error()), again: true}
}

// A clock is an attempt's time-out, which can be held.
type clock struct {
	timer *time.Timer
	left  time.Duration
	since time.Time
}

func startClock(d time.Duration, expired func()) *clock {
	return &clock{timer: time.AfterFunc(d, expired), left: d, since: time.Now()}
}

func (c *clock) pause() {
	if c.timer.Stop() {
		c.left -= time.Since(c.since)
	}
}

func (c *clock) resume() {
	c.since = time.Now()
	c.timer.Reset(c.left)
}
