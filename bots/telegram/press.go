package telegram

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"gopkg.in/telebot.v3"

	"kellybot/commands"
)

// press answers somebody who pressed a button. A short reply that is for them
// alone is a notice, which only they see; others are messages.
//
// Telegram shows that the button waits until the press is acknowledged, and
// takes no acknowledgement of an old one: https://core.telegram.org/bots/api#callbackquery.
// So each is acknowledged, and soon.
//
// req is what the press asks, or nil.
func (r *receiver) press(ctx context.Context, c *telebot.Callback, req *commands.Request, settle func(pending bool)) {
	var once sync.Once
	acknowledge := func(notice string) (shown bool) {
		once.Do(func() { shown = r.acknowledge(ctx, c, notice) })
		return shown
	}
	soon := time.AfterFunc(noticeTime, func() { acknowledge("") })
	defer soon.Stop()
	// Once this has returned, no other acknowledgement is under way.
	defer acknowledge("")

	if req == nil {
		settle(false)
		return
	}
	reply, pending := r.ask(ctx, req)
	settle(pending)
	if pending {
		return
	}
	if fitsNotice(reply) && acknowledge(asText.Render(reply.Text, maxNotice)) {
		return
	}
	acknowledge("")
	r.answer(ctx, req, reply)
}

// acknowledge ends the button's wait, with a notice unless that is "". It
// reports whether Telegram took it.
func (r *receiver) acknowledge(ctx context.Context, c *telebot.Callback, notice string) bool {
	params := telebot.CallbackResponse{CallbackID: c.ID, Text: notice, ShowAlert: notice != ""}
	err := r.call(ctx, showTime, "answerCallbackQuery", params, nil)
	if err != nil {
		r.log.Debug("the press of a button could not be acknowledged", "cause", err)
	}
	return err == nil
}

// fitsNotice reports whether a notice can be all of the reply.
func fitsNotice(reply commands.Reply) bool {
	return reply.Private && len(reply.Images) == 0 && len(reply.Buttons) == 0 &&
		len(utf16.Encode([]rune(reply.Text.String()))) <= maxNotice
}

// buttonData is what our buttons send. Whoever writes their own client can
// send anything.
var buttonData = regexp.MustCompile(`^[a-z0-9_-]{1,32}:[a-z0-9]{1,63}$`)

// pressed translates the press of a button; ok is false when it asks nothing.
// The answer replies to what the button's message replies to. Of a message
// that is too old Telegram tells no more than where it stands.
func (r *receiver) pressed(update int, c *telebot.Callback) (req *commands.Request, ok bool) {
	if c.Sender == nil || c.Sender.IsBot || c.Message == nil || c.Message.Chat == nil || !buttonData.MatchString(c.Data) {
		return nil, false
	}
	replyTo := 0
	if c.Message.ReplyTo != nil {
		replyTo = c.Message.ReplyTo.ID
	}
	req = r.newRequest(update, c.Message, replyTo)
	req.User = person(c.Sender)
	req.Locale = c.Sender.LanguageCode
	req.Moderator = req.Chat.Private
	req.Command, req.Text, _ = strings.Cut(c.Data, ":")
	return req, true
}
