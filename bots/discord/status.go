package discord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// A statusEdit makes the placeholder show a status.
type statusEdit struct {
	Content         string                           `json:"content"`
	AllowedMentions discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	Components      []discordgo.MessageComponent     `json:"components"`
}

// Progress has nothing to show that is not there: "thinking…" or a status
// stands until the answer takes its place. It returns once Discord shows it.
func (a *Adapter) Progress(ctx context.Context, to commands.Address) error {
	addr, err := parse(to)
	if err != nil {
		return err
	}
	return a.unacked.wait(ctx, addr.Interaction)
}

// Show edits the placeholder, in one attempt. The address that it returns
// names the placeholder, so that it can be edited and removed when the
// interaction's token has died.
func (a *Adapter) Show(ctx context.Context, to commands.Address, status commands.Status) (commands.Address, error) {
	addr, err := parse(to)
	if err != nil {
		return to, err
	}
	id, err := a.show(ctx, addr, status)
	if err != nil {
		return to, fmt.Errorf("showing the status of interaction %s: %w", addr.Interaction, err)
	}
	if id == addr.Status {
		return to, nil
	}
	addr.Status = id
	return addr.data(), nil
}

func (a *Adapter) show(ctx context.Context, addr address, status commands.Status) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	c := call{method: http.MethodPatch, url: addr.original()}
	switch {
	case addr.answerable():
		if err := a.unacked.wait(ctx, addr.Interaction); err != nil {
			return "", err
		}
	case addr.editable():
		c.url, c.asBot = discordgo.EndpointChannelMessage(addr.Channel, addr.Status), true
	default:
		return "", errors.New("the status can no longer be changed")
	}
	c.payload = statusEdit{markdown.Render(status.Text, maxContent), mentions(), rows(status.Buttons)}
	var shown sent
	err = a.call(ctx, 1, c, &shown)
	return cmp.Or(shown.ID, addr.Status), err
}

// editable reports whether the bot can change the status with its own token,
// as it can any message of its own that a whole channel sees.
func (a address) editable() bool { return a.CanPost && a.Status != "" && !a.Private }

// removeStatus deletes a status whose answer stands elsewhere.
func (a *Adapter) removeStatus(ctx context.Context, addr address) {
	if !addr.editable() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	gone := call{method: http.MethodDelete, url: discordgo.EndpointChannelMessage(addr.Channel, addr.Status), asBot: true}
	if err := a.call(ctx, 1, gone, nil); err != nil {
		a.log.Debug("a status stays behind its answer", "interaction", addr.Interaction, "cause", err)
	}
}
