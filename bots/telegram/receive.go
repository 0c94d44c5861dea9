package telegram

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gopkg.in/telebot.v3"

	"kellybot/commands"
)

// request translates a message; ok is false when it asks nothing of this bot.
// Commands are read in texts and captions. In groups an unknown command is
// answered only when it names this bot, and other talk never; in private
// chats text that is no command is for say, and all else for /start. A reply to a
// question of the bot is what that one asked for.
func (r *receiver) request(update int, m *telebot.Message) (req *commands.Request, ok bool) {
	if m == nil || m.Chat == nil || m.Via != nil || m.AutomaticForward {
		return nil, false
	}
	user, ok := sender(m)
	if !ok {
		return nil, false
	}
	text := m.Text
	if text == "" {
		text = m.Caption
	}
	private := m.Chat.Type == telebot.ChatPrivate
	command, target, rest, isCommand := commands.ParseLine(text)
	asked, id, replies := r.replied(m)
	switch {
	case target != "" && !strings.EqualFold(target, r.me.Username):
		return nil, false
	case isCommand && (private || target != "" || r.offers(command, m.ReplyTo)):
	case replies && !isCommand && text != "":
		command, rest = asked, text
	case private && !isCommand && m.Text != "" && r.router.Command(name, "say") != nil:
		command, rest = "say", text
	case private && !isCommand && says(m):
		command, rest = "start", ""
	default:
		return nil, false
	}

	req = r.newRequest(update, m, address{Message: m.ID})
	req.User, req.Command, req.Text = user, command, rest
	if replies && !isCommand && id != "" {
		req.Options = map[string]string{"id": id}
	}
	req.Attachments = attachments(m)
	if m.ReplyTo != nil {
		req.Message, req.Replied = strconv.Itoa(m.ReplyTo.ID), attachments(m.ReplyTo)
		// What replies to nothing in a topic replies to its beginning.
		if author, ok := sender(m.ReplyTo); ok && m.ReplyTo.TopicCreated == nil {
			req.Author = author.ID
		}
	}
	// An anonymous administrator speaks as the group itself.
	req.Moderator = private || m.SenderChat != nil && m.SenderChat.ID == m.Chat.ID
	if m.Sender != nil {
		req.Locale = m.Sender.LanguageCode
	}
	return req, true
}

// newRequest returns a request that is made where m stands, and answered there;
// the rest of the address is to.
func (r *receiver) newRequest(update int, m *telebot.Message, to address) *commands.Request {
	to.Chat = m.Chat.ID
	chat := commands.Chat{ID: decimal(m.Chat.ID), Private: m.Chat.Type == telebot.ChatPrivate}
	// Telegram numbers the threads of replies in ordinary groups as well;
	// only a topic's number may be sent back.
	if m.TopicMessage {
		to.Thread = m.ThreadID
		chat.Thread = strconv.Itoa(m.ThreadID)
	}
	return &commands.Request{
		ID:       fmt.Sprintf("%s:%d:%d", name, r.me.ID, update),
		Address:  to.stored(),
		Chat:     chat,
		Alone:    chat.Private,
		Received: time.Now(),
	}
}

// sender is who speaks: a person, or the group or channel in whose name
// somebody does. Telegram shows those with a stand-in bot as the sender. Real
// bots are not answered, for they might answer in turn.
func sender(m *telebot.Message) (user commands.User, ok bool) {
	switch {
	case m.SenderChat != nil:
		return commands.User{ID: decimal(m.SenderChat.ID), Name: m.SenderChat.Title}, true
	case m.Sender == nil || m.Sender.IsBot:
		return commands.User{}, false
	}
	return person(m.Sender), true
}

func person(u *telebot.User) commands.User {
	return commands.User{ID: decimal(u.ID), Name: strings.TrimSpace(u.FirstName + " " + u.LastName)}
}

// attachments are the message's pictures: the largest size of its photo, or a
// file that is said to be one.
func attachments(m *telebot.Message) []commands.Attachment {
	switch {
	case m.Photo != nil:
		return []commands.Attachment{remote{ID: m.Photo.FileID, Size: m.Photo.FileSize}.attachment()}
	case m.Document != nil && strings.HasPrefix(m.Document.MIME, "image/"):
		return []commands.Attachment{remote{ID: m.Document.FileID, Size: m.Document.FileSize, Document: true}.attachment()}
	}
	return nil
}

// says reports whether somebody said something, other than one of the many
// notices that Telegram makes messages as well. Of an album only the picture
// with the caption speaks.
func says(m *telebot.Message) bool {
	return m.Text != "" || m.Caption != "" || m.Media() != nil && m.AlbumID == ""
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }
