package discord

import (
	"context"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// A channelMessage is an answer that the bot writes on its own.
type channelMessage struct {
	message
	// Discord makes no second message of a nonce that it has seen in the last
	// minutes, but returns the first.
	Nonce        string `json:"nonce,omitempty"`
	EnforceNonce bool   `json:"enforce_nonce,omitempty"`
}

// post answers with a message of its own that mentions the requester, and
// removes the status that it cannot take the place of.
func (a *Adapter) post(ctx context.Context, addr address, l *ladder) (commands.Receipt, error) {
	if (l.reply.Private || addr.Private) && !addr.Alone {
		l.reply = tooLate(l.reply)
	}
	receipt, err := l.send(ctx, func(reply commands.Reply) (commands.Receipt, error) {
		var posted sent
		m := channelMessage{compose(reply, addr.User), addr.Interaction, true}
		if addr.Again {
			m.Nonce, m.EnforceNonce = "", false // that one is the first answer's
		}
		err := a.call(ctx, attempts, call{
			method:  http.MethodPost,
			url:     discordgo.EndpointChannelMessages(addr.Channel),
			asBot:   true,
			payload: m,
			files:   parts(reply),
		}, &posted)
		return posted.receipt(addr, reply), err
	})
	if err == nil {
		a.removeStatus(ctx, addr)
	}
	return receipt, err
}

// tooLate is what a channel may read in place of an answer that was for the
// requester alone.
func tooLate(reply commands.Reply) commands.Reply {
	text := commands.Say("The answer to your request came too late to be shown to you alone: please ask again.")
	if reply.Failed {
		text = commands.Say("Your request failed, and it is too late to show you alone why: please ask again.")
	}
	return commands.Reply{Text: text, Failed: reply.Failed, Buttons: reply.Buttons, Locale: reply.Locale}
}
