package bots

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"kellybot/commands"
)

const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
)

// An again is a fault that may pass.
type again struct {
	error
	after time.Duration
}

func (e again) Unwrap() error { return e.error }

// Again marks err as a fault that may pass, for Retry. after is the pause
// that the platform demands, or 0.
func Again(err error, after time.Duration) error { return again{err, after} }

// Retry calls try until it succeeds, returns an error that Again did not
// mark, has failed attempts times, or ctx ends. It pauses in between with
// backoff and full jitter, never less than what the platform demands; a
// demand that ctx's deadline cannot meet ends it at once. A demand that it did
// not meet is told by the error, which is then a *commands.RetryError.
func Retry(ctx context.Context, attempts int, try func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := try(ctx)
		fault, passing := errors.AsType[again](err)
		if !passing {
			return err
		}
		pause := fault.after + Pause(attempt)
		deadline, bounded := ctx.Deadline()
		if attempt == attempts || ctx.Err() != nil || bounded && time.Until(deadline) < pause || !Sleep(ctx, pause) {
			return Demanding(fault.error, fault.after)
		}
	}
}

// RetryAfter is the pause that an answer's Retry-After demands, in seconds or by a
// date, as Seconds bounds it; 0 when it demands none.
func RetryAfter(header http.Header) time.Duration {
	field := header.Get("Retry-After")
	if date, err := http.ParseTime(field); err == nil {
		return Seconds(time.Until(date).Seconds())
	}
	n, _ := strconv.ParseFloat(field, 64) // 0 of what is no number
	return Seconds(n)
}

// Seconds is n seconds as a peer tells them, between none and a day.
func Seconds(n float64) time.Duration {
	if !(n > 0) { // NaN too
		return 0
	}
	return time.Duration(min(n, 24*60*60) * float64(time.Second))
}

// Demanding is err with the pause that the platform demands, as a
// *commands.RetryError; err itself when that is 0.
func Demanding(err error, after time.Duration) error {
	if after <= 0 {
		return err
	}
	return &commands.RetryError{Err: err, After: after}
}

// Pause returns the random pause after the attempt-th failure in a row: up to
// half a second at first, doubling to half a minute.
func Pause(attempt int) time.Duration {
	limit := min(firstPause<<min(attempt-1, 16), lastPause)
	return rand.N(limit)
}

// Sleep waits for d and reports true, or false as soon as ctx ends.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
