package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kellybot/bots/botstest"
)

// What the Bot API takes of buttons and of the answers to their presses.
const (
	maxButtonData = 64  // bytes
	maxAlert      = 200 // UTF-16 units
	maxHint       = 64  // characters
)

// A Button is one below a message.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data"`
}

// markup returns what stands below the message of the call: its buttons, in
// rows, or that it asks for a reply.
func markup(call Call) ([][]Button, *Asked, error) {
	text, given := call.Params["reply_markup"]
	if !given {
		return nil, nil, nil
	}
	var markup struct {
		Rows  [][]Button `json:"inline_keyboard"`
		Force bool       `json:"force_reply"`
		Asked
	}
	if json.Unmarshal([]byte(text), &markup) != nil {
		return nil, nil, errors.New("can't parse reply keyboard markup JSON object")
	}
	if markup.Force {
		if utf8.RuneCountInString(markup.Hint) > maxHint {
			return nil, nil, errors.New("can't parse reply keyboard markup: Field \"input_field_placeholder\" is too long")
		}
		return nil, &markup.Asked, nil
	}
	for _, row := range markup.Rows {
		for _, b := range row {
			switch {
			case b.Text == "":
				return nil, nil, errors.New("can't parse inline keyboard button: Field \"text\" must be of type String")
			case b.Data == "":
				return nil, nil, errors.New("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case len(b.Data) > maxButtonData:
				return nil, nil, errors.New("BUTTON_DATA_INVALID")
			}
		}
	}
	return markup.Rows, nil, nil
}

// Press implements botstest.Platform.
func (s *Server) Press(from botstest.From, below botstest.Message, label string) {
	m := s.shown(below)
	for _, b := range slices.Concat(m.Buttons...) {
		if b.Text == label {
			s.Forge(from, below, b.Data)
			return
		}
	}
	panic(fmt.Sprintf("message %d has no button %q", m.ID, label))
}

// shown is a message that people see.
func (s *Server) shown(seen botstest.Message) message {
	for _, m := range s.visible() {
		if strconv.FormatInt(m.Chat, 10) == seen.Chat && strconv.Itoa(m.ID) == seen.ID {
			return m
		}
	}
	panic(fmt.Sprintf("nobody sees a message %s in chat %s", seen.ID, seen.Chat))
}

// Forge queues what a client of somebody's own can send: the press of a button
// with the data below a message, where it need not stand.
func (s *Server) Forge(from botstest.From, below botstest.Message, data string) {
	m := s.shown(below)
	s.mu.Lock()
	object := s.object(&m, s.chats[m.Chat])
	s.mu.Unlock()
	s.Callback(from, object, data)
}

// Callback queues the press of a button below the message, as the Bot API
// shows it, with the data, and returns the id of the update. A message of nil
// is one that the bot sent by way of inline mode.
func (s *Server) Callback(from botstest.From, message map[string]any, data string) (update int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := fmt.Sprintf("query-%d", s.updates.last+1)
	s.queries[query] = from.UserID
	content := map[string]any{"id": query, "from": person(from), "chat_instance": "1", "data": data}
	if message != nil {
		content["message"] = message
	} else {
		content["inline_message_id"] = "inline"
	}
	return s.inject("callback_query", content)
}

// Unanswered returns how many presses the bot has not acknowledged.
func (s *Server) Unanswered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queries)
}

func (s *Server) answerCallbackQuery(w http.ResponseWriter, _ *http.Request, call Call) {
	text := call.Params["text"]
	s.mu.Lock()
	defer s.mu.Unlock()
	user, open := s.queries[call.Params["callback_query_id"]]
	switch {
	case !open:
		refuse(w, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
		return
	case utf16Len(text) > maxAlert:
		refuse(w, 400, "Bad Request: MESSAGE_TOO_LONG")
		return
	}
	// Only games lead anywhere else than to the bot itself.
	if link := call.Params["url"]; link != "" && !strings.HasPrefix(link, "https://t.me/"+Username+"?start=") {
		refuse(w, 400, "Bad Request: URL_INVALID")
		return
	}
	delete(s.queries, call.Params["callback_query_id"])
	if text != "" {
		s.sent = append(s.sent, &message{Sent: Sent{Method: call.Method, Text: text}, alert: user})
	}
	s.change()
	answer(w, true)
}
