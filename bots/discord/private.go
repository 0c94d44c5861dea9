package discord

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// maxNonce is the longest nonce of a message:
// https://discord.com/developers/docs/resources/message#create-message.
const maxNonce = 25

// Private implements bots.Writer. The chat's channel is asked for when
// something is delivered there.
func (a *Adapter) Private(user, event string) (commands.Address, error) {
	if !isID(user) {
		return commands.Address{}, errNoID
	}
	sum := sha256.Sum256([]byte(event))
	nonce := hex.EncodeToString(sum[:])[:maxNonce]
	return address{Interaction: nonce, To: user, Alone: true, CanPost: true}.data(), nil
}

// Chat implements bots.Writer.
func (a *Adapter) Chat(id string) (commands.Address, error) {
	if !isID(id) {
		return commands.Address{}, errNoID
	}
	return address{Interaction: "none", Channel: id, CanPost: true}.data(), nil
}

var errNoID = errors.New("discord: no id is like that")

func isID(id string) bool {
	for _, r := range id {
		if r < '0' || r > '9' {
			return false
		}
	}
	return id != ""
}

// enter finds the private chat that the address is for, which Discord opens when
// there is none.
func (a *Adapter) enter(ctx context.Context, addr *address) error {
	if addr.To == "" || addr.Channel != "" {
		return nil
	}
	var chat struct {
		ID string `json:"id"`
	}
	err := a.call(ctx, attempts, call{
		method: http.MethodPost, url: discordgo.EndpointUserChannels("@me"), asBot: true,
		payload: map[string]string{"recipient_id": addr.To},
	}, &chat)
	addr.Channel = chat.ID
	return err
}
