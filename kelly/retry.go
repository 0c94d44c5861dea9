package kelly

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxAttempts   = 3
	firstBackoff  = 500 * time.Millisecond
	maxRetryAfter = 24 * time.Hour
)

// backoff returns the pause after the nth failure: exponential, with all of it
// left to chance, so that clients that failed together do not return together.
func backoff(n int) time.Duration {
	return rand.N(firstBackoff << (n - 1))
}

// mayWait says whether another attempt can start after wait: within the
// caller's deadline or, without one, within the time that an attempt may take.
func (c *Client) mayWait(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok {
		return wait < time.Until(deadline)
	}
	return wait <= c.timeout
}

// retryAfter reads a Retry-After header, seconds or a date (RFC 9110, 10.2.3).
// What cannot be read, or lies in the past, is 0.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.ParseUint(header, 10, 32)
		if err != nil {
			return maxRetryAfter
		}
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), maxRetryAfter)
}
