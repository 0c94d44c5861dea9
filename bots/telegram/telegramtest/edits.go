package telegramtest

import (
	_ "image/gif" // formats that photos may have
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"slices"
	"strconv"

	_ "golang.org/x/image/webp"
)

func (s *Server) editMessageText(w http.ResponseWriter, _ *http.Request, call Call) {
	s.edit(w, call, "text")
}

func (s *Server) editMessageCaption(w http.ResponseWriter, _ *http.Request, call Call) {
	s.edit(w, call, "caption")
}

func (s *Server) editMessageReplyMarkup(w http.ResponseWriter, _ *http.Request, call Call) {
	s.edit(w, call, "")
}

// edit changes a message's field, or with "" its buttons alone.
func (s *Server) edit(w http.ResponseWriter, call Call, field string) {
	var (
		text     string
		entities []Entity
		err      error
	)
	if field != "" {
		text, entities, err = formatted(call, field)
	}
	var buttons [][]Button
	if err == nil {
		buttons, _, err = markup(call)
	}
	if err != nil {
		refuse(w, 400, "Bad Request: "+err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	chat, ok := s.chat(w, call)
	if !ok {
		return
	}
	m := s.find(chat, call)
	if m != nil && field == "" {
		text, entities = m.Text, m.Entities
	}
	switch {
	case m == nil:
		refuse(w, 400, "Bad Request: message to edit not found")
	case m.File == nil && field == "caption":
		refuse(w, 400, "Bad Request: there is no caption in the message to edit")
	case m.File != nil && field == "text":
		refuse(w, 400, "Bad Request: there is no text in the message to edit")
	case m.Text == text && slices.Equal(m.Entities, entities) && slices.EqualFunc(m.Buttons, buttons, slices.Equal):
		refuse(w, 400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	default:
		m.Text, m.Entities, m.Buttons = text, entities, buttons
		s.change()
		answer(w, s.object(m, chat))
	}
}

func (s *Server) deleteMessage(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	chat, ok := s.chat(w, call)
	if !ok {
		return
	}
	m := s.find(chat, call)
	switch {
	case m == nil:
		refuse(w, 400, "Bad Request: message to delete not found")
		return
	case m.old:
		refuse(w, 400, "Bad Request: message can't be deleted for everyone")
		return
	}
	m.deleted = true
	delete(chat.messages, m.ID)
	s.change()
	answer(w, true)
}

// Age makes the bot's messages of now too old to be deleted.
func (s *Server) Age() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.sent {
		m.old = true
	}
}

// find returns the bot's message that the call names, or nil; s.mu is held.
func (s *Server) find(chat *chat, call Call) *message {
	for _, m := range s.sent {
		if m.alert == "" && m.Chat == chat.id && strconv.Itoa(m.ID) == call.Params["message_id"] && !m.deleted {
			return m
		}
	}
	return nil
}
