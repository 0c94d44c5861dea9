package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"gopkg.in/telebot.v3"

	"kellybot/commands"
)

// handle answers one update, and calls settle as soon as the update need not
// come again: it was answered, or is pending with the router. What panics
// meanwhile is answered as every fault of the bot is.
func (r *receiver) handle(id int, raw json.RawMessage, settle func(pending bool)) {
	log := r.log.With("update", id)
	ctx, cancel := context.WithTimeout(r.work, requestTime)
	defer cancel()
	var req *commands.Request
	defer func() {
		if fault := recover(); fault != nil {
			logPanic(log, fault)
			r.apologise(ctx, log, req)
		}
	}()
	var update struct {
		Message *telebot.Message  `json:"message"`
		Press   *telebot.Callback `json:"callback_query"`
		Search  *telebot.Query    `json:"inline_query"`
	}
	if json.Unmarshal(raw, &update) != nil {
		log.Warn("an update is skipped: it is not of the shape that the Bot API promises")
		return
	}
	if update.Press != nil {
		req, _ = r.pressed(id, update.Press)
		r.press(ctx, update.Press, req, settle)
		return
	}
	if update.Search != nil {
		r.inline(ctx, id, update.Search)
		return
	}
	if m := update.Message; m != nil && m.Chat != nil {
		switch {
		case m.MigrateTo != 0:
			r.moved(ctx, decimal(m.Chat.ID), decimal(m.MigrateTo))
		case m.MigrateFrom != 0:
			r.moved(ctx, decimal(m.MigrateFrom), decimal(m.Chat.ID))
		}
	}
	if req, _ = r.request(id, update.Message); req == nil {
		return
	}
	reply, pending := r.ask(ctx, req)
	settle(pending)
	if !pending {
		r.answer(ctx, req, r.leading(req, reply))
	}
}

// apologise tells whoever made the request, if it is known, that the bot
// failed.
func (r *receiver) apologise(ctx context.Context, log *slog.Logger, req *commands.Request) {
	defer func() {
		if fault := recover(); fault != nil {
			logPanic(log, fault)
		}
	}()
	if req != nil {
		r.answer(ctx, req, commands.Failure(errPanic).In(req.Locale))
	}
}

var errPanic = errors.New("panic")

// logPanic logs what a panic tells without what users may have written.
func logPanic(log *slog.Logger, fault any) {
	log.Error("an update made the program fail", "cause", causeOf(fault), "stack", string(debug.Stack()))
}

// ask has the router handle the request. Telegram is asked only for what the
// command wants to know.
func (r *receiver) ask(ctx context.Context, req *commands.Request) (reply commands.Reply, pending bool) {
	command := r.router.Command(r.Name(), req.Command)
	if command != nil && (command.Moderated || command.Forwards) && !req.Moderator {
		req.Moderator = r.moderates(ctx, req)
	}
	if command == nil || command.Draws || command.Forwards {
		req.Chat.Lacks = r.lacks(ctx, req)
	}
	return r.router.Handle(ctx, req)
}

// offers reports whether people may type the command of that name in a group, as
// a reply to that message or to none, without naming the bot.
func (r *receiver) offers(name string, to *telebot.Message) bool {
	command := r.router.Command(r.Name(), name)
	if command == nil || command.Hidden {
		return false
	}
	return !command.Addressed || to != nil && to.Sender != nil && to.Sender.ID == r.me.ID
}

// moderates asks Telegram whether the requester manages the group. When that
// cannot be told, they do not.
func (r *receiver) moderates(ctx context.Context, req *commands.Request) bool {
	var member struct {
		Status string `json:"status"`
	}
	params := map[string]string{"chat_id": req.Chat.ID, "user_id": req.User.ID}
	if err := r.callChat(ctx, memberTime, "getChatMember", params, &member); err != nil {
		r.log.Warn("cannot tell whether a user is a moderator", "job", req.ID, "cause", err)
		return false
	}
	return member.Status == "creator" || member.Status == "administrator"
}

// answer delivers a reply that is not stored anywhere, and so tries for as
// long as ctx allows.
func (r *receiver) answer(ctx context.Context, req *commands.Request, reply commands.Reply) {
	defer reply.Release()
	if _, err := r.deliver(ctx, req.Address, reply, requestTime); err != nil {
		r.log.Warn("an answer could not be delivered", "job", req.ID, "cause", err)
	}
}

// causeOf describes a panic without repeating what a user may have written.
func causeOf(fault any) string {
	if err, ok := fault.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", fault)
}
