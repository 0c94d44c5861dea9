package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kellybot/kelly"
)

// Explain turns any error into the one sentence that a user may read: what is
// wrong and what to do. It never holds an error's own text, but for the
// picture service's words about a request that it refused.
func Explain(err error) Text {
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return refusal.Text
	}
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return limit.sentence()
	}
	fault, _ := errors.AsType[*kelly.Error](err)
	switch {
	case errors.Is(err, ErrBusy):
		return say("The bot is too busy to take the request right now: please send it again in a minute.")
	case errors.Is(err, ErrNoRoom):
		return say("The bot has no room for pictures right now: please try again later, and tell whoever runs the bot.")
	case errors.Is(err, ErrTooLate):
		return say("There was no time left to draw the picture, for here a bot may answer for a quarter of an hour only: please ask again.")
	case errors.Is(err, ErrNoRequest):
		return say("There is no such request here: %s shows yours.", code("/queue"))
	case errors.Is(err, ErrNotYours):
		return say("Only whoever asked for that picture, or a moderator, can do this: %s shows your own requests.", code("/queue"))
	case errors.Is(err, ErrFinished):
		return say("That request is over already: ask for a new one with %s.", code("/imagine"))
	case errors.Is(err, context.Canceled):
		return say("The bot is restarting: please send the request again in a minute.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, kelly.ErrTimeout):
		return say("The picture service took too long: please try again, perhaps with a smaller %s.", code("--size"))
	case errors.Is(err, kelly.ErrBadKey):
		return say("The picture service does not accept this bot's key: please tell whoever runs the bot.")
	case errors.Is(err, kelly.ErrRefused):
		return say("The picture service refused this request%s: please change it and try again.", reason(fault))
	case errors.Is(err, kelly.ErrTooManyRequests):
		return say("The picture service has too much to do right now: please try again in %s.", wait(fault))
	case errors.Is(err, kelly.ErrAway):
		return say("The picture service is away right now: please try again in a few minutes.")
	case errors.Is(err, kelly.ErrTooLarge):
		return say("The picture came out too large to handle: please try again with a smaller %s.", code("--size"))
	case errors.Is(err, kelly.ErrInvalidContent):
		return say("The picture service answered with something that is no picture: please try again, and tell whoever runs the bot if it happens again.")
	}
	return say("Something went wrong in the bot: please try again, and tell whoever runs it if it happens again.")
}

func (e *LimitError) sentence() Text {
	again := "in a few minutes"
	if e.Again > 0 {
		again = "in about " + span(e.Again)
	}
	switch e.Limit {
	case UserLimit:
		return say("You have %s requests waiting, which is as many as anybody may have: please send this one again %s.", e.Max, again)
	case DailyLimit:
		return say("Today's %s pictures are all drawn: please ask again %s, when a new day begins in UTC.", e.Max, again)
	}
	return say("There are %s requests waiting, which is as many as this bot takes: please send yours again %s.", e.Max, again)
}

// maxReason bounds, in characters, what a sentence repeats of the service's words.
const maxReason = 200

// reason is the service's own words, in brackets.
func reason(fault *kelly.Error) string {
	if fault == nil || fault.Detail == "" {
		return ""
	}
	return " (" + cut(fault.Detail, maxReason) + ")"
}

func wait(fault *kelly.Error) string {
	if fault == nil || fault.RetryAfter <= 0 {
		return "a minute"
	}
	return span(fault.RetryAfter)
}

// span says a duration in whole units, rounded up.
func span(d time.Duration) string {
	unit, name := time.Hour, "hour"
	switch {
	case d <= 90*time.Second:
		unit, name = time.Second, "second"
	case d <= 90*time.Minute:
		unit, name = time.Minute, "minute"
	}
	return count(int((d+unit-1)/unit), name)
}

// count says how many there are of what noun names.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
