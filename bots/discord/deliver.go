package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots"
	"kellybot/commands"
)

// Deliver edits the placeholder. A private reply to a request whose
// placeholder everybody sees takes its place as a message of its own; so does
// one to a pressed button that needs no placeholder, unless it updates the
// button's message. All may be done again without harm, except that messages of
// their own may then be read twice.
// When the interaction can no longer be answered, the reply is a message in
// the channel, where the bot may write there; Discord takes the same one once
// within some minutes.
func (a *Adapter) Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	addr, err := parse(to)
	if err != nil {
		return commands.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, deliverTimeout+bots.UploadTime(total(reply)))
	defer cancel()
	var receipt commands.Receipt
	if err = a.enter(ctx, &addr); err == nil {
		receipt, err = a.deliver(ctx, addr, reply)
	}
	switch {
	case hasCode(err, codesForbidden...), hasCode(err, codesClosed...), hasCode(err, codeUnknownMessage):
		err = fmt.Errorf("%w: %w", commands.ErrClosed, err)
	case final(err) && !errors.Is(err, commands.ErrUndeliverable):
		err = fmt.Errorf("%w: %w", commands.ErrUndeliverable, err)
	}
	if err != nil {
		return receipt, fmt.Errorf("answering interaction %s: %w", addr.Interaction, err)
	}
	return receipt, nil
}

func (a *Adapter) deliver(ctx context.Context, addr address, reply commands.Reply) (commands.Receipt, error) {
	ladder := a.newLadder(addr.Interaction, reply, addr.UploadLimit)
	dead := errors.New("the interaction's token has died")
	if addr.answerable() {
		receipt, err := ladder.send(ctx, func(reply commands.Reply) (commands.Receipt, error) {
			return a.answer(ctx, addr, reply)
		})
		if !hasCode(err, codesDead...) {
			return receipt, err
		}
		dead = err
	}
	if !addr.CanPost {
		return commands.Receipt{}, fmt.Errorf("%w: %w", commands.ErrUndeliverable, dead)
	}
	return a.post(ctx, addr, ladder)
}

// answer answers with the interaction's token.
func (a *Adapter) answer(ctx context.Context, addr address, reply commands.Reply) (commands.Receipt, error) {
	ctx, cancel := context.WithDeadline(ctx, addr.Received.Add(tokenLife))
	defer cancel()
	if err := a.unacked.wait(ctx, addr.Interaction); err != nil {
		return commands.Receipt{}, err
	}
	// A picture that a whole chat sees names who asked for it.
	requester := ""
	if len(reply.Images) > 0 && !reply.Private && !addr.Private {
		requester = addr.User
	}
	m := compose(reply, requester)
	c := call{method: http.MethodPatch, url: addr.original()}
	follows := addr.kept() && !reply.Update
	if reply.Private && !addr.Private {
		// In this order: the first message after a placeholder would take the
		// placeholder's place, and be seen by everybody as it is.
		gone := call{method: http.MethodDelete, url: addr.original()}
		if err := a.onceAcknowledged(ctx, addr, gone, nil); err != nil && !hasCode(err, codeUnknownMessage) {
			return commands.Receipt{}, err
		}
		follows = true
	}
	if follows {
		c = call{method: http.MethodPost, url: discordgo.EndpointFollowupMessage(addr.App, addr.Token) + "?wait=true"}
		m.Flags |= discordgo.MessageFlagsEphemeral
	}
	c.payload, c.files = m, parts(reply)
	var answered sent
	err := a.onceAcknowledged(ctx, addr, c, &answered)
	return answered.receipt(addr, reply), err
}

// onceAcknowledged calls Discord about an interaction. Another process may be
// acknowledging it at this moment; for as long as it may, that Discord does
// not know the interaction is a fault that passes.
func (a *Adapter) onceAcknowledged(ctx context.Context, addr address, c call, into any) error {
	for n := 1; ; n++ {
		err := a.call(ctx, attempts, c, into)
		if !hasCode(err, codeUnknownWebhook) || time.Since(addr.Received) >= 2*ackDeadline || !bots.Sleep(ctx, bots.Pause(n)) {
			return err
		}
	}
}

// sent is what Discord says of a message.
type sent struct {
	ID    string                 `json:"id"`
	Flags discordgo.MessageFlags `json:"flags"`
}

// receipt is of the reply that the message brings. A message that one person
// sees can be neither linked to nor fetched from.
func (s sent) receipt(addr address, reply commands.Reply) commands.Receipt {
	receipt := commands.Receipt{MessageID: s.ID}
	found := s.ID != "" && s.Flags&discordgo.MessageFlagsEphemeral == 0
	if found {
		receipt.Link = addr.link(s.ID)
	}
	for n := range reply.Images {
		image := commands.Delivered{MessageID: s.ID}
		if found {
			image.File = picture{Channel: addr.Channel, Message: s.ID, N: n}.attachment()
		}
		receipt.Images = append(receipt.Images, image)
	}
	return receipt
}
