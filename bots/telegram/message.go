package telegram

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"kellybot/commands"
)

// A message is one that is to be sent.
type message struct {
	to      address
	text    commands.Text
	buttons []commands.Button
	ladder  *ladder       // of the picture, or nil
	way                   // the picture is sent
	edit    bool          // the status is changed, and nothing sent
	plain   bool          // without markup
	moved   bool          // to is the group's new id
	bound   bool          // to the message that it replies to: no one without the other
	unsure  bool          // a send may have arrived, although it failed
	longest time.Duration // the longest pause that Telegram may demand
}

// params returns the Bot API's method for the message, and its parameters
// other than the file.
func (m *message) params() (method string, params map[string]string) {
	params = m.place()
	if len(m.buttons) > 0 {
		params["reply_markup"] = keyboard(m.buttons)
	}
	text, limit, field := m.text, maxCaption, "caption"
	switch m.form {
	case asPhoto:
		method = "sendPhoto"
		if m.ladder.image.Spoiler {
			params["has_spoiler"] = "true"
		}
	case asDocument:
		method = "sendDocument"
		// A document stays what was sent: WebP would turn into a sticker.
		params["disable_content_type_detection"] = "true"
	case inWords:
		method, limit, field = "sendMessage", maxText, "text"
		params["link_preview_options"] = `{"is_disabled":true}`
		if m.edit {
			method = "editMessageText"
		}
	}
	if m.ladder != nil {
		text = annotated(text, m.ladder.note(m.way), m.form == inWords)
	}
	if m.plain {
		params[field] = asText.Render(text, limit)
	} else {
		params[field] = asHTML.Render(text, limit)
		params["parse_mode"] = "HTML"
	}
	return method, params
}

// place returns the parameters that say where the message stands.
func (m *message) place() map[string]string {
	if m.edit {
		return map[string]string{"chat_id": decimal(m.to.Chat), "message_id": strconv.Itoa(m.to.Status)}
	}
	params := m.to.params()
	if m.to.Message != 0 {
		params["reply_parameters"] = fmt.Sprintf(`{"message_id":%d,"allow_sending_without_reply":%t}`, m.to.Message, !m.bound)
	}
	return params
}

// annotated is the text with a note on a line of its own, before it or after.
func annotated(text commands.Text, note string, before bool) commands.Text {
	switch {
	case note == "":
		return text
	case len(text) == 0:
		return commands.T(note)
	case before:
		return slices.Concat(commands.T(note+"\n"), text)
	}
	return slices.Concat(text, commands.T("\n"+note))
}

// adapt changes the message to one that may be taken after it was refused, and
// reports whether there is any. Each way is taken once at most.
func (m *message) adapt(refused *apiError) bool {
	switch {
	case refused.MigratedTo != 0 && !m.moved:
		// The group's messages have other numbers there.
		m.to, m.moved, m.edit = address{Chat: refused.MigratedTo}, true, false
	case refused.badMarkup() && !m.plain:
		m.plain = true
	case refused.threadGone() && m.to.Thread != 0 && m.to.Message != 0:
		// A group that has no topics any more still has the request. One that
		// went with its topic has no place left for an answer.
		m.to.Thread, m.bound = 0, true
	case refused.replyGone() && m.to.Message != 0 && !m.bound:
		m.to.Message = 0
	case m.form != inWords && m.ladder.refuse(m.way, refused):
		// A chat that takes nothing at all refuses the words too.
		m.way = m.ladder.best()
	default:
		return false
	}
	return true
}

// A sentMessage is what Telegram answers to a send.
type sentMessage struct {
	ID    int `json:"message_id"`
	Photo []struct {
		FileID string `json:"file_id"`
		Width  int    `json:"width"`
	} `json:"photo"` // one picture in several sizes
	Document struct {
		FileID string `json:"file_id"`
	} `json:"document"`
}

func (s sentMessage) id() string {
	if s.ID == 0 {
		return ""
	}
	return strconv.Itoa(s.ID)
}

// fileID is that of the document or of the photo's largest size, or "".
func (s sentMessage) fileID() string {
	file, width := s.Document.FileID, -1
	for _, size := range s.Photo {
		if size.Width > width {
			file, width = size.FileID, size.Width
		}
	}
	return file
}
