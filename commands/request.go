package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Request is one user's command, free of platform detail. It is data only,
// so that it can be stored and answered after a restart.
type Request struct {
	// ID names the event for ever: the platform, the bot's id and the
	// platform's own id of the event, such as "telegram:77:123456". The same
	// event delivered twice has the same ID.
	ID      string
	Address Address // where the answer goes
	User    User
	Chat    Chat
	// Locale is the user's language as the platform tells it, a BCP 47 tag,
	// or "".
	Locale string
	// Moderator says that the user may manage others' messages in this chat.
	// It is set at least for commands that are Moderated.
	Moderator bool
	// Admin says that the user is one of Access.Admins. The Router sets it.
	Admin bool
	// Message is the platform's id of the message that the request replies
	// to, or whose button was pressed; "" when there is none.
	Message string
	// Author is the id of the user who wrote that message; "" for the bot's own,
	// and where the platform does not say.
	Author string
	// Pressed says that a button was pressed.
	Pressed bool
	// Alone says that nobody but the requester reads the answers here, or a
	// private one.
	Alone bool
	// Attachments are the pictures that came with the request, and Replied those
	// of the message Message.
	Attachments, Replied []Attachment
	Command              string            // the command's name, lower case, without the slash
	Text                 string            // what stands after the command, untouched
	Options              map[string]string // options given as structured fields, by Option.Name
	Received             time.Time
	// preferred is what the Router has found to be set for the request.
	preferred preferred
	// offered says that the bot has offered this very request to the requester,
	// who took it. Strangers write buttons' ids, but no offers.
	offered bool
	// rules are what the Router has found to be decided about it.
	rules []Rule
}

// A User is who asked. IDs are the platform's own, in decimal.
type User struct {
	ID   string
	Name string // as shown to people; never logged
}

// A Chat is where a request was made.
type Chat struct {
	ID      string // channel or chat
	Server  string // the Discord server that the channel belongs to, or ""
	Parent  string // the Discord channel that a thread belongs to, or ""
	Thread  string // Telegram's forum topic, or ""
	Private bool   // only the user and the bot see it
	// UploadLimit is the largest attachment in bytes that this chat takes; 0
	// where the platform did not say.
	UploadLimit int64
	// AgeRestricted says that the platform marks the chat as for adults.
	AgeRestricted bool
	// Lacks names the rights that the bot lacks to send pictures here, in the
	// platform's words, such as "Attach Files"; "" where it has them, or where
	// the platform does not say before it refuses.
	Lacks string
}

// An Address is where a reply goes: data that the adapter of that platform
// wrote and only it reads. It may hold a token that answers the event, so it
// is never logged.
type Address struct {
	Platform string // the adapter's name
	Data     json.RawMessage
}

// An Attachment is a picture on a platform: data that the adapter of that
// platform wrote and only it reads, and with which it fetches the picture.
type Attachment struct{ Data json.RawMessage }

// A Receipt is what a platform says of a delivered reply.
type Receipt struct {
	// MessageID is of the message with the text and the buttons.
	MessageID string
	// Link leads people to that message; "" where the platform has no links.
	Link string
	// Images are the delivered pictures, in order.
	Images []Delivered
}

// A Delivered is where a platform keeps a picture.
type Delivered struct {
	MessageID string     // of the message that shows it
	File      Attachment // to fetch it again; without Data where the message only speaks of it
}

// ErrUndeliverable is wrapped by the error of a delivery that no later attempt
// can make good: the chat is gone, the bot was blocked, or the time in which
// the event could be answered is over.
var ErrUndeliverable = errors.New("the reply can never be delivered")

// ErrClosed is an ErrUndeliverable that is nobody's fault here: the bot was
// blocked, thrown out or silenced, or the chat is gone.
var ErrClosed = fmt.Errorf("nobody can be told there any more: %w", ErrUndeliverable)

// A RetryError is a call to a platform that failed, and that the platform
// demands not to be made again before some time is over.
type RetryError struct {
	Err   error
	After time.Duration
}

func (e *RetryError) Error() string { return e.Err.Error() }

// Unwrap returns what failed.
func (e *RetryError) Unwrap() error { return e.Err }
