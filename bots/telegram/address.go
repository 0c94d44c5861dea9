package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"kellybot/commands"
)

// An address is where a reply goes. Its JSON is stored, so its keys stay.
type address struct {
	Chat    int64 `json:"chat"`
	Thread  int   `json:"thread,omitempty"`  // the forum topic, or 0
	Message int   `json:"message,omitempty"` // the one to reply to, or 0
	Status  int   `json:"status,omitempty"`  // the one that shows the status, or 0
	Pressed int   `json:"pressed,omitempty"` // the one whose button was pressed, or 0
	// User and Name are who pressed it where others read the answer, which
	// replies to none of theirs; 0 and "" otherwise.
	User int64  `json:"user,omitempty"`
	Name string `json:"name,omitempty"`
}

func parseAddress(to commands.Address) (address, error) {
	var at address
	if err := json.Unmarshal(to.Data, &at); err != nil || at.Chat == 0 {
		return address{}, errors.New("telegram: the address is not one of Telegram's")
	}
	return at, nil
}

// stored is the address as the request carries it.
func (at address) stored() commands.Address {
	data, err := json.Marshal(at)
	if err != nil {
		panic(err) // an address is numbers and a name
	}
	return commands.Address{Platform: name, Data: data}
}

// Private implements bots.Writer: a private chat has its user's id, and takes
// messages from a bot that they have started.
func (a *Adapter) Private(user, _ string) (commands.Address, error) { return a.Chat(user) }

// Chat implements bots.Writer.
func (a *Adapter) Chat(id string) (commands.Address, error) {
	chat, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return commands.Address{}, fmt.Errorf("telegram: no chat has the id %q", id)
	}
	return address{Chat: chat}.stored(), nil
}

func (at address) params() map[string]string {
	params := map[string]string{"chat_id": decimal(at.Chat)}
	if at.Thread != 0 {
		params["message_thread_id"] = strconv.Itoa(at.Thread)
	}
	return params
}

// named is the text with whom it is for on a last line, where that does not
// show otherwise.
func (at address) named(text commands.Text, locale string) commands.Text {
	if at.User == 0 || at.Name == "" {
		return text
	}
	who := commands.Span{Text: at.Name, URL: "tg://user?id=" + decimal(at.User)}
	return annotated(text, commands.Say("For %s", who).In(locale), false)
}
