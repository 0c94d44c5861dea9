package playground

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"kellybot/commands"
)

// Deliver implements bots.Adapter. The answer takes the place of the status,
// and of itself when it is delivered again.
func (a *Adapter) Deliver(_ context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	at, err := parseAddress(to)
	if err != nil {
		return commands.Receipt{}, fmt.Errorf("%w: %w", commands.ErrUndeliverable, err)
	}
	m := message{
		ID: at.answer(), Private: reply.Private, Failed: reply.Failed, Locale: reply.Locale,
		Buttons: rows(reply.Buttons), Form: asked(reply.Form),
	}
	receipt := commands.Receipt{}
	text, limit := reply.Text, maxText
	for _, image := range reply.Images {
		data := image.Picture.Bytes()
		if len(data) > maxPicture {
			note := commands.Say("The picture is ready, but its %s MB are more than this page shows: please ask for a smaller size.", len(data)>>20)
			text = append(append(text, commands.Span{Text: "\n"}), note.In(reply.Locale)...)
			receipt.Images = append(receipt.Images, commands.Delivered{})
			continue
		}
		f := file{
			Name: image.Name, Type: image.Picture.Format.ContentType(), Size: int64(len(data)),
			Width: image.Picture.Width, Height: image.Picture.Height, Alt: image.Alt, Spoiler: image.Spoiler,
		}
		if f.ID, _, err = a.store.save(at.Chat, bytes.NewReader(data)); err != nil {
			a.store.discard(at.Chat, m.files())
			return commands.Receipt{}, fmt.Errorf("playground: a picture could not be kept: %w", err)
		}
		m.Images = append(m.Images, f)
		receipt.Images = append(receipt.Images, commands.Delivered{File: remote{at.Chat, f.ID}.attachment()})
		limit = maxCaption
	}
	for _, one := range reply.Files {
		f := file{Name: one.Name, Type: one.ContentType, Size: int64(len(one.Bytes))}
		if f.ID, _, err = a.store.save(at.Chat, bytes.NewReader(one.Bytes)); err != nil {
			a.store.discard(at.Chat, m.files())
			return commands.Receipt{}, fmt.Errorf("playground: a file could not be kept: %w", err)
		}
		m.Files = append(m.Files, f)
	}
	if m.Form != nil {
		text = nil // it is for where nobody can be asked
	}
	m.Text = spans(text, limit)
	a.busy.end(at)
	err = a.store.change(at.Chat, func(c *chat) error {
		if reply.Update && len(m.files()) == 0 && m.Form == nil && c.find(at.Pressed) != nil {
			m.ID = at.Pressed
		}
		c.put(m)
		c.take(at)
		return nil
	})
	if err != nil {
		a.store.discard(at.Chat, m.files())
		return commands.Receipt{}, fmt.Errorf("playground: the answer could not be kept: %w", err)
	}
	receipt.MessageID = m.ID
	for i := range receipt.Images {
		receipt.Images[i].MessageID = m.ID
	}
	return receipt, nil
}

// Progress implements bots.Adapter: a line below the chat says that the bot is
// at work, and for how long.
func (a *Adapter) Progress(_ context.Context, to commands.Address) error {
	at, err := parseAddress(to)
	if err != nil {
		return err
	}
	a.busy.mark(at, time.Now())
	a.store.nudge(at.Chat)
	return nil
}

// Show implements bots.Adapter: the status stands where the answer will. One
// that comes after the answer is not shown.
func (a *Adapter) Show(_ context.Context, to commands.Address, status commands.Status) (commands.Address, error) {
	at, err := parseAddress(to)
	if err != nil {
		return to, err
	}
	err = a.store.change(at.Chat, func(c *chat) error {
		if there := c.find(at.answer()); there != nil && !there.Status {
			return errUnchanged
		}
		c.put(message{ID: at.answer(), Status: true, Text: spans(status.Text, maxText), Buttons: rows(status.Buttons)})
		c.take(at)
		return nil
	})
	return to, err
}

// Until implements bots.Adapter: an address can be answered for ever.
func (a *Adapter) Until(commands.Address) time.Time { return time.Time{} }

// Keep implements bots.Keeper: no address holds a secret.
func (a *Adapter) Keep(to commands.Address) (kept commands.Address, ok bool) { return to, true }

// Fetch implements bots.Adapter.
func (a *Adapter) Fetch(_ context.Context, of commands.Attachment) (io.ReadCloser, int64, error) {
	f, err := parseRemote(of)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", commands.ErrUnfetched, err)
	}
	opened, size, err := a.store.open(f)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fmt.Errorf("%w: playground: the file is no longer kept", commands.ErrUnfetched)
	case err != nil:
		return nil, 0, fmt.Errorf("%w: playground: %w", commands.ErrUnfetched, err)
	}
	return opened, size, nil
}

// Remove implements bots.Adapter.
func (a *Adapter) Remove(_ context.Context, by commands.Address, messages []string) error {
	at, err := parseAddress(by)
	if err != nil {
		return err
	}
	return a.store.change(at.Chat, func(c *chat) error {
		if !c.remove(messages...) {
			return errUnchanged
		}
		return nil
	})
}
