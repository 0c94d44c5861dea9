package discord

import (
	"cmp"
	"encoding/json"
	"errors"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// An address is where and how an interaction is answered.
type address struct {
	App         string `json:"app"`
	Interaction string `json:"interaction"`
	Token       string `json:"token,omitempty"` // the interaction's own; "" once it is of no use
	User        string `json:"user"`
	Guild       string `json:"guild,omitempty"`
	Channel     string `json:"channel"`
	// To is the user whose private chat it is, in place of a channel; or "".
	To       string    `json:"to,omitempty"`
	Received time.Time `json:"received"`
	// Private says that the placeholder is seen by the requester alone, Alone
	// that nobody else reads the channel.
	Private bool `json:"private,omitempty"`
	Alone   bool `json:"alone,omitempty"`
	// Pressed is the message whose button was pressed, or "". Ephemeral says
	// that only the requester sees it.
	Pressed   string `json:"pressed,omitempty"`
	Ephemeral bool   `json:"ephemeral,omitempty"`
	// CanPost says that the bot may write to the channel without a token.
	CanPost bool `json:"can_post,omitempty"`
	// Status is the id of the placeholder once it shows a status, or "".
	Status string `json:"status,omitempty"`
	// Shown is the sum of the status that the placeholder shows, or "" when
	// that is not known.
	Shown       string `json:"shown,omitempty"`
	UploadLimit int64  `json:"upload_limit,omitempty"` // bytes; 0 when unknown
	// Again says that the interaction has had an answer, and gets one more.
	Again bool `json:"again,omitempty"`
}

func (a address) data() commands.Address {
	data, _ := json.Marshal(a) // strings, numbers and a time of this age cannot fail
	return commands.Address{Platform: Name, Data: data}
}

func parse(to commands.Address) (address, error) {
	var addr address
	if err := json.Unmarshal(to.Data, &addr); err != nil || addr.Interaction == "" {
		return addr, errors.New("not an address of Discord") // what is in it stays out
	}
	return addr, nil
}

// kept reports whether there is no placeholder, since what is said to the
// requester alone about a pressed button needs none: the message with the
// button is then what the interaction's token edits and deletes, and other
// answers follow it.
func (a address) kept() bool { return a.Pressed != "" && a.Private }

// link leads to a message of the channel.
func (a address) link(message string) string {
	return "https://discord.com/channels/" + cmp.Or(a.Guild, "@me") + "/" + a.Channel + "/" + message
}

// original is the URL of the first answer, or of the message that is kept.
func (a address) original() string {
	return discordgo.EndpointInteractionResponseActions(a.App, a.Token)
}

// answerable reports whether the interaction's token is to be used: for as
// long as it lives where the bot has nothing else, and otherwise with a margin
// in which an upload can end.
func (a address) answerable() bool {
	if a.Token == "" {
		return false
	}
	if a.CanPost {
		return time.Since(a.Received) < deliverWithin
	}
	return time.Since(a.Received) < tokenLife
}

// Until is a minute before the interaction's token dies where the bot cannot
// post without it; in that minute it can still be said that time is up.
func (a *Adapter) Until(to commands.Address) time.Time {
	addr, err := parse(to)
	if err != nil || addr.CanPost {
		return time.Time{}
	}
	return addr.Received.Add(deliverWithin)
}

// Forget takes the interaction's token out of an address that is not answered
// by it any more.
func (a *Adapter) Forget(to commands.Address) (rest commands.Address, dead bool) {
	addr, err := parse(to)
	if err != nil || addr.Token == "" || addr.answerable() {
		return to, false
	}
	addr.Token = ""
	return addr.data(), true
}

// Keep implements bots.Keeper: the one more answer is a message in the channel,
// where the bot may write there and all may read it who were to read the first.
func (a *Adapter) Keep(to commands.Address) (kept commands.Address, ok bool) {
	addr, err := parse(to)
	if err != nil || !addr.CanPost || addr.Private && !addr.Alone {
		return commands.Address{}, false
	}
	addr.Token, addr.Again = "", true
	return addr.data(), true
}
