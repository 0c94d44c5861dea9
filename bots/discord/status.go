package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"

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

// Show edits the placeholder, in one attempt, unless it shows the same
// already: moments count down by themselves. The address that it returns names
// the placeholder, so that it can be edited and removed when the interaction's
// token has died, and what it shows.
func (a *Adapter) Show(ctx context.Context, to commands.Address, status commands.Status) (commands.Address, error) {
	before, err := parse(to)
	if err != nil {
		return to, err
	}
	after, err := a.show(ctx, before, status)
	if err != nil {
		err = fmt.Errorf("showing the status of interaction %s: %w", before.Interaction, err)
	}
	if after == before {
		return to, err
	}
	return after.data(), err
}

func (a *Adapter) show(ctx context.Context, addr address, status commands.Status) (address, error) {
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	c := call{method: http.MethodPatch, url: addr.original()}
	switch {
	case addr.kept():
		return addr, errors.New("there is no placeholder to show a status")
	case addr.answerable():
		if err := a.unacked.wait(ctx, addr.Interaction); err != nil {
			return addr, err
		}
	case addr.editable():
		c.url, c.asBot = discordgo.EndpointChannelMessage(addr.Channel, addr.Status), true
	default:
		return addr, errors.New("the status can no longer be changed")
	}
	edit := statusEdit{markdown.Render(status.Text, maxContent), mentions(), rows(status.Buttons)}
	if edit.sum() == addr.Shown {
		return addr, nil
	}
	c.payload = edit
	var shown sent
	if err := a.call(ctx, 1, c, &shown); err != nil {
		addr.Shown = "" // Discord may have carried it out nevertheless
		return addr, err
	}
	addr.Status, addr.Shown = cmp.Or(shown.ID, addr.Status), edit.sum()
	return addr, nil
}

// sum tells edits apart.
func (e statusEdit) sum() string {
	sum := fnv.New64a()
	_ = json.NewEncoder(sum).Encode(e) // neither strings nor a hash can fail
	return strconv.FormatUint(sum.Sum64(), 36)
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
