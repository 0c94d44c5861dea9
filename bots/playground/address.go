package playground

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"kellybot/commands"
)

// An address is where a reply goes. Its JSON is stored, so its keys stay.
type address struct {
	Chat  string `json:"chat"`
	Event string `json:"event"`
	// Pressed is the message whose button was pressed, or "".
	Pressed string `json:"pressed,omitempty"`
}

var (
	chatID  = regexp.MustCompile(`^[1-9][0-9]{0,15}$`)
	eventID = regexp.MustCompile(`^[a-z0-9]{16,32}$`)
	// fileID is of the names in a chat's folder that are files of messages.
	fileID = regexp.MustCompile(`^[a-z0-9]{26}$`)
)

func (to address) stored() commands.Address {
	data, err := json.Marshal(to)
	if err != nil {
		panic(err) // an address is words
	}
	return commands.Address{Platform: Name, Data: data}
}

func parseAddress(of commands.Address) (address, error) {
	var to address
	if json.Unmarshal(of.Data, &to) != nil || !chatID.MatchString(to.Chat) || !eventID.MatchString(to.Event) {
		return address{}, errors.New("playground: the address is not one of the playground's")
	}
	return to, nil
}

// request is the request's id for ever.
func (to address) request() string { return Name + ":" + to.Chat + ":" + to.Event }

// question and answer are the messages' ids that belong to the event. Being
// told by it, they are the same however often it is delivered.
func (to address) question() string { return "q" + to.Event }
func (to address) answer() string   { return "a" + to.Event }

// Private implements bots.Writer: a visitor's chat has their id, and is there
// once they have said something.
func (a *Adapter) Private(user, event string) (commands.Address, error) {
	if !chatID.MatchString(user) || !a.store.has(user) {
		return commands.Address{}, errNoChat
	}
	sum := sha256.Sum256([]byte(event))
	return address{Chat: user, Event: hex.EncodeToString(sum[:16])}.stored(), nil
}

// Chat implements bots.Writer. What is to be removed from a chat that is gone
// is gone already.
func (a *Adapter) Chat(id string) (commands.Address, error) {
	if !chatID.MatchString(id) {
		return commands.Address{}, errNoChat
	}
	return address{Chat: id, Event: strings.Repeat("0", 16)}.stored(), nil
}

var errNoChat = errors.New("playground: there is no chat with that id")

// A remote is a file of a chat. Its JSON is stored, so its keys stay.
type remote struct {
	Chat string `json:"chat"`
	File string `json:"file"`
}

func (f remote) attachment() commands.Attachment {
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // a file is words
	}
	return commands.Attachment{Data: data}
}

func parseRemote(a commands.Attachment) (remote, error) {
	var f remote
	if json.Unmarshal(a.Data, &f) != nil || !chatID.MatchString(f.Chat) || !fileID.MatchString(f.File) {
		return remote{}, errors.New("playground: the attachment is not one of the playground's")
	}
	return f, nil
}
