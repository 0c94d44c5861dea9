package telegramtest

import (
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/telegram"
)

// Message queues a message in the chat with the given fields beside those that
// every message has, and returns its message id.
func (s *Server) Message(chatID int64, fields map[string]any) (messageID int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chat := s.chats[chatID]
	object := map[string]any{
		"message_id": chat.newMessage(),
		"date":       1700000000 + chat.last,
		"chat":       chat.object(),
	}
	maps.Copy(object, fields)
	chat.messages[chat.last] = object
	s.inject("message", object)
	return chat.last
}

// Person is the "from" of a message.
func Person(id int64, name string) map[string]any {
	return map[string]any{"id": id, "is_bot": false, "first_name": name, "language_code": "en"}
}

// person is the "from" of what they do.
func person(from botstest.From) map[string]any {
	person := Person(id(from), from.Name)
	if from.Locale != "" {
		person["language_code"] = from.Locale
	}
	return person
}

// Replying returns the field of a message that replies to another one in the
// chat, as the Bot API shows it: without what that one replies to.
func (s *Server) Replying(chatID int64, messageID int) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[string]any{"reply_to_message": s.replied(s.chats[chatID], messageID)}
}

// replied is the message as the Bot API shows it to whom replies to it; s.mu
// is held.
func (s *Server) replied(chat *chat, id int) map[string]any {
	object := maps.Clone(chat.messages[id])
	for _, m := range s.sent {
		if m.alert == "" && m.Chat == chat.id && m.ID == id {
			object = s.object(m, chat)
		}
	}
	delete(object, "reply_to_message")
	delete(object, "reply_markup")
	return object
}

// Say implements botstest.Platform: files are photos, and the line the caption.
func (s *Server) Say(from botstest.From, line string, attached ...botstest.File) {
	if len(attached) == 0 {
		s.say(from, map[string]any{"text": line}, line)
		return
	}
	s.say(from, map[string]any{"caption": line, "photo": s.photo(attached[0].Bytes)}, line)
}

// photo is a photo of somebody's, as the Bot API shows it.
func (s *Server) photo(content []byte) []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("photo-%d", len(s.files))
	s.files[id], s.files[id+"-s"] = content, content[:len(content)/2]
	size := func(id string, side int) any {
		return map[string]any{"file_id": id, "file_unique_id": id + "u", "file_size": len(content), "width": side, "height": side}
	}
	return []any{size(id+"-s", 90), size(id, 1280)}
}

// place is the chat in which the person speaks.
func place(from botstest.From) int64 {
	if from.Private {
		return id(from)
	}
	return GroupID
}

func id(from botstest.From) int64 {
	id, err := strconv.ParseInt(from.UserID, 10, 64)
	if err != nil {
		panic(err)
	}
	return id
}

// say has somebody say a line that stands in the fields of a message.
func (s *Server) say(from botstest.From, fields map[string]any, line string) {
	chat := place(from)
	if from.Private {
		s.AddPrivate(chat)
	}
	fields["from"] = person(from)
	if command, _, _ := strings.Cut(line, " "); strings.HasPrefix(command, "/") {
		entities := "entities"
		if fields["text"] == nil {
			entities = "caption_entities"
		}
		fields[entities] = []Entity{{Type: "bot_command", Length: utf16Len(command)}}
	}
	s.Message(chat, fields)
}

// Messages implements botstest.Platform.
func (s *Server) Messages() []botstest.Message {
	var messages []botstest.Message
	for _, m := range s.visible() {
		seen := botstest.Message{Chat: strconv.FormatInt(m.Chat, 10), Text: m.Text, For: m.alert, Pings: pings(m.Sent)}
		if m.ID > 0 {
			seen.ID = strconv.Itoa(m.ID)
		}
		if m.File != nil {
			seen.Files = []botstest.File{*m.File}
		}
		for _, b := range slices.Concat(m.Buttons...) {
			seen.Buttons = append(seen.Buttons, b.Text)
		}
		messages = append(messages, seen)
	}
	return messages
}

var mention = regexp.MustCompile(`\B@[A-Za-z0-9_]{2,32}`)

// pings returns the ids of users that the message mentions by a link, and the
// user names that Telegram makes mentions of: those outside code and links.
func pings(m Sent) []string {
	var pinged []string
	units := utf16.Encode([]rune(m.Text))
	for _, e := range m.Entities {
		if id, found := strings.CutPrefix(e.URL, "tg://user?id="); found {
			pinged = append(pinged, id)
		}
		if e.Type == "code" || e.Type == "pre" || e.Type == "text_link" {
			for i := range e.Length {
				units[e.Offset+i] = ' '
			}
		}
	}
	return slices.Concat(pinged, mention.FindAllString(string(utf16.Decode(units)), -1))
}

// Busy implements botstest.Platform.
func (s *Server) Busy() int { return len(s.Calls("sendChatAction")) }

// Adapter implements botstest.Platform.
func (s *Server) Adapter(tb testing.TB, router bots.Router) bots.Adapter {
	tb.Helper()
	adapter, err := telegram.New(telegram.Config{
		Token:  Token,
		APIURL: s.URL,
		Router: router,
		Log:    slog.New(slog.NewTextHandler(tb.Output(), nil)),
	})
	if err != nil {
		tb.Fatal(fmt.Errorf("the adapter of the test server: %w", err))
	}
	return adapter
}

// Fill implements botstest.Platform: the person replies to the question.
func (s *Server) Fill(from botstest.From, text string) bool {
	s.mu.Lock()
	question := s.question(from)
	s.mu.Unlock()
	if question == nil {
		return false
	}
	fields := s.Replying(question.Chat, question.ID)
	fields["text"] = text
	s.say(from, fields, text)
	return true
}

// question is the message that opened a reply for the person last, or nil: one
// that mentions them or replies to them, or that is for all; s.mu is held.
func (s *Server) question(from botstest.From) *message {
	chat := s.chats[place(from)]
	for _, m := range slices.Backward(s.sent) {
		if m.deleted || m.Chat != chat.id || m.Asks == nil {
			continue
		}
		sender, _ := s.replied(chat, m.ReplyTo)["from"].(map[string]any)
		if !m.Asks.Selective || chat.kind == "private" || slices.Contains(pings(m.Sent), from.UserID) ||
			fmt.Sprint(sender["id"]) == from.UserID {
			return m
		}
	}
	return nil
}
