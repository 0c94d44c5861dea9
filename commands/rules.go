package commands

import (
	"context"
	"strings"
	"time"
)

// A Rule is what admins have decided about a user, a chat or a server. The zero
// Rule is nothing.
type Rule struct {
	Banned bool
	Until  time.Time // of the ban; zero is until it is lifted
	Reason string    // of the ban, or ""
	Daily  *int      // pictures a day, 0 is any number; nil is as for all
	Lifted bool      // in this chat the negative prompt need not guard against nudity
}

// Rules keep what admins have decided.
type Rules interface {
	// RulesOf returns what is decided about each of the scopes.
	RulesOf(ctx context.Context, scopes ...Scope) ([]Rule, error)
	// Decide stores what change makes of the scope's rule, and cancels what
	// waits of a user or in a chat that is banned then.
	Decide(ctx context.Context, scope Scope, change func(*Rule)) error
	// Move makes what is decided about a chat, what is set there and what it
	// has asked for today be the other's, which has taken its place. What that has
	// already stays.
	Move(ctx context.Context, from, to Scope) error
	// Decided lists rules without the first skip of them and at most limit, and
	// how many others hold for users who wanted to be forgotten.
	Decided(ctx context.Context, skip, limit int) (rules []Decided, others int, err error)
	// Today returns how many pictures count for today of each of the scopes.
	Today(ctx context.Context, scopes ...Scope) ([]int, error)
	// Asker returns who asked for what the message by.Message of by's chat
	// shows. The error is ErrNoPicture.
	Asker(ctx context.Context, by *Request) (Scope, error)
}

// A Decided is a Rule with whom it is about.
type Decided struct {
	Scope Scope
	Rule  Rule
}

// A Policy is what holds for all about whom admins have decided nothing.
type Policy struct {
	UserDaily int           // pictures of a user a day, in UTC; 0 is any number
	ChatDaily int           // those of a chat or a server, for all but private chats
	Cooldown  time.Duration // between two requests for pictures of a user
	Spoiler   string        // always, never or auto, which is where a Rule has Lifted the guard
	// Blocked returns the first rule that stands in a text; nil where there
	// are none.
	Blocked func(text string) (rule string, found bool)
}

// Scopes are whose rules apply to a request: its user's, its chat's, and those
// of the channel and the server that this belongs to, where there are any.
func (req *Request) Scopes() []Scope {
	scopes := []Scope{UserScope(req), ChatScope(req)}
	for _, id := range []string{req.Chat.Parent, req.Chat.Server} {
		if id != "" {
			scopes = append(scopes, scope("chat", req, id))
		}
	}
	return scopes
}

// Parts are the kind of a scope, user or chat, its platform, and the id there.
func (s Scope) Parts() (kind, platform, id string) {
	kind, rest, _ := strings.Cut(string(s), ":")
	platform, id, _ = strings.Cut(rest, ":")
	return kind, platform, id
}

// Banned returns the Refusal of a request to which those rules apply, in the
// order of its Scopes, or nil. Admins are never banned.
func Banned(req *Request, rules []Rule, now time.Time) error {
	for i, rule := range rules {
		if req.Admin || !rule.Bans(now) {
			continue
		}
		until := T(rule.Until.UTC().Format("2006-01-02 15:04 UTC"))
		text := Say("You may not use this bot before %s: whoever runs it can say more.", until)
		switch {
		case i > 0 && rule.Until.IsZero():
			text = Say("This bot may not be used in this chat any more: whoever runs it can say more.")
		case i > 0:
			text = Say("This bot may not be used in this chat before %s: whoever runs it can say more.", until)
		case rule.Until.IsZero():
			text = Say("You may not use this bot any more: whoever runs it can say more.")
		}
		if rule.Reason != "" {
			text = Say("%s\n%s", text, Say("The reason given is: %s", rule.Reason))
		}
		return &Refusal{Text: text}
	}
	return nil
}

// Bans reports whether it is a ban whose time is not over.
func (r Rule) Bans(now time.Time) bool {
	return r.Banned && (r.Until.IsZero() || now.Before(r.Until))
}

// Apply makes of a job what the rules want, in the order of its request's
// Scopes: the guard of the negative prompt and the spoiler.
func (p Policy) Apply(job *Job, rules []Rule) {
	lifted := false
	for _, rule := range rules {
		lifted = lifted || rule.Lifted
	}
	adult := job.Request.Chat.AgeRestricted
	open := lifted || job.Source != nil && job.Source.Unguarded
	job.Spoiler = job.Spoiler || p.Spoiler == "always" || p.Spoiler == "auto" && open && !adult
	if job.Work == ToDraw || job.Work == ToEdit {
		job.Generate.NegativePrompt = guarded(job.negativeWords(), lifted || adult)
	}
}

// Refuse returns why a job with words that are blocked is refused, or nil. What
// shall not be in the picture is nobody's fault.
func (p Policy) Refuse(job Job) error {
	switch job.Work {
	case ToDraw, ToEdit:
		return p.refuseWords(job.Generate.Prompt)
	case ToDescribe:
		return p.refuseWords(job.Question)
	}
	return nil
}

// refuseWords returns the Refusal of words that are blocked, or nil.
func (p Policy) refuseWords(words string) error {
	if p.Blocked == nil {
		return nil
	}
	if rule, found := p.Blocked(words); found {
		return refuse("%s may not be asked for here: please say it without.", code(rule))
	}
	return nil
}

// Limit is how many pictures a day a scope of a request may ask for, by its
// rule or else for all; 0 is any number.
func (p Policy) Limit(req *Request, scope Scope, rule Rule) int {
	kind, _, id := scope.Parts()
	switch {
	case rule.Daily != nil:
		return *rule.Daily
	case kind == "user":
		return p.UserDaily
	case req.Chat.Private, req.Chat.Server != "" && id != req.Chat.Server:
		return 0 // the user's own, or one of a server's channels
	}
	return p.ChatDaily
}

// Moved is told by a platform that the chat with the one id has the other from
// now on, and may be told so again.
func (r *Router) Moved(ctx context.Context, platform, from, to string) {
	if r.cfg.Rules == nil {
		return
	}
	scope := func(id string) Scope { return Scope("chat:" + platform + ":" + id) }
	if err := r.cfg.Rules.Move(ctx, scope(from), scope(to)); err != nil {
		r.cfg.Log.Warn("a chat has another id, and what is decided and set there could not follow", "platform", platform, "chat", to, "cause", err)
	}
}

// loadRules looks up what is decided about the request. Where that fails
// nothing is refused yet: what draws is looked up again as it is accepted.
func loadRules(ctx context.Context, cfg Config, req *Request) []Rule {
	if cfg.Rules == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, preferencesTime)
	defer cancel()
	rules, err := cfg.Rules.RulesOf(ctx, req.Scopes()...)
	if err != nil {
		cfg.Log.Warn("what is decided about a user could not be read", "platform", req.Address.Platform, "job", req.ID, "user", req.User.ID, "cause", err)
	}
	return rules
}
