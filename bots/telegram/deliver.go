package telegram

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"kellybot/bots"
	"kellybot/commands"
)

// Deliver implements bots.Adapter. Several pictures are an album, which can
// have no buttons, so that these stand below a message after it; what cannot
// be in an album is a message of its own, and so is each file. A status is
// removed after that.
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
	d := delivery{Adapter: a, at: at, reply: reply, longest: longest}
	err = d.all(ctx)
	switch refused, _ := errors.AsType[*apiError](err); {
	case refused == nil || !refused.final():
	case refused.closed():
		err = fmt.Errorf("%w: %w", commands.ErrClosed, err)
	default:
		err = fmt.Errorf("%w: %w", commands.ErrUndeliverable, err)
	}
	if err == nil && at.Status != 0 {
		a.removeStatus(ctx, at)
	}
	return d.receipt, err
}

// A delivery is a reply on its way.
type delivery struct {
	*Adapter
	at            address
	reply         commands.Reply
	longest       time.Duration
	receipt       commands.Receipt
	photos, files standing // what is known of the chat
}

func (d *delivery) message() *message {
	return &message{to: d.at, locale: d.reply.Locale}
}

// post sends a message. Once one is there the others wait for longer: what is
// left for later is sent from the first one on.
func (d *delivery) post(ctx context.Context, m *message) ([]sentMessage, error) {
	m.longest = d.longest
	sent, err := d.Adapter.post(ctx, m)
	if err == nil {
		d.longest = requestTime
	}
	return sent, err
}

func (d *delivery) all(ctx context.Context) error {
	r := d.reply
	if r.Update && d.at.Pressed != 0 && len(r.Images) == 0 && len(r.Files) == 0 && r.Form == nil {
		if done, err := d.update(ctx); done || err != nil {
			return err
		}
	}
	head := d.message()
	head.text, head.buttons, head.asks = d.at.named(r.Text, r.Locale), r.Buttons, r.Form
	if r.Form != nil {
		head.text = d.at.named(question(r.Form, r.Locale), r.Locale)
	}
	switch {
	case len(r.Images) > 0:
		if err := d.pictures(ctx, head); err != nil {
			return err
		}
	case len(r.Files) == 0:
		return d.first(ctx, head)
	}
	for i := range r.Files {
		m := d.message()
		if i == 0 && len(r.Images) == 0 {
			m = head
		}
		m.file, m.form = &r.Files[i], asDocument
		if err := d.first(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// first sends a message, which the receipt names unless it names one already.
func (d *delivery) first(ctx context.Context, m *message) error {
	sent, err := d.post(ctx, m)
	if err == nil && d.receipt.MessageID == "" {
		d.receipt.MessageID, d.receipt.Link = sent[0].id(), sent[0].link()
	}
	return err
}

// pictures sends the reply's pictures in order, with the text below the first:
// those that can be together as albums, and the others one by one. head is
// what the reply is without them.
func (d *delivery) pictures(ctx context.Context, head *message) error {
	var all []*message
	for i := range d.reply.Images {
		m := d.message()
		if i == 0 {
			m.text = head.text
		}
		m.ladder = newLadder(ctx, &d.reply.Images[i])
		m.way = m.ladder.best()
		if err := d.fit(ctx, m); err != nil {
			return err
		}
		all = append(all, m)
	}
	if len(all) == 1 {
		all[0].buttons = head.buttons
	}
	for rest := all; len(rest) > 0; {
		n := together(rest)
		err := d.album(ctx, rest[:n])
		if errors.Is(err, errSingly) {
			err = d.singly(ctx, rest[:n])
		}
		if errors.Is(err, errBarred) {
			break // the others are barred as well
		}
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	if len(all) > 1 && len(head.buttons) > 0 && d.shown() {
		d.below(ctx, all[0].to, head.buttons)
	}
	return nil
}

var (
	// errSingly is that pictures do not go together.
	errSingly = errors.New("no album")
	// errBarred is that the chat takes no pictures at all.
	errBarred = errors.New("no pictures here")
)

// together is how many of the pictures, from the first one on, one album takes:
// of photos alone, or of documents alone.
func together(pictures []*message) int {
	n := 1
	for n < min(len(pictures), maxAlbum) && pictures[0].form != inWords && pictures[n].form == pictures[0].form {
		n++
	}
	return n
}

// album sends pictures together. The error is errSingly when they do not go so.
func (d *delivery) album(ctx context.Context, pictures []*message) error {
	if len(pictures) == 1 {
		return errSingly
	}
	whole := *pictures[0]
	whole.album = pictures[1:]
	sent, err := d.post(ctx, &whole)
	if refused, ok := errors.AsType[*apiError](err); ok && (refused.final() || refused.tooLarge()) || errors.Is(err, bots.ErrCut) && !whole.unsure {
		return errSingly
	}
	if err != nil {
		return err
	}
	pictures[0].to = whole.to
	d.record(sent)
	return nil
}

// singly sends each picture by itself, in the best way that is left.
func (d *delivery) singly(ctx context.Context, pictures []*message) error {
	for _, m := range pictures {
		m.ladder.know(d.photos, d.files)
		m.way = m.ladder.best()
		sent, err := d.post(ctx, m)
		if err != nil {
			return err
		}
		d.record(sent)
		if m.ladder.barred() {
			return errBarred
		}
		d.photos, d.files = m.ladder.photos, m.ladder.files
	}
	return nil
}

func (d *delivery) record(sent []sentMessage) {
	for _, s := range sent {
		d.receipt.Images = append(d.receipt.Images, s.delivered())
	}
	if d.receipt.MessageID == "" {
		d.receipt.MessageID, d.receipt.Link = sent[0].id(), sent[0].link()
	}
}

// shown reports whether any picture was sent as one, and not only spoken of.
func (d *delivery) shown() bool {
	return slices.ContainsFunc(d.receipt.Images, func(i commands.Delivered) bool { return i.File.Data != nil })
}

// below sends the buttons of several pictures, in reply to the first of them,
// which is the receipt's message so far. The pictures are there, so that its
// failure is none of the delivery's: they would all come once more.
func (d *delivery) below(ctx context.Context, to address, buttons []commands.Button) {
	m := d.message()
	m.to, m.buttons = to, buttons
	if first, err := strconv.Atoi(d.receipt.MessageID); err == nil {
		m.to.Message = first
	}
	m.text = commands.Say("The numbers below are those of the pictures above, in order.").In(d.reply.Locale)
	sent, err := d.post(ctx, m)
	if err != nil {
		d.log.Warn("pictures were delivered, but their buttons were not", "chat", m.to.Chat, "cause", err)
		return
	}
	if sent[0].ID != 0 {
		d.receipt.MessageID, d.receipt.Link = sent[0].id(), sent[0].link()
	}
}

// update changes the message whose button was pressed. It reports whether that
// is done; a message that is gone, or none of ours to change, is not.
func (d *delivery) update(ctx context.Context) (done bool, err error) {
	m := d.message()
	m.edit, m.text, m.buttons = d.at.Pressed, d.reply.Text, d.reply.Buttons
	sent, err := d.post(ctx, m)
	refused, _ := errors.AsType[*apiError](err)
	switch {
	case refused != nil && refused.notModified():
		d.receipt.MessageID = decimal(int64(d.at.Pressed))
		return true, nil
	case refused != nil && refused.final():
		return false, nil
	case err == nil:
		d.receipt.MessageID, d.receipt.Link = sent[0].id(), sent[0].link()
	}
	return err == nil, err
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
