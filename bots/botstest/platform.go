// Package botstest is the conformance suite that every adapter passes:
// what people see must be the same on every platform, as far as the platforms
// allow. An adapter's own test calls [Run] with a [Platform], a local server
// that speaks that platform's protocol.
package botstest

import (
	"slices"
	"testing"

	"kellybot/bots"
)

// A Platform is a chat platform on loopback with people on it.
type Platform interface {
	// Adapter returns a new adapter of the platform, set up to talk to this
	// server.
	Adapter(tb testing.TB, router bots.Router) bots.Adapter
	// RefuseToken makes the platform refuse the bot's token from now on.
	RefuseToken()
	// Say has a person send a command line, such as "/imagine a red fox",
	// in a chat that others read too (or in Telegram's and Discord's private
	// chats, when From.Private is set), and returns at once. On a platform with
	// structured commands the words after the name fill its argument, and a file
	// its option of that kind.
	Say(from From, line string, attached ...File)
	// Repeat delivers the last event that Say made once more, unchanged.
	Repeat()
	// Press has a person press the button with that label below a message that
	// was one of Messages.
	Press(from From, below Message, label string)
	// Fill has a person answer the form that they were asked with last: text
	// takes the place of what stands in its first field. It reports whether
	// they have been asked.
	Fill(from From, text string) bool
	// Messages returns what people see now, in the order of sending: messages
	// that were edited as they stand, deleted ones not at all, a platform's
	// own "thinking" placeholders and notices not at all, but a private notice with
	// which it answers a press (Telegram's alert) as a message For the presser.
	Messages() []Message
	// Changed returns a channel that is closed when Messages next changes.
	Changed() <-chan struct{}
	// Menu returns the names of the commands that the platform offers.
	Menu() []string
	// Busy reports how often the bot has shown that it is at work, by a
	// placeholder or a chat action.
	Busy() int
}

// A Solitary is a Platform on which everybody has a private chat of their own
// with the bot and nothing else: nobody has a name, nothing is said where others
// read it, whatever From says, and the bot needs no token.
type Solitary interface {
	Platform
	// Solitary only marks the platform.
	Solitary()
}

func solitary(p Platform) bool {
	_, is := p.(Solitary)
	return is
}

// chats are the kinds of chats that the platform has, by From.Private.
func chats(p Platform) []bool {
	if solitary(p) {
		return []bool{true}
	}
	return []bool{false, true}
}

// From is who says something, and where.
type From struct {
	UserID string // decimal
	Name   string
	// Private is a private chat with the bot.
	Private bool
	// Locale is the language that their platform is set to, or "" for English.
	Locale string
}

// A Message is what people see of the bot's answer.
type Message struct {
	Chat  string // the platform's id of the chat that it is in
	ID    string // the platform's in that chat; "" for a notice
	Text  string // as read, without markup
	For   string // the id of the only user who sees it, or "" when the chat does
	Pings []string
	Files []File
	// Buttons are the labels of the buttons below it.
	Buttons []string
}

// Placeless are the messages as they read, wherever they are.
func Placeless(messages []Message) []Message {
	read := slices.Clone(messages)
	for i := range read {
		read[i].Chat, read[i].ID = "", ""
	}
	return read
}

// A File is an attachment as the platform received it.
type File struct {
	Name, ContentType, Alt string
	Bytes                  []byte
	Spoiler                bool // hidden until somebody wants to see it
}
