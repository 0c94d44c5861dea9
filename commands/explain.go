package commands

import (
	"context"
	"errors"
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
		return Say("The bot is too busy to take the request right now: please send it again in a minute.")
	case errors.Is(err, ErrNoRoom):
		return Say("The bot has no room for pictures right now: please try again later, and tell whoever runs the bot.")
	case errors.Is(err, ErrTooLate):
		return Say("There was no time left to draw the picture, for here a bot may answer for a quarter of an hour only: please ask again.")
	case errors.Is(err, ErrNoRequest):
		return Say("There is no such request here: %s shows yours.", code("/queue"))
	case errors.Is(err, ErrNotYours):
		return Say("Only whoever asked for that picture, or a moderator, can do this: %s shows your own requests.", code("/queue"))
	case errors.Is(err, ErrReported):
		return Say("You have reported that picture already: those who run the bot are told.")
	case errors.Is(err, ErrUntold):
		return Say("Your report reached nobody: please write to whoever runs the bot.")
	case errors.Is(err, ErrPending):
		return Say("That is being done already: please wait for the answer.")
	case errors.Is(err, ErrPressed):
		return Say("You pressed that twice within a few seconds, which counts once: for another one, press it again in a moment.")
	case errors.Is(err, ErrNoPicture):
		return Say("There is no such picture for you here, or it is no longer kept: %s lists yours.", code("/history"))
	case errors.Is(err, ErrNotAPicture):
		return Say("That is no picture that I can work on: send a PNG, JPEG, WebP or GIF of at most %s MB.", maxSource>>20)
	case errors.Is(err, ErrUnmarked):
		return Say("This picture's file does not say that this bot made it: platforms remove that from pictures, but not from files.")
	case errors.Is(err, ErrUnfetched):
		return Say("The picture could not be fetched: please send it again.")
	case errors.Is(err, ErrStays):
		return Say("The picture's file is deleted, but the message is too old for a bot to delete: delete it yourself, or ask a moderator.")
	case errors.Is(err, ErrTooOld):
		return Say("Nothing is deleted, since the message is too old for a bot to delete: delete it yourself, or ask a moderator.")
	case errors.Is(err, ErrFinished):
		return Say("That request is over already: ask for a new one with %s.", code("/imagine"))
	case errors.Is(err, context.Canceled):
		return Say("The bot is restarting: please send the request again in a minute.")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, kelly.ErrTimeout):
		return Say("The picture service took too long: please try again, perhaps with a smaller %s.", code("--size"))
	case errors.Is(err, kelly.ErrBadKey):
		return Say("The picture service does not accept this bot's key: please tell whoever runs the bot.")
	case errors.Is(err, ErrOwnModel):
		return Say("The picture service refused this request, and does not know this bot's own model: name one that %s lists, and tell whoever runs the bot.", code("/models"))
	case errors.Is(err, kelly.ErrRefused):
		if fault == nil || fault.Detail == "" {
			return Say("The picture service refused this request: please change it and try again.")
		}
		return Say("The picture service refused this request (%s): please change it and try again.", cut(fault.Detail, maxReason))
	case errors.Is(err, kelly.ErrTooManyRequests):
		return Say("The picture service has too much to do right now: please try again in %s.", wait(fault))
	case errors.Is(err, kelly.ErrAway):
		return Say("The picture service is away right now: please try again in a few minutes.")
	case errors.Is(err, kelly.ErrTooLarge):
		return Say("The picture came out too large to handle: please try again with a smaller %s.", code("--size"))
	case errors.Is(err, kelly.ErrInvalidContent):
		return Say("The picture service answered with something that is no picture: please try again, and tell whoever runs the bot if it happens again.")
	}
	return Say("Something went wrong in the bot: please try again, and tell whoever runs it if it happens again.")
}

func (e *LimitError) sentence() Text {
	again := Say("in a few minutes")
	if e.Again > 0 {
		again = Say("in about %s", span(e.Again))
	}
	switch e.Limit {
	case UserLimit:
		return Say("You have %s waiting, which is as many as anybody may have: please send this one again %s.", requests(e.Max), again)
	case DailyLimit:
		return Say("Today's %s pictures are all drawn: please ask again %s, when a new day begins in UTC.", e.Max, again)
	case UserDailyLimit:
		if e.Left > 0 {
			return Say("You have %s left of today's %s: please ask for fewer, or again %s, when a new day begins in UTC.", pictures(e.Left), e.Max, again)
		}
		return Say("You have asked for all of today's %s: please ask again %s, when a new day begins in UTC.", pictures(e.Max), again)
	case ChatDailyLimit:
		if e.Left > 0 {
			return Say("This chat has %s left of today's %s: please ask for fewer, or again %s, when a new day begins in UTC.", pictures(e.Left), e.Max, again)
		}
		return Say("In this chat all of today's %s are asked for: please ask again %s, when a new day begins in UTC.", pictures(e.Max), again)
	case CooldownLimit:
		return Say("You have just asked for a picture: please ask for the next one %s.", again)
	case ReportLimit:
		return Say("You have reported %s today, which is as many as anybody may: please write to whoever runs the bot.", pictures(e.Max))
	}
	return Say("There are %s waiting, which is as many as this bot takes: please send yours again %s.", requests(e.Max), again)
}

// maxReason bounds, in characters, what a sentence repeats of the service's words.
const maxReason = 200

func wait(fault *kelly.Error) Text {
	if fault == nil || fault.RetryAfter <= 0 {
		return Say("a minute")
	}
	return span(fault.RetryAfter)
}

// span says a duration in whole units, rounded up.
func span(d time.Duration) Text {
	switch {
	case d <= 90*time.Second:
		return sayMany(units(d, time.Second), "%s second", "%s seconds")
	case d <= 90*time.Minute:
		return sayMany(units(d, time.Minute), "%s minute", "%s minutes")
	case d <= 48*time.Hour:
		return sayMany(units(d, time.Hour), "%s hour", "%s hours")
	}
	return sayMany(units(d, 24*time.Hour), "%s day", "%s days")
}

func units(d, unit time.Duration) int { return int((d + unit - 1) / unit) }
