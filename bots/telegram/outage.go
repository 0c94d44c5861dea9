package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"kellybot/bots"
)

// An outage waits out faults of the platform. It says once that something is
// wrong and once that it is over, however many attempts lie in between.
type outage struct {
	log      *slog.Logger
	attempts int // failed in a row
	since    time.Time
	conflict bool // what was said last is that somebody else polls
}

const (
	deafAtMost   = 5 * time.Minute // of a pause that Telegram demands
	worthTelling = time.Minute     // pauses of our own are shorter
)

// outlast calls try until it succeeds. It returns ctx's error or, when the
// platform refuses the token, bots.ErrToken.
func (o *outage) outlast(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			o.over()
			return nil
		}
		if err := o.wait(ctx, err); err != nil {
			return err
		}
	}
}

// wait notes a failure and pauses before the next attempt. It returns an
// error when there must be none.
func (o *outage) wait(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, bots.ErrToken) {
		return err
	}
	pause := bots.Pause(o.attempts + 1)
	refused, _ := errors.AsType[*apiError](err)
	if refused != nil {
		// The whole bot is deaf meanwhile, whatever somebody's proxy demands.
		pause += min(refused.RetryAfter, deafAtMost)
	}
	conflict := refused != nil && refused.Code == http.StatusConflict
	switch {
	case pause >= worthTelling:
		o.log.Warn("Telegram demands a long pause; no updates are received until it is over", "pause", pause.Round(time.Second), "cause", err)
	case o.attempts > 0 && conflict == o.conflict:
		o.log.Debug("still no updates from Telegram", "attempts", o.attempts, "pause", pause, "cause", err)
	case conflict:
		o.log.Error("another program receives this bot's updates: stop it, or give this one its own token; waiting until it is gone", "pause", pause, "cause", err)
	default:
		o.log.Warn("cannot reach Telegram; trying again until it answers", "pause", pause, "cause", err)
	}
	if o.attempts == 0 {
		o.since = time.Now()
	}
	o.attempts++
	o.conflict = conflict

	if !bots.Sleep(ctx, pause) {
		return ctx.Err()
	}
	return nil
}

func (o *outage) over() {
	if o.attempts > 0 {
		o.log.Info("Telegram answers again", "after", time.Since(o.since).Round(time.Second), "attempts", o.attempts)
	}
	o.attempts = 0
}
