package commands

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

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
	// Preferences are what people have set, Offers what buttons ask for, and
	// Records what is stored of somebody; nil where nothing is kept.
	Preferences Preferences
	Offers      Offers
	Records     Records
	Access      Access
	// Model and Size are used when a request names none.
	Model string
	Size  Size
	// MaxSize is the greatest width and height that is accepted, in pixels.
	MaxSize int
	// Retention is how long finished requests are kept, 0 for ever, and
	// KeepOriginals how long the files of pictures are, as /privacy says.
	Retention, KeepOriginals time.Duration
	Log                      *slog.Logger
}

// A Router is the registry of commands, and answers requests.
type Router struct {
	commands []*Command
	cfg      Config
}

// NewRouter returns a Router of all the commands.
func NewRouter(cfg Config) *Router {
	r := &Router{cfg: cfg}
	r.add(ForDrawing, newImagine(cfg))
	if cfg.Pictures != nil {
		r.add(ForDrawing, newEdit(cfg), newAgain(cfg))
		r.add(ForPictures, newUpscale(cfg), newRemoveBackground(cfg), newDescribe(cfg), newShow(cfg), newHistory(cfg),
			newChange(cfg), newDetails(cfg), newDelete(cfg), newFile(cfg))
	}
	r.add(ForChoosing, newModels(cfg))
	if cfg.Preferences != nil {
		r.add(ForChoosing, newStyle(cfg), newSettings(cfg))
	}
	if cfg.Requests != nil {
		r.add(ForAsking, newQueue(cfg.Requests), newCancel(cfg.Requests), newRetry(cfg.Requests))
	}
	r.add(ForAsking, newHelp(r, cfg))
	if cfg.Records != nil {
		r.add(ForAsking, newPrivacy(cfg), newExport(cfg), newForget(cfg))
	}
	if cfg.Offers != nil {
		r.add(ForAsking, newOffer(r, cfg), newSay(r, cfg))
	}
	r.add(ForAsking, newStart(cfg))
	return r
}

// add registers commands of one group.
func (r *Router) add(group Group, all ...*Command) {
	for _, command := range all {
		command.Group = group
		r.commands = append(r.commands, command)
	}
}

// All lists every command of the platform, those that only buttons use too.
func (r *Router) All(platform string) []*Command {
	var all []*Command
	for _, command := range r.commands {
		if command.On(platform) {
			all = append(all, command)
		}
	}
	return all
}

// Commands lists what is offered on the platform, in the order to show.
func (r *Router) Commands(platform string) []*Command {
	return slices.DeleteFunc(r.All(platform), func(c *Command) bool { return c.Hidden })
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
	log := r.cfg.Log.With("platform", req.Address.Platform, "request", req.ID, "user", req.User.ID)
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
		reply, pending = Failure(err), false
	}
	reply.Update = reply.Update && req.Pressed
	reply, err = reply.Offered(ctx, r.cfg.Offers, req)
	if err != nil {
		log.Warn("what buttons ask for could not be stored: they are left out", "command", req.Command, "cause", err)
	}
	return reply.In(req.Locale), pending
}

func (r *Router) run(ctx context.Context, req *Request) (reply Reply, pending bool, err error) {
	req.preferred = load(ctx, r.cfg, req)
	if language := req.preferred.settings().Language; language != "" {
		req.Locale = language
	}
	if err := r.cfg.Access.check(req); err != nil {
		return Reply{}, false, err
	}
	return r.do(ctx, req)
}

// do answers a request whose requester may use the bot.
func (r *Router) do(ctx context.Context, req *Request) (reply Reply, pending bool, err error) {
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
	reply := Reply{Text: Explain(err), Private: true, Failed: true}
	if offering, ok := errors.AsType[*offeringError](err); ok {
		reply.Buttons = offering.buttons
	}
	return reply
}

var _ Service = (*kelly.Client)(nil)
