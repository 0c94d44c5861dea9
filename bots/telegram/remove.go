package telegram

import (
	"context"
	"errors"
	"time"

	"kellybot/bots"
	"kellybot/commands"
)

// Remove implements bots.Adapter. Of several messages those that can be
// deleted are, whatever becomes of the others.
func (a *Adapter) Remove(ctx context.Context, by commands.Address, messages []string) error {
	at, err := parseAddress(by)
	if err != nil {
		return err
	}
	tooOld := false
	for _, id := range messages {
		err := a.remove(ctx, at.Chat, id)
		refused, _ := errors.AsType[*apiError](err)
		switch {
		case refused != nil && refused.deleteGone():
		case refused != nil && refused.undeletable():
			tooOld = true
		case err != nil:
			return err
		}
	}
	if tooOld {
		return commands.ErrTooOld
	}
	return nil
}

// remove deletes a message. A group that became a supergroup is not followed,
// for the message of that number is another one there.
func (a *Adapter) remove(ctx context.Context, chat int64, id string) error {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	params := map[string]string{"chat_id": decimal(chat), "message_id": id}
	return bots.Retry(ctx, sendAttempts, func(ctx context.Context) error {
		err := a.call(ctx, showTime, "deleteMessage", params, nil)
		refused, ok := errors.AsType[*apiError](err)
		switch {
		case err == nil || errors.Is(err, errOddResult):
			return nil
		case !ok || refused.passing():
			return bots.Again(err, retryAfter(err))
		}
		return err
	})
}

// retryAfter is the pause that Telegram demands after err.
func retryAfter(err error) time.Duration {
	if refused, ok := errors.AsType[*apiError](err); ok {
		return refused.RetryAfter
	}
	return 0
}
