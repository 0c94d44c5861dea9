package telegramtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // formats that photos may have
	_ "image/jpeg"
	_ "image/png"
	"net/http"
	"slices"
	"strings"

	_ "golang.org/x/image/webp"

	"kellybot/bots/botstest"
)

// What the Bot API takes: https://core.telegram.org/bots/api.
const (
	maxText     = 4096
	maxCaption  = 1024
	maxPhoto    = 10 << 20
	maxDocument = 50 << 20
)

// A Sent is a message of the bot.
type Sent struct {
	Method   string // that sent it
	Chat     int64
	Thread   int
	ID       int
	ReplyTo  int // 0 when that message is not there
	Text     string
	Entities []Entity
	Previews bool // links may be shown with a preview
	File     *botstest.File
	Buttons  [][]Button // in rows
	Asks     *Asked     // for a reply
	Album    string     // that the message is in, or ""
}

// Asked is a reply that opens for people.
type Asked struct {
	Selective bool   `json:"selective"` // for whom the message replies to or mentions alone
	Hint      string `json:"input_field_placeholder"`
}

type message struct {
	Sent
	deleted bool
	old     bool   // older than what a bot may delete
	alert   string // the only user who sees it, for an answer to the press of a button
}

// Sent returns the bot's messages as they stand, without those deleted.
func (s *Server) Sent() []Sent {
	var sent []Sent
	for _, m := range s.visible() {
		if m.alert == "" {
			sent = append(sent, m.Sent)
		}
	}
	return sent
}

// visible returns what people see, alerts too.
func (s *Server) visible() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var visible []message
	for _, m := range s.sent {
		if !m.deleted {
			visible = append(visible, *m)
		}
	}
	return visible
}

func (s *Server) sendMessage(w http.ResponseWriter, _ *http.Request, call Call) {
	s.send(w, call, "text", nil)
}

func (s *Server) sendPhoto(w http.ResponseWriter, _ *http.Request, call Call) {
	file, err := upload(call, "photo")
	if err == nil {
		err = checkPhoto(file.Bytes)
	}
	if err != nil {
		refuse(w, 400, "Bad Request: "+err.Error())
		return
	}
	file.Spoiler = call.Params["has_spoiler"] == "true"
	s.send(w, call, "caption", &file)
}

func (s *Server) sendDocument(w http.ResponseWriter, _ *http.Request, call Call) {
	file, err := upload(call, "document")
	if err != nil {
		refuse(w, 400, "Bad Request: "+err.Error())
		return
	}
	if len(file.Bytes) > maxDocument {
		refuse(w, 413, "Request Entity Too Large")
		return
	}
	s.send(w, call, "caption", &file)
}

// kinds names what the methods send as the rights to send it do.
var kinds = map[string]string{"sendPhoto": "photos", "sendDocument": "documents"}

// send does what all the methods that send have in common.
func (s *Server) send(w http.ResponseWriter, call Call, field string, file *botstest.File) {
	m := &message{Sent: Sent{Method: call.Method, File: file, Previews: true}}
	var err error
	m.Text, m.Entities, err = formatted(call, field)
	if err == nil {
		m.Buttons, m.Asks, err = markup(call)
	}
	if err != nil {
		refuse(w, 400, "Bad Request: "+err.Error())
		return
	}
	var preview struct {
		Disabled bool `json:"is_disabled"`
	}
	if text := call.Params["link_preview_options"]; text != "" {
		if json.Unmarshal([]byte(text), &preview) != nil {
			refuse(w, 400, "Bad Request: can't parse link preview options")
			return
		}
		m.Previews = !preview.Disabled
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	chat, ok := s.chat(w, call)
	if !ok {
		return
	}
	if err := chat.place(call, m); err != nil {
		refuse(w, 400, "Bad Request: "+err.Error())
		return
	}
	m.ID = chat.newMessage()
	s.sent = append(s.sent, m)
	s.change()
	answer(w, s.object(m, chat))
}

// place puts a message where the call says, or says why it cannot be there.
func (c *chat) place(call Call, m *message) (err error) {
	m.Chat = c.id
	if kind := kinds[m.Method]; c.bars(kind) {
		return errors.New("not enough rights to send " + kind + " to the chat")
	}
	if m.Thread, err = number(call, "message_thread_id", 0); err != nil || m.Thread != 0 && !slices.Contains(c.topics, m.Thread) {
		return errors.New("message thread not found")
	}
	m.ReplyTo, err = c.replyTo(call)
	return err
}

// formatted returns the text in the field of the call as people read it.
func formatted(call Call, field string) (text string, entities []Entity, err error) {
	text = call.Params[field]
	switch mode := call.Params["parse_mode"]; strings.ToLower(mode) {
	case "":
	case "html":
		if text, entities, err = ParseHTML(text); err != nil {
			return "", nil, fmt.Errorf("can't parse entities: %w", err)
		}
	default:
		return "", nil, errors.New("unsupported parse_mode")
	}
	limit := maxCaption
	if field == "text" {
		limit = maxText
		if strings.TrimSpace(text) == "" {
			return "", nil, errors.New("message text is empty")
		}
	}
	if utf16Len(text) > limit {
		return "", nil, fmt.Errorf("message %s is too long", strings.TrimPrefix(field, "text"))
	}
	return text, entities, nil
}

// object is the message as the Bot API shows it; s.mu is held.
func (s *Server) object(m *message, chat *chat) map[string]any {
	object := map[string]any{
		"message_id": m.ID,
		"date":       1700000000 + m.ID,
		"chat":       chat.object(),
		"from":       map[string]any{"id": BotID, "is_bot": true, "first_name": "Kelly Test", "username": Username},
	}
	if m.Thread != 0 {
		object["message_thread_id"] = m.Thread
		object["is_topic_message"] = true
	}
	field := "text"
	if m.File != nil {
		field = "caption"
		id := fmt.Sprintf("file-%d-%d", chat.id, m.ID)
		s.files[id] = m.File.Bytes
		file := map[string]any{"file_id": id, "file_unique_id": id + "u", "file_size": len(m.File.Bytes)}
		if m.Method == "sendPhoto" {
			config, _, _ := image.DecodeConfig(bytes.NewReader(m.File.Bytes))
			file["width"], file["height"] = config.Width, config.Height
			small := map[string]any{"file_id": id + "-s", "file_unique_id": id + "su", "width": min(90, config.Width-1), "height": min(90, config.Height)}
			object["photo"] = []any{small, file}
		} else {
			file["file_name"], file["mime_type"] = m.File.Name, m.File.ContentType
			object["document"] = file
		}
	}
	if m.Text != "" {
		object[field] = m.Text
	}
	if len(m.Entities) > 0 {
		object[strings.TrimPrefix(field+"_entities", "text_")] = m.Entities
	}
	if m.Album != "" {
		object["media_group_id"] = m.Album
	}
	if m.ReplyTo != 0 {
		object["reply_to_message"] = s.replied(chat, m.ReplyTo)
	}
	if len(m.Buttons) > 0 {
		object["reply_markup"] = map[string]any{"inline_keyboard": m.Buttons}
	}
	return object
}

var actions = []string{"typing", "upload_photo", "upload_document", "choose_sticker", "find_location",

	"record_video", "upload_video", "record_voice", "upload_voice", "record_video_note", "upload_video_note"}

func (s *Server) sendChatAction(w http.ResponseWriter, _ *http.Request, call Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.chat(w, call); !ok {
		return
	}
	if !slices.Contains(actions, call.Params["action"]) {
		refuse(w, 400, "Bad Request: wrong parameter action in request")
		return
	}
	answer(w, true)
}
