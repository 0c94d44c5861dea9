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
	// Rules are what admins decide, and Reports what they are told of; nil where
	// nothing is kept.
	Rules   Rules
	Reports Reports
	Access  Access
	// Policy is what holds where admins have decided nothing.
	Policy Policy
	// Model and Size are used when a request names none.
	Model string
	Size  Size
	// MaxSize is the greatest width and height that is accepted, in pixels.
	MaxSize int
	// Retention is how long finished requests are kept, 0 for ever, and
	// KeepOriginals how long the files of pictures are, as /privacy says.
	Retention, KeepOriginals time.Duration
	Log                      *slog.Logger
	// Over is told of each request that was answered at once; nil for nobody.
	// The command is one of the registry, or "unknown".
	Over func(platform, command, outcome string)
}

// A Router is the registry of commands, and answers requests.
type Router struct {
	commands []*Command
	cfg      Config
}

// NewRouter returns a Router of all the commands.
func NewRouter(cfg Config) *Router {
	r := &Router{cfg: cfg}
	cfg.Catalog.expect(cfg.Model, cfg.Log)
	r.add(ForDrawing, newImagine(cfg))
	if cfg.Pictures != nil {
		r.add(ForDrawing, newEdit(cfg), newAgain(cfg))
		r.add(ForPictures, newUpscale(cfg), newRemoveBackground(cfg), newDescribe(cfg), newShow(cfg), newHistory(cfg),
			newChange(r, cfg), newDetails(cfg), newDelete(cfg), newFile(cfg))
	}
	r.add(ForChoosing, newModels(cfg))
	if cfg.Preferences != nil {
		r.add(ForChoosing, newStyle(cfg), newSettings(cfg))
	}
	if cfg.Requests != nil {
		r.add(ForAsking, newQueue(cfg.Requests), newCancel(cfg.Requests), newRetry(cfg.Requests))
	}
	admins := len(cfg.Access.Admins) > 0
	if admins && cfg.Reports != nil {
		r.add(ForAsking, newReport(cfg), newErase(cfg), newBanish(cfg), newDismiss(cfg))
	}
	r.add(ForAsking, newHelp(r, cfg))
	if cfg.Records != nil {
		r.add(ForAsking, newPrivacy(cfg), newExport(cfg), newForget(cfg))
	}
	if cfg.Offers != nil {
		r.add(ForAsking, newOffer(r, cfg), newSay(r, cfg))
	}
	r.add(ForAsking, newStart(r, cfg))
	if admins && cfg.Rules != nil {
		r.add(ForAdmins, newBan(cfg), newUnban(cfg), newLimits(cfg), newFilter(cfg))
	}
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
	log := r.cfg.Log.With("platform", req.Address.Platform, "job", req.ID, "user", req.User.ID, "command", r.known(req))
	outcome := answered
	defer func() {
		if cause := recover(); cause != nil {
			log.Error("panic in a command", "stack", string(debug.Stack()))
			reply, pending, outcome = Failure(errors.New("panic")).In(req.Locale), false, failed
		}
		if pending {
			return // whoever delivers the answer tells of its end
		}
		log.Info("a request is over", "outcome", outcome)
		if r.cfg.Over != nil {
			r.cfg.Over(req.Address.Platform, r.known(req), outcome)
		}
	}()
	reply, pending, err := r.run(ctx, req)
	switch {
	case err == nil:
	case Usual(err):
		outcome = refused
	default:
		outcome = failed
		log.Error("a command failed", "cause", err)
	}
	if err != nil {
		reply, pending = Failure(err), false
	}
	reply.Update = reply.Update && req.Pressed
	reply, err = reply.Offered(ctx, r.cfg.Offers, req)
	if err != nil {
		log.Warn("what buttons ask for could not be stored: they are left out", "cause", err)
	}
	return reply.In(req.Locale), pending
}

// Outcomes of a request that is answered at once.
const (
	answered = "answered"
	refused  = "refused" // for a reason that is the requester's
	failed   = "failed"
)

// known is the name of the request's command, or "unknown": not what somebody
// wrote.
func (r *Router) known(req *Request) string {
	if r.Command(req.Address.Platform, req.Command) == nil {
		return "unknown"
	}
	return req.Command
}

// Abandon ends a request that is pending, and whose answer the platform takes
// no more.
func (r *Router) Abandon(ctx context.Context, req *Request) {
	if r.cfg.Requests == nil {
		return // nothing is pending
	}
	log := r.cfg.Log.With("platform", req.Address.Platform, "job", req.ID, "user", req.User.ID)
	if err := r.cfg.Requests.Abandon(ctx, req.ID); err != nil {
		log.Warn("the platform takes no answer to a request, which could not be given up", "cause", err)
		return
	}
	log.Warn("a request is given up, since the platform takes no answer to it")
}

func (r *Router) run(ctx context.Context, req *Request) (reply Reply, pending bool, err error) {
	req.preferred = load(ctx, r.cfg, req)
	if language := req.preferred.settings().Language; language != "" {
		req.Locale = language
	}
	r.cfg.Access.recognise(req)
	req.rules = loadRules(ctx, r.cfg, req)
	return r.do(ctx, req)
}

// do answers a request of which the Router has found what applies to it.
func (r *Router) do(ctx context.Context, req *Request) (reply Reply, pending bool, err error) {
	command, err := r.find(req)
	if command == nil || !command.Always {
		if closed := r.cfg.Access.check(req, command != nil && command.Personal); closed != nil {
			return Reply{}, false, closed
		}
		if banned := Banned(req, req.rules, time.Now()); banned != nil {
			return Reply{}, false, banned
		}
	}
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

// find returns the request's command, or a Refusal that names the nearest.
func (r *Router) find(req *Request) (*Command, error) {
	name := req.Command
	if command := r.Command(req.Address.Platform, name); command != nil && (req.Admin || !command.Admin) {
		return command, nil
	}
	var names []string
	for _, command := range r.offered(req) {
		names = append(names, command.Name)
	}
	near, alike := Nearest(name, names)
	if !alike {
		return nil, refuse("There is no command %s: %s shows all of them.", code("/"+echo(name)), code("/help"))
	}
	return nil, refuse("There is no command %s: try %s, or %s for all of them.", code("/"+echo(name)), code("/"+near), code("/help"))
}

// offered is what the request's user may ask for by name.
func (r *Router) offered(req *Request) []*Command {
	return slices.DeleteFunc(r.Commands(req.Address.Platform), func(c *Command) bool { return c.Admin && !req.Admin })
}

// Usual reports whether the error is a user's everyday affair, and none of the
// operator's.
func Usual(err error) bool {
	if errors.Is(err, ErrOwnModel) { // although it is a refusal as well
		return false
	}
	_, refused := errors.AsType[*Refusal](err)
	_, limited := errors.AsType[*LimitError](err)
	return refused || limited || errors.Is(err, ErrNoRequest) || errors.Is(err, ErrNotYours) || errors.Is(err, ErrFinished) ||
		errors.Is(err, ErrPending) || errors.Is(err, ErrPressed) || errors.Is(err, ErrStays) || errors.Is(err, ErrNoPicture) || errors.Is(err, ErrTooOld) || errors.Is(err, ErrNotAPicture) || errors.Is(err, ErrUnmarked) || errors.Is(err, ErrReported) || unwelcome(err)
}

// unwelcome reports whether the picture service does not want to do it.
func unwelcome(err error) bool {
	fault, ok := errors.AsType[*kelly.Error](err)
	return ok && fault.Unwelcome()
}

// Failure is the reply that tells the requester why a request was not done.
func Failure(err error) Reply {
	reply := Reply{Text: Explain(err), Private: true, Failed: true, Refused: Usual(err)}
	if offering, ok := errors.AsType[*offeringError](err); ok {
		reply.Buttons = offering.buttons
	}
	return reply
}

var _ Service = (*kelly.Client)(nil)
