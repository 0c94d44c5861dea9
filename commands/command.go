package commands

import (
	"context"
	"slices"
)

// A Command is one thing that the bot can do. Its fields feed routing, /help,
// Discord's registration and Telegram's menu alike.
type Command struct {
	Name     string // lower case letters, as platforms demand: 1 to 32
	Summary  string // one line, at most 100 characters (Discord's limit)
	Menu     string // its name in the menu of a message with a picture, "" for none; at most 32 characters (Discord's limit)
	Group    Group
	Argument Argument // what the free text after the name is
	Options  []Option
	Examples []string // whole command lines that work
	// Private says that the answer is of use to the requester alone, and is
	// shown only to them where the platform can do that.
	Private bool
	// Draws says that the answer is a picture, so that the command is refused
	// before anything is drawn where the bot may not send one.
	Draws bool
	// Moderated says that the command asks whether the user is a moderator;
	// where that takes a call to the platform, others spare it.
	Moderated bool
	// Forwards says that the command runs another one: what that one asks of its
	// request is to be there too.
	Forwards bool
	// Admin says that the command is for Access.Admins: for others there is none.
	Admin bool
	// Addressed says that other bots have a command of that name: where several
	// bots are, it is answered only when it is plain that this one is meant.
	Addressed bool
	// Always says that it is about what is stored of people, so that those who are
	// banned, or for whom Access is closed, may use it too.
	Always bool
	// Personal says that it is for people's private chats, where they may use it
	// even when Access.Chats are others. It never Draws.
	Personal bool
	// Hidden keeps a command that only buttons use out of menus and help.
	Hidden bool
	// Platforms are the adapters that offer the command; none means all.
	Platforms []string
	// Run answers the request: with a reply, or with pending true when the
	// request was handed to the Queue and its answer is delivered later.
	// An error is told to the user by Explain.
	Run func(ctx context.Context, req *Request) (reply Reply, pending bool, err error)
}

// A Group is what a command is about, for lists of them.
type Group int

// The groups, in the order to show.
const (
	ForDrawing  Group = iota // new pictures
	ForPictures              // that are there
	ForChoosing              // what pictures start from
	ForAsking                // about requests and the bot
	ForAdmins                // about others
)

// On reports whether the command is offered on the platform.
func (c *Command) On(platform string) bool {
	return len(c.Platforms) == 0 || slices.Contains(c.Platforms, platform)
}

// An Argument describes a command's free text.
type Argument struct {
	Name     string // "" when the command takes none
	Summary  string // one line, at most 100 characters
	Required bool
	Then     string // what may follow it in usage lines, such as [time], or ""
}

// An Option is a named value: a structured field where the platform has them
// (Discord), and a flag in the text everywhere.
type Option struct {
	Name    string // the field's name, and the key in Request.Options
	Flag    string // as typed in text, without the dashes
	Value   string // what stands for the value in usage lines, such as WxH
	Summary string // one line, at most 100 characters
	Example string // a value that works
	// Words says that the value is every word up to the next option, and that
	// the option may be given more than once.
	Words bool
	// Switch says that the flag stands alone: it is there, and the value is
	// SwitchedOn, or it is not. As a structured field it is on or off.
	Switch bool
	// Max says that the value is a number from 1 to Max; 0 is any text.
	Max int
	// Attachment says that the value is a picture, which arrives in
	// Request.Attachments: it has no flag, and only structured fields offer it.
	Attachment bool
	// Complete offers the requester values for what is typed so far, best
	// first; nil offers none. It never waits for a peer, and for what is stored
	// at most a moment.
	Complete func(ctx context.Context, req *Request, typed string) []string
}
