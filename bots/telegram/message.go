package telegram

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kellybot/bots"
	"kellybot/commands"
)

// A message is one that is to be sent, or the first of an album.
type message struct {
	to      address
	text    commands.Text
	buttons []commands.Button
	asks    *commands.Form // which people fill by a reply, or nil
	locale  string         // of what the message says by itself
	ladder  *ladder        // of the picture, or nil
	way                    // the picture or the file is sent
	file    *commands.File // in place of a picture, or nil
	album   []*message     // those beside this one, which are pictures sent alike
	edit    int            // the message that is changed, and nothing sent; or 0
	caption bool           // what is changed is below a picture
	plain   bool           // without markup
	moved   bool           // to is the group's new id
	bound   bool           // to the message that it replies to: no one without the other
	unsure  bool           // a send may have arrived, although it failed
	lighter bool           // the picture was made smaller since its uploads were cut
	longest time.Duration  // the longest pause that Telegram may demand
}

// params returns the Bot API's method for the message, and its parameters
// other than the files.
func (m *message) params() (method string, params map[string]string) {
	params = m.place()
	if len(m.album) > 0 {
		params["media"] = m.media()
		return "sendMediaGroup", params
	}
	if markup := m.markup(); markup != "" {
		params["reply_markup"] = markup
	}
	limit, field := maxCaption, "caption"
	switch {
	case m.form == asPhoto:
		method = "sendPhoto"
		if m.ladder.image.Spoiler {
			params["has_spoiler"] = "true"
		}
	case m.form == asDocument:
		method = "sendDocument"
		// A document stays what was sent: WebP would turn into a sticker.
		params["disable_content_type_detection"] = "true"
	case m.edit != 0 && len(m.text) == 0:
		return "editMessageReplyMarkup", params
	case m.edit != 0 && m.caption:
		method = "editMessageCaption"
	default:
		method, limit, field = "sendMessage", maxText, "text"
		params["link_preview_options"] = `{"is_disabled":true}`
		if m.edit != 0 {
			method = "editMessageText"
		}
	}
	var mode string
	if params[field], mode = m.rendered(m.content(), limit); mode != "" {
		params["parse_mode"] = mode
	}
	return method, params
}

// media is the album's pictures as JSON.
func (m *message) media() string {
	type item struct {
		Type    string `json:"type"`
		Media   string `json:"media"`
		Caption string `json:"caption,omitempty"`
		Mode    string `json:"parse_mode,omitempty"`
		Spoiler bool   `json:"has_spoiler,omitempty"`
	}
	var items []item
	note := ""
	for n, one := range m.pieces() {
		i := item{Type: "document", Media: "attach://" + attached(n)}
		if one.form == asPhoto {
			i.Type, i.Spoiler = "photo", one.ladder.image.Spoiler
		}
		text := one.content()
		if said := one.ladder.note(one.way).String(); said == note {
			text = one.text // what is true of all is said once
		} else {
			note = said
		}
		if len(text) > 0 {
			i.Caption, i.Mode = m.rendered(text, maxCaption)
		}
		items = append(items, i)
	}
	media, err := json.Marshal(items)
	if err != nil {
		panic(err) // an item is strings
	}
	return string(media)
}

// pieces are the messages of the album, or the message alone.
func (m *message) pieces() []*message { return append([]*message{m}, m.album...) }

// attached names the album's n-th file, from 0.
func attached(n int) string { return "file" + strconv.Itoa(n) }

// uploads are the files that go with the message.
func (m *message) uploads() []bots.Part {
	var parts []bots.Part
	for n, one := range m.pieces() {
		part := bots.Part{Name: "document"}
		switch {
		case one.form == inWords:
			continue
		case len(m.album) > 0:
			part.Name = attached(n)
		case one.form == asPhoto:
			part.Name = "photo"
		}
		if one.file != nil {
			part.FileName, part.ContentType, part.Body = one.file.Name, one.file.ContentType, one.file.Bytes
		} else {
			image := one.ladder.fitting(one.way)
			part.FileName, part.ContentType, part.Body = image.Name, image.Picture.Format.ContentType(), image.Picture.Bytes()
		}
		parts = append(parts, part)
	}
	return parts
}

// markup is what stands below the message, as JSON, or "".
func (m *message) markup() string {
	if m.asks != nil {
		return forcedReply(m.asks)
	}
	if len(m.buttons) > 0 {
		return keyboard(m.buttons)
	}
	return ""
}

// content is the text with what is to be said of the picture.
func (m *message) content() commands.Text {
	switch {
	case m.ladder != nil:
		return annotated(m.text, m.ladder.note(m.way).In(m.locale), m.form == inWords)
	case m.file != nil && m.form == inWords:
		return annotated(m.text, commands.Say("The file is ready, but this chat does not take it: please ask for it in a private chat with me.").In(m.locale), true)
	}
	return m.text
}

// rendered is the text for the Bot API, and its parse_mode.
func (m *message) rendered(text commands.Text, limit int) (rendered, mode string) {
	if m.plain {
		return asText.Render(text, limit), ""
	}
	return asHTML.Render(text, limit), "HTML"
}

// place returns the parameters that say where the message stands.
func (m *message) place() map[string]string {
	if m.edit != 0 {
		return map[string]string{"chat_id": decimal(m.to.Chat), "message_id": strconv.Itoa(m.edit)}
	}
	params := m.to.params()
	if m.to.Message != 0 {
		params["reply_parameters"] = fmt.Sprintf(`{"message_id":%d,"allow_sending_without_reply":%t}`, m.to.Message, !m.bound)
	}
	return params
}

// annotated is the text with a note on a line of its own, before it or after.
func annotated(text, note commands.Text, before bool) commands.Text {
	switch {
	case len(note) == 0:
		return text
	case len(text) == 0:
		return note
	case before:
		return slices.Concat(note, commands.T("\n"), text)
	}
	return slices.Concat(text, commands.T("\n"), note)
}

// adapt changes the message to one that may be taken after it was refused, and
// reports whether there is any. Each way is taken once at most.
func (m *message) adapt(refused *apiError) bool {
	switch {
	case refused.MigratedTo != 0 && !m.moved:
		// The group's messages have other numbers there.
		m.to, m.moved, m.edit = address{Chat: refused.MigratedTo}, true, 0
	case refused.badMarkup() && !m.plain:
		m.plain = true
	case m.edit != 0:
		return m.unedit(refused)
	case refused.threadGone() && m.to.Thread != 0 && m.to.Message != 0:
		// A group that has no topics any more still has the request. One that
		// went with its topic has no place left for an answer.
		m.to.Thread, m.bound = 0, true
	case refused.replyGone() && m.to.Message != 0 && !m.bound:
		m.to.Message = 0
	case len(m.album) > 0 || m.form == inWords:
		return false
	case m.file != nil && (refused.final() || refused.tooLarge()):
		m.form = inWords
	case m.ladder != nil && m.ladder.refuse(m.way, refused):
		// A chat that takes nothing at all refuses the words too.
		m.way = m.ladder.best()
	default:
		return false
	}
	return true
}

// unedit is adapt of a message that could not be changed.
func (m *message) unedit(refused *apiError) bool {
	if refused.names("no text in the message") && !m.caption {
		m.caption = true
		return true
	}
	return false
}

// A sentMessage is what Telegram answers to a send.
type sentMessage struct {
	ID     int  `json:"message_id"`
	Thread int  `json:"message_thread_id"`
	Topic  bool `json:"is_topic_message"`
	Chat   struct {
		ID       int64  `json:"id"`
		Type     string `json:"type"`
		Username string `json:"username"`
	} `json:"chat"`
	Photo []struct {
		FileID string `json:"file_id"`
		Size   int64  `json:"file_size"`
		Width  int    `json:"width"`
	} `json:"photo"` // one picture in several sizes
	Document struct {
		FileID string `json:"file_id"`
		Size   int64  `json:"file_size"`
	} `json:"document"`
}

func (s sentMessage) id() string {
	if s.ID == 0 {
		return ""
	}
	return strconv.Itoa(s.ID)
}

// link leads to the message for those who are in its chat, or to all in a
// public group; "" in other chats, where nothing does:
// https://core.telegram.org/api/links#message-links.
func (s sentMessage) link() string {
	private, super := strings.CutPrefix(decimal(s.Chat.ID), "-100")
	if s.ID == 0 || s.Chat.Type != "supergroup" || !super {
		return ""
	}
	link := "https://t.me/c/" + private
	if s.Chat.Username != "" {
		link = "https://t.me/" + s.Chat.Username
	}
	if s.Topic {
		link += "/" + strconv.Itoa(s.Thread)
	}
	return link + "/" + strconv.Itoa(s.ID)
}

// delivered is the picture of the message: the document, or the photo's
// largest size.
func (s sentMessage) delivered() commands.Delivered {
	d := commands.Delivered{MessageID: s.id()}
	file := remote{ID: s.Document.FileID, Size: s.Document.Size, Document: true}
	width := -1
	for _, size := range s.Photo {
		if size.Width > width {
			file, width = remote{ID: size.FileID, Size: size.Size}, size.Width
		}
	}
	if file.ID != "" {
		d.File = file.attachment()
	}
	return d
}
