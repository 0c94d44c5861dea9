package telegram

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"kellybot/bots"
	"kellybot/commands"
)

// Deliver implements bots.Adapter. Each picture is a message of its own, with
// the text and the buttons under the first; a status is removed after that.
//
// The Bot API has no way to send a message once only. A send whose answer is
// lost is made again, once: better twice than never, and the log says so.
func (a *Adapter) Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	return a.deliver(ctx, to, reply, longestPause)
}

// deliver is Deliver with pauses up to longest where Telegram demands them.
func (a *Adapter) deliver(ctx context.Context, to commands.Address, reply commands.Reply, longest time.Duration) (commands.Receipt, error) {
	at, err := parseAddress(to)
	if err != nil {
		return commands.Receipt{}, fmt.Errorf("%w: %w", commands.ErrUndeliverable, err)
	}
	receipt, err := a.sendAll(ctx, at, reply, longest)
	if refused, ok := errors.AsType[*apiError](err); ok && refused.final() {
		err = fmt.Errorf("%w: %w", commands.ErrUndeliverable, err)
	}
	if err == nil && at.Status != 0 {
		a.removeStatus(ctx, at)
	}
	return receipt, err
}

func (a *Adapter) sendAll(ctx context.Context, at address, reply commands.Reply, longest time.Duration) (commands.Receipt, error) {
	if len(reply.Images) == 0 {
		sent, err := a.post(ctx, &message{to: at, text: reply.Text, buttons: reply.Buttons, longest: longest})
		return commands.Receipt{MessageID: sent.id()}, err
	}
	var receipt commands.Receipt
	for i := range reply.Images {
		m := &message{to: at, image: &reply.Images[i], longest: longest}
		picture := m.image.Picture
		m.form = formFor(picture.Format.ContentType(), picture.Width, picture.Height, int64(len(picture.Bytes())))
		if m.form == inWords {
			m.instead = m.tooLarge()
		}
		if i == 0 {
			m.text, m.buttons = reply.Text, reply.Buttons
		}
		sent, err := a.post(ctx, m)
		if err != nil {
			return receipt, err
		}
		if i == 0 {
			receipt.MessageID = sent.id()
		}
		if file := sent.fileID(); file != "" {
			receipt.FileIDs = append(receipt.FileIDs, file)
		}
		if m.barred {
			break // the others are barred as well
		}
	}
	return receipt, nil
}

// Progress implements bots.Adapter: "sending a photo…" under the bot's name,
// which Telegram shows for five seconds.
func (a *Adapter) Progress(ctx context.Context, to commands.Address) error {
	at, err := parseAddress(to)
	if err != nil {
		return err
	}
	params := at.params()
	params["action"] = "upload_photo"
	return a.call(ctx, showTime, "sendChatAction", params, nil)
}

// A message is one that is to be sent.
type message struct {
	to      address
	text    commands.Text
	buttons []commands.Button
	image   *commands.Image
	form    form
	edit    bool          // the status is changed, and nothing sent
	plain   bool          // without markup
	moved   bool          // to is the group's new id
	instead string        // why the picture is not there, for a message in words
	barred  bool          // the chat takes no pictures from the bot
	unsure  bool          // a send may have arrived, although it failed
	longest time.Duration // the longest pause that Telegram may demand
}

// post sends a message, and sends it again in another way where a refusal
// tells which. Each way is taken once at most.
func (a *Adapter) post(ctx context.Context, m *message) (sentMessage, error) {
	for {
		sent, err := a.send(ctx, m)
		if errors.Is(err, errOddResult) {
			// It was delivered; only its receipt is lost.
			a.log.Warn("a message was sent, but its receipt cannot be read", "cause", err)
			return sent, nil
		}
		refused, ok := errors.AsType[*apiError](err)
		if !ok || !m.adapt(refused) {
			return sent, err
		}
	}
}

// adapt changes the message to one that may be taken after it was refused, and
// reports whether there is any.
func (m *message) adapt(refused *apiError) bool {
	switch {
	case refused.MigratedTo != 0 && !m.moved:
		// The group's messages have other numbers there.
		m.to, m.moved, m.edit = address{Chat: refused.MigratedTo}, true, false
	case refused.badMarkup() && !m.plain:
		m.plain = true
	case m.form == asPhoto && refused.notAsPhoto():
		m.form = asDocument
	case m.form != inWords && refused.tooLarge():
		m.form, m.instead = inWords, m.tooLarge()
	case m.form != inWords && refused.final():
		// A chat that takes nothing at all refuses the words too.
		m.form, m.instead, m.barred = inWords, untaken, refused.barred()
		if m.barred {
			m.instead = barred
		}
	default:
		return false
	}
	return true
}

// send sends a message, in several attempts when faults come up that may pass,
// and in one more when it may have arrived.
func (a *Adapter) send(ctx context.Context, m *message) (sent sentMessage, err error) {
	lost := false // the answer to the last attempt
	err = bots.Retry(ctx, sendAttempts, func(ctx context.Context) error {
		if lost {
			a.log.Warn("an answer of Telegram was lost; the message is sent again and may be there twice", "chat", m.to.Chat)
		}
		err := a.sendOnce(ctx, m, &sent)
		if err == nil || ctx.Err() != nil || errors.Is(err, errOddResult) {
			return err
		}
		if lost = mayHaveArrived(err); lost && m.unsure {
			return err
		}
		m.unsure = m.unsure || lost
		refused, ok := errors.AsType[*apiError](err)
		switch {
		case !ok:
			return bots.Again(err, 0)
		case refused.passing() && refused.RetryAfter <= m.longest:
			return bots.Again(err, refused.RetryAfter)
		}
		return err
	})
	return sent, err
}

func (a *Adapter) sendOnce(ctx context.Context, m *message, sent *sentMessage) error {
	method, params := m.params()
	if m.form == inWords {
		return a.call(ctx, callTime, method, params, sent)
	}
	select {
	case a.uploads <- struct{}{}:
		defer func() { <-a.uploads }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var parts []bots.Part
	for _, key := range slices.Sorted(maps.Keys(params)) {
		parts = append(parts, bots.Part{Name: key, Body: []byte(params[key])})
	}
	file := bots.Part{
		Name:        "photo",
		FileName:    m.image.Name,
		ContentType: m.image.Picture.Format.ContentType(),
		Body:        m.image.Picture.Bytes(),
	}
	if m.form == asDocument {
		file.Name = "document"
	}
	parts = append(parts, file)

	ctx, cancel := context.WithTimeout(ctx, callTime+time.Duration(len(file.Body))*time.Second/uploadRate)
	defer cancel()
	_, answer, err := bots.NewForm(parts...).Do(ctx, a.client(ctx), "POST", a.url+"/bot"+placeholder+"/"+method, nil) //nolint:bodyclose // Do has closed it
	if err != nil {
		return fmt.Errorf("%s: %w", method, bare(err))
	}
	return decode(method, answer, sent)
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
		if m.image.Spoiler {
			params["has_spoiler"] = "true"
		}
	case asDocument:
		method = "sendDocument"
		// A document stays what was sent: WebP would turn into a sticker.
		params["disable_content_type_detection"] = "true"
	case inWords:
		method, limit, field = "sendMessage", maxText, "text"
		params["link_preview_options"] = `{"is_disabled":true}`
		if m.instead != "" {
			text = slices.Concat(commands.T(m.instead+"\n"), text)
		}
		if m.edit {
			method = "editMessageText"
		}
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
		params["reply_parameters"] = fmt.Sprintf(`{"message_id":%d,"allow_sending_without_reply":true}`, m.to.Message)
	}
	return params
}

// tooLarge says why there is no picture.
func (m *message) tooLarge() string {
	const mb = 1 << 20
	return fmt.Sprintf("The picture is ready, but its %d MB are more than the %d MB that Telegram takes from a bot: please ask for a smaller size.",
		(len(m.image.Picture.Bytes())+mb-1)/mb, maxDocumentBytes/mb)
}

const (
	barred  = "The picture is ready, but this chat does not let me send pictures: please ask an administrator to allow me photos or files, and then ask again."
	untaken = "The picture is ready, but Telegram does not take it: please ask again, perhaps for another size."
)

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
