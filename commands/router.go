package commands

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"

	"kellybot/kelly"
)

// Config is what a Router needs.
type Config struct {
	Catalog *Catalog
	Queue   Queue
	// Requests is what /queue, /cancel and the buttons of requests ask; nil
	// where there are none of them, as in a shell.
	Requests Requests
	// Pictures are what was drawn; nil where nothing is kept, as in a shell.
	Pictures Pictures
	Access   Access
	// Model and Size are used when a request names none.
	Model string
	Size  Size
	// MaxSize is the greatest width and height that is accepted, in pixels.
	MaxSize int
	Log     *slog.Logger
}

// A Router is the registry of commands, and answers requests.
type Router struct {
	commands []*Command
	access   Access
	pictures Pictures // nil where nothing is kept
	log      *slog.Logger
}

// NewRouter returns a Router of all the commands.
func NewRouter(cfg Config) *Router {
	r := &Router{access: cfg.Access, pictures: cfg.Pictures, log: cfg.Log}
	r.commands = []*Command{
		newImagine(cfg),
		newModels(cfg),
		newHelp(r, cfg),
		newStart(cfg),
	}
	if cfg.Requests != nil {
		r.commands = append(r.commands, newQueue(cfg.Requests), newCancel(cfg.Requests), newRetry(cfg.Requests))
	}
	if cfg.Pictures != nil {
		r.commands = append(r.commands, newEdit(cfg), newUpscale(cfg), newRemoveBackground(cfg), newDescribe(cfg),
			newAgain(cfg), newShow(cfg), newHistory(cfg), newChange(cfg), newDetails(cfg), newDelete(cfg), newFile(cfg))
	}
	return r
}

// Commands lists what is offered on the platform, in the order to show.
func (r *Router) Commands(platform string) []*Command {
	var offered []*Command
	for _, command := range r.commands {
		if command.On(platform) && !command.Hidden {
			offered = append(offered, command)
		}
	}
	return offered
}

// Command returns the command of that name on the platform, those that only
// buttons use too, or nil.
func (r *Router) Command(platform, name string) *Command {
	for _, command := range r.commands {
		if command.Name == name && command.On(platform) {
			return command
		}
	}
	return nil
}

// Handle answers a request, and says the reason when it cannot. When pending
// is true the request was handed to the Queue, and its answer is delivered to
// the request's address later.
func (r *Router) Handle(ctx context.Context, req *Request) (reply Reply, pending bool) {
	log := r.log.With("platform", req.Address.Platform, "request", req.ID, "user", req.User.ID)
	defer func() {
		if cause := recover(); cause != nil {
			log.Error("panic in a command", "stack", string(debug.Stack()))
			reply, pending = Failure(errors.New("panic")).In(req.Locale), false
		}
	}()
	reply, pending, err := r.run(ctx, req)
	if err != nil {
		if !Usual(err) {
			log.Error("a command failed", "command", req.Command, "cause", err)
		}
		return Failure(err).In(req.Locale), false
	}
	return reply.In(req.Locale), pending
}

func (r *Router) run(ctx context.Context, req *Request) (reply Reply, pending bool, err error) {
	if err := r.access.check(req); err != nil {
		return Reply{}, false, err
	}
	command, err := r.find(req.Command, req.Address.Platform)
	if err != nil {
		return Reply{}, false, err
	}
	if command.Draws && req.Chat.Lacks != "" {
		return Reply{}, false, refuse("The bot may not send pictures here (missing: %s): "+
			"please ask in another chat, or have whoever manages this one allow it.", req.Chat.Lacks)
	}
	reply, pending, err = command.Run(ctx, req)
	reply.Private = reply.Private || command.Private
	return reply, pending, err
}

// find returns the command, or a Refusal that names the nearest.
func (r *Router) find(name, platform string) (*Command, error) {
	if command := r.Command(platform, name); command != nil {
		return command, nil
	}
	var names []string
	for _, command := range r.Commands(platform) {
		names = append(names, command.Name)
	}
	near, alike := Nearest(name, names)
	if !alike {
		return nil, refuse("There is no command %s: %s shows all of them.", code("/"+echo(name)), code("/help"))
	}
	return nil, refuse("There is no command %s: try %s, or %s for all of them.", code("/"+echo(name)), code("/"+near), code("/help"))
}

// Usual reports whether the error is a user's everyday affair, and none of the
// operator's.
func Usual(err error) bool {
	_, refused := errors.AsType[*Refusal](err)
	_, limited := errors.AsType[*LimitError](err)
	return refused || limited || errors.Is(err, ErrNoRequest) || errors.Is(err, ErrNotYours) || errors.Is(err, ErrFinished) ||
		errors.Is(err, ErrPending) || errors.Is(err, ErrNoPicture) || errors.Is(err, ErrTooOld) || errors.Is(err, ErrNotAPicture) || errors.Is(err, ErrTooLate) || errors.Is(err, ErrUnmarked)
}

// Failure is the reply that tells the requester why a request was not done.
func Failure(err error) Reply {
	return Reply{Text: Explain(err), Private: true, Failed: true}
}

// value returns an option of the request, given as a field or in the text.
// Given both ways it is a Refusal.
func value(req *Request, typed map[string]string, option Option) (string, error) {
	field, given := req.Options[option.Name]
	if !given {
		return typed[option.Name], nil
	}
	if _, twice := typed[option.Name]; twice {
		return "", refuse("%s stands in the text and in a field: give it once, such as %s.", code("--"+option.Flag), code(example(option, false)))
	}
	return strings.TrimSpace(field), nil
}

var _ Service = (*kelly.Client)(nil)
