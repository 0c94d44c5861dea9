package telegram

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gopkg.in/telebot.v3"

	"kellybot/bots"
	"kellybot/commands"
)

// press answers somebody who pressed a button. A short reply that is for them
// alone is a notice, which only they see, and a longer one waits for them in
// their private chat where it can; others are messages.
//
// Telegram shows that the button waits until the press is acknowledged, and
// takes no acknowledgement of an old one: https://core.telegram.org/bots/api#callbackquery.
// So each is acknowledged, and soon.
//
// req is what the press asks, or nil.
func (r *receiver) press(ctx context.Context, c *telebot.Callback, req *commands.Request, settle func(pending bool)) {
	var once sync.Once
	acknowledge := func(how telebot.CallbackResponse) (shown bool) {
		once.Do(func() { shown = r.acknowledge(ctx, c, how) })
		return shown
	}
	soon := time.AfterFunc(noticeTime, func() { acknowledge(telebot.CallbackResponse{}) })
	defer soon.Stop()
	// Once this has returned, no other acknowledgement is under way.
	defer acknowledge(telebot.CallbackResponse{})

	if req == nil {
		settle(false)
		return
	}
	if !stands(c) {
		settle(false)
		gone := commands.Failure(commands.ErrFinished).In(req.Locale)
		acknowledge(telebot.CallbackResponse{Text: asText.Render(gone.Text, maxNotice), ShowAlert: true})
		return
	}
	reply, pending := r.ask(ctx, req)
	settle(pending)
	if pending {
		return
	}
	if fitsNotice(reply) && acknowledge(telebot.CallbackResponse{Text: asText.Render(reply.Text, maxNotice), ShowAlert: true}) {
		return
	}
	if start := r.start(reply); start != "" && !req.Chat.Private && acknowledge(telebot.CallbackResponse{URL: start}) {
		return
	}
	acknowledge(telebot.CallbackResponse{})
	r.answer(ctx, req, reply)
}

// acknowledge ends the button's wait. It reports whether Telegram took it.
func (r *receiver) acknowledge(ctx context.Context, c *telebot.Callback, how telebot.CallbackResponse) bool {
	how.CallbackID = c.ID
	err := r.call(ctx, showTime, "answerCallbackQuery", how, nil)
	if err != nil {
		r.log.Debug("the press of a button could not be acknowledged", "cause", err)
	}
	return err == nil
}

// fitsNotice reports whether a notice can be all of the reply.
func fitsNotice(reply commands.Reply) bool {
	return wordsAlone(reply) && bots.UTF16Len(reply.Text.String()) <= maxNotice
}

// wordsAlone reports whether the reply is no more than words for one person.
func wordsAlone(reply commands.Reply) bool {
	return reply.Private && !reply.Update && reply.Form == nil && len(reply.Images)+len(reply.Files)+len(reply.Buttons) == 0
}

// start is the link that opens the private chat with the bot, and brings the
// reply there when people press Start; "" when nothing does.
func (r *receiver) start(reply commands.Reply) string {
	if !wordsAlone(reply) || !startPayload.MatchString(reply.Start) {
		return ""
	}
	return "https://t.me/" + r.me.Username + "?start=" + reply.Start
}

// leading is the answer to what somebody wrote, with the link that brings the
// rest of it to them in their private chat, if there is one.
func (r *receiver) leading(req *commands.Request, reply commands.Reply) commands.Reply {
	if link := r.start(reply); link != "" && !req.Chat.Private {
		open := commands.Say("Open our private chat").In(reply.Locale)
		open[0].URL = link
		reply.Text = slices.Concat(reply.Text, commands.T("\n"), open)
	}
	return reply
}

// startPayload is what may follow ?start=: https://core.telegram.org/bots/features#deep-linking.
var startPayload = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// buttonData is what our buttons send. Whoever writes their own client can
// send anything.
var buttonData = regexp.MustCompile(`^[a-z0-9_-]{1,32}:[a-z0-9]{1,63}$`)

// stands reports whether the button that was pressed stands below its message,
// or could: of a message that is too old Telegram does not say.
func stands(c *telebot.Callback) bool {
	if tooOld(c.Message) {
		return true
	}
	return c.Message.ReplyMarkup != nil && slices.ContainsFunc(c.Message.ReplyMarkup.InlineKeyboard, func(row []telebot.InlineButton) bool {
		return slices.ContainsFunc(row, func(b telebot.InlineButton) bool { return b.Data == c.Data })
	})
}

// tooOld reports whether Telegram tells no more of the message than where it
// stands: https://core.telegram.org/bots/api#inaccessiblemessage.
func tooOld(m *telebot.Message) bool { return m.Unixtime == 0 }

// pressed translates the press of a button; ok is false when it asks nothing.
// The answer replies to the picture that the button's message shows, or else to
// what that message replies to. It never takes the place of a message that is
// too old, for nobody can tell whether the button stood there.
func (r *receiver) pressed(update int, c *telebot.Callback) (req *commands.Request, ok bool) {
	if c.Sender == nil || c.Sender.IsBot || c.Message == nil || c.Message.Chat == nil || !buttonData.MatchString(c.Data) {
		return nil, false
	}
	var to address
	if !tooOld(c.Message) {
		to.Pressed = c.Message.ID
	}
	switch {
	case c.Message.Photo != nil || c.Message.Document != nil:
		to.Message = c.Message.ID
	case c.Message.ReplyTo != nil:
		to.Message = c.Message.ReplyTo.ID
	}
	user := person(c.Sender)
	own := to.Message != 0 && to.Message != c.Message.ID && c.Message.ReplyTo.Sender != nil && c.Message.ReplyTo.Sender.ID == c.Sender.ID
	if c.Message.Chat.Type != telebot.ChatPrivate && !own {
		to.User, to.Name = c.Sender.ID, user.Name
	}
	req = r.newRequest(update, c.Message, to)
	req.User = user
	req.Message, req.Pressed = strconv.Itoa(c.Message.ID), true
	req.Locale = c.Sender.LanguageCode
	req.Moderator = req.Chat.Private
	req.Command, req.Text, _ = strings.Cut(c.Data, ":")
	return req, true
}
