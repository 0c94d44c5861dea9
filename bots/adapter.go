// Package bots is the contract between chat platforms and the commands, and
// what every adapter needs: the supervisor that runs them, rendering to a
// platform's limits, and the one upload path.
//
// A new platform is a folder below this one with a type that implements
// [Adapter] and passes the suite in bots/botstest.
package bots

import (
	"context"
	"errors"
	"io"
	"time"

	"kellybot/commands"
)

// An Adapter connects one chat platform.
type Adapter interface {
	// Name is the platform's name in request ids, addresses, settings and
	// logs: lower case letters.
	Name() string

	// Run receives events until ctx ends, and then returns nil after
	// everything it started has ended. Its event loop never waits for a
	// request: each is handled on its own. Any other return is an error that
	// ends the adapter for good, such as ErrToken; faults that may pass are
	// waited out inside. ready is called once, when events are flowing.
	Run(ctx context.Context, ready func()) error

	// Deliver sends the reply to the place that the address names, and
	// returns once the platform has it. It works before Run, during it and
	// after, and on another process than the one that received the event. It
	// does not release the reply's images, and never reads them after it has
	// returned. Its error wraps commands.ErrUndeliverable when no later
	// attempt can succeed; after any other the reply may be delivered later, and
	// after a *commands.RetryError not before what that demands.
	Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error)

	// Progress shows at the address that the request is being worked on, in
	// the way the platform has for it. It is called again every few seconds;
	// an error is of no consequence.
	Progress(ctx context.Context, to commands.Address) error

	// Show shows the status at the address, in place of the one before, and
	// returns the address to use from then on: it may name the status's
	// message, which Deliver then replaces or removes. The caller stores it.
	// An error is of no consequence, and the address that comes with it is
	// the one to go on with.
	Show(ctx context.Context, to commands.Address, status commands.Status) (commands.Address, error)

	// Until returns until when the address can be answered; zero when that
	// is not limited.
	Until(to commands.Address) time.Time

	// Fetch opens a picture on the platform: an attachment of a request, or
	// the copy of a delivered one that its receipt names. It asks none but the
	// platform's own hosts, and its body ends after size bytes. The error is
	// commands.ErrNotAPicture when it is too large, or commands.ErrUnfetched
	// when the platform does not give it out (any more).
	Fetch(ctx context.Context, a commands.Attachment) (body io.ReadCloser, size int64, err error)

	// Remove deletes messages of the bot's own in the chat of a request. A
	// message that is gone already is no error; commands.ErrTooOld is one that
	// the platform no longer lets a bot delete.
	Remove(ctx context.Context, by commands.Address, messages []string) error

	// Check asks the platform whether the configuration works, without
	// receiving events, and returns who the bot is there, such as "@MyBot".
	Check(ctx context.Context) (identity string, err error)
}

// A Receiver is an Adapter that can tell whether events reach it.
type Receiver interface {
	// Receiving reports whether events are flowing at the moment.
	Receiving() bool
}

// A Forgetter is an Adapter whose addresses hold a secret that dies before they do.
type Forgetter interface {
	// Forget returns the address without the secret, and true, once the
	// secret is of no use any more. The caller stores it.
	Forget(to commands.Address) (rest commands.Address, dead bool)
}

// A Keeper is an Adapter that can answer a request once more, long after the
// answer that it had.
type Keeper interface {
	// Keep returns the address by which it does, which may be stored for as long
	// as the request: it holds no secret and never dies. It is called before
	// anything is shown or delivered at the address. ok is false where nothing
	// but the secret leads to the requester.
	Keep(to commands.Address) (kept commands.Address, ok bool)
}

// A Writer is an Adapter that can write, and delete what is its own, where nobody
// has asked for it.
type Writer interface {
	// Private returns the address of a user's private chat with the bot; event
	// names what is written there, for ever, as a request's ID does. That they
	// take nothing from the bot shows when it is delivered.
	Private(user, event string) (commands.Address, error)
	// Chat returns the address of a chat, for Remove alone.
	Chat(id string) (commands.Address, error)
}

// ErrToken is wrapped by the error of an adapter whose token the platform
// refuses.
var ErrToken = errors.New("the platform refuses the token")

// A Router answers requests; it is what adapters see of the commands.
type Router interface {
	// Commands lists what is offered on the platform, in the order to show.
	Commands(platform string) []*commands.Command
	// Command returns the command of that name on the platform, those that
	// only buttons use too, or nil.
	Command(platform, name string) *commands.Command
	// Handle answers a request. When pending is true there is nothing to
	// say now, and the answer will be delivered to req.Address. It never
	// panics and always says something: errors are replies.
	Handle(ctx context.Context, req *commands.Request) (reply commands.Reply, pending bool)
	// Abandon ends a request that is pending, and whose answer the platform
	// takes no more: nothing is to be paid for it.
	Abandon(ctx context.Context, req *commands.Request)
}

// A Mover is a Router that wants to know of chats whose ids change.
type Mover interface {
	// Moved says that the chat with the one id has the other from now on; it may
	// be said more than once.
	Moved(ctx context.Context, platform, from, to string)
}

var _ Mover = (*commands.Router)(nil)
