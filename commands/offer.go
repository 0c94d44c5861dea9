package commands

import (
	"context"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
)

// Offers keep requests that buttons ask for: a day, and each is for one user,
// and to be taken once.
type Offers interface {
	// Offer keeps requests for by, and returns an id for each.
	Offer(ctx context.Context, by *Request, requests []Request) (ids []string, err error)
	// Take returns the request that is kept by that id and keeps it no longer.
	// The error is ErrNotYours, or ErrFinished when there is none any more.
	Take(ctx context.Context, by *Request, id string) (Request, error)
}

// maxLabel is how many characters a Button's label may have.
const maxLabel = 40

// asking is b as a button that asks for the request. What is asked for is
// stored; whoever presses, when and where says the rest.
func (b Button) asking(req Request) Button {
	b.Label = cut(b.Label, maxLabel-1)
	b.asks = &Request{
		Command: req.Command, Text: req.Text, Options: req.Options,
		Message: req.Message, Attachments: req.Attachments, Replied: req.Replied,
	}
	return b
}

// Offered stores what the reply's buttons and its start ask for, for by alone.
// Where that cannot be, the reply comes without them.
func (r Reply) Offered(ctx context.Context, offers Offers, by *Request) (Reply, error) {
	var requests []Request
	if r.starts != nil {
		requests = append(requests, *r.starts)
	}
	for _, button := range r.Buttons {
		if button.asks != nil {
			requests = append(requests, *button.asks)
		}
	}
	if len(requests) == 0 {
		return r, nil
	}
	var ids []string
	var err error
	if offers != nil {
		ids, err = offers.Offer(ctx, by, requests)
	}
	if offers == nil || err != nil {
		r.Buttons = slices.DeleteFunc(slices.Clone(r.Buttons), func(b Button) bool { return b.asks != nil })
		r.starts = nil
		return r, err
	}
	if r.starts != nil {
		r.Start, r.starts, ids = startOffer+ids[0], nil, ids[1:]
	}
	r.Buttons = slices.Clone(r.Buttons)
	for i := range r.Buttons {
		if b := &r.Buttons[i]; b.asks != nil {
			b.Command, b.ID, b.asks, ids = "offer", ids[0], nil, ids[1:]
		}
	}
	return r, nil
}

// An offeringError is told to the user with buttons that make it good.
type offeringError struct {
	error
	buttons []Button
}

func (e *offeringError) Unwrap() error { return e.error }

// offering is err, told with the buttons.
func offering(err error, buttons ...Button) error { return &offeringError{err, buttons} }

// newOffer is the button that asks for what was stored.
func newOffer(r *Router, cfg Config) *Command {
	return &Command{
		Name:     "offer",
		Summary:  "Do what a button offers",
		Hidden:   true,
		Forwards: true,
		Always:   true, // what was stored is looked at by itself
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			answer := r.do
			offered, err := cfg.Offers.Take(ctx, req, req.Text)
			if errors.Is(err, ErrNotYours) && req.Moderator {
				// Who asks as the chat itself, as Telegram's anonymous administrators
				// do, presses in their own name: what applies is the chat's.
				as := *req
				as.User = User{ID: req.Chat.ID}
				if offered, err = cfg.Offers.Take(ctx, &as, req.Text); err == nil {
					req.User, answer = as.User, r.run
				}
			}
			if errors.Is(err, ErrNotYours) {
				return Reply{}, false, refuse("This button is for whoever asked: ask for a picture of your own with %s.", code("/imagine"))
			}
			if err != nil {
				return Reply{}, false, err
			}
			asked := *req
			asked.Command, asked.Text, asked.Options = offered.Command, offered.Text, offered.Options
			asked.Message, asked.Attachments, asked.Replied = offered.Message, offered.Attachments, offered.Replied
			// Taken once, it is no button any more that may be pressed twice.
			asked.Pressed, asked.offered = false, true
			reply, pending, err := answer(ctx, &asked)
			if _, offers := errors.AsType[*offeringError](err); err != nil && !offers {
				err = offering(err, RetryButton("").asking(asked))
			}
			return reply, pending, err
		},
	}
}

// maxTextID bounds a textID, so that it fits a button with its command.
const maxTextID = 50

var textIDs = base32.StdEncoding.WithPadding(base32.NoPadding)

// textID is a button's id that stands for text; ok is false where it would be
// too long.
func textID(text string) (id string, ok bool) {
	id = strings.ToLower(textIDs.EncodeToString([]byte(text)))
	return id, len(id) <= maxTextID
}

// idText is the text that an id stands for. The error is ErrFinished: no
// button of ours has that id.
func idText(id string) (text string, err error) {
	decoded, err := textIDs.DecodeString(strings.ToUpper(id))
	if err != nil {
		return "", ErrFinished
	}
	return string(decoded), nil
}
