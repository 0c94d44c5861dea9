package telegram

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/internal/imaging"
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
	photos, files := taken, taken // what is known of the chat
	for i := range reply.Images {
		m := &message{to: at, ladder: newLadder(&reply.Images[i], photos, files), longest: longest}
		if i == 0 {
			m.text, m.buttons = reply.Text, reply.Buttons
		}
		m.way = m.ladder.best()
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
		if m.ladder.barred() {
			break // the others are barred as well
		}
		photos, files = m.ladder.photos, m.ladder.files
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
	return a.callChat(ctx, showTime, "sendChatAction", params, nil)
}

// post sends a message, and sends it again in another way where a refusal
// tells which.
func (a *Adapter) post(ctx context.Context, m *message) (sentMessage, error) {
	for {
		if err := a.fit(ctx, m); err != nil {
			return sentMessage{}, err
		}
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

// fit makes a smaller picture where the message's way needs one, which then
// serves all its attempts. Where none can be made the way becomes another.
func (a *Adapter) fit(ctx context.Context, m *message) error {
	for m.form != inWords && m.ladder.fitting(m.way) == nil {
		image := m.ladder.image
		jpeg, err := imaging.Fit(ctx, image.Picture, m.most)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			a.log.Warn("a picture that is too large for Telegram cannot be made smaller", "chat", m.to.Chat, "cause", err)
			m.ladder.rigid = true
			m.way = m.ladder.best()
		default:
			smaller := *image
			smaller.Name, smaller.Picture = renamed(image.Name, string(jpeg.Format)), jpeg
			m.ladder.smaller = &smaller
		}
	}
	return nil
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
	image := m.ladder.fitting(m.way)
	file := bots.Part{
		Name:        "photo",
		FileName:    image.Name,
		ContentType: image.Picture.Format.ContentType(),
		Body:        image.Picture.Bytes(),
	}
	if m.form == asDocument {
		file.Name = "document"
	}
	parts = append(parts, file)

	ctx, cancel := context.WithTimeout(ctx, uploadTime(len(file.Body)))
	defer cancel()
	_, answer, err := bots.NewForm(parts...).Do(ctx, a.client(ctx), "POST", a.url+"/bot"+placeholder+"/"+method, nil) //nolint:bodyclose // Do has closed it
	if err != nil {
		return fmt.Errorf("%s: %w", method, bare(err))
	}
	return decode(method, answer, sent)
}

// uploadTime bounds one attempt to send a file of so many bytes.
func uploadTime(bytes int) time.Duration {
	return callTime + time.Duration(bytes)*time.Second/uploadRate
}
