package discord

import (
	"context"
	"fmt"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// Remove deletes messages as the bot where it may write to the channel, and
// otherwise the one whose button was pressed, which that press allows. What
// can be reached in neither way is commands.ErrTooOld. It is called while the
// press is handled.
func (a *Adapter) Remove(ctx context.Context, by commands.Address, messages []string) error {
	addr, err := parse(by)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, removeTimeout)
	defer cancel()
	for _, id := range messages {
		if fault := a.remove(ctx, addr, id); fault != nil && err == nil {
			err = fmt.Errorf("deleting message %s: %w", id, fault)
		}
	}
	return err
}

func (a *Adapter) remove(ctx context.Context, addr address, id string) error {
	pressed := id == addr.Pressed && addr.kept()
	err := commands.ErrTooOld
	if addr.CanPost && !(pressed && addr.Ephemeral) { // which does not exist for the bot
		c := call{method: http.MethodDelete, url: discordgo.EndpointChannelMessage(addr.Channel, id), asBot: true}
		switch err = a.call(ctx, attempts, c, nil); {
		case err == nil, hasCode(err, codeUnknownMessage):
			return nil
		case !hasCode(err, codesForbidden...) && !hasCode(err, codesClosed...):
			return err
		}
		err = fmt.Errorf("%w: %w", commands.ErrTooOld, err)
	}
	if !pressed {
		return err
	}
	if err := a.unacked.hasten(ctx, addr.Interaction); err != nil {
		return err
	}
	err = a.onceAcknowledged(ctx, addr, call{method: http.MethodDelete, url: addr.original()}, nil)
	if hasCode(err, codeUnknownMessage) {
		return nil
	}
	return err
}
