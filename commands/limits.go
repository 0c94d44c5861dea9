package commands

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// allowances is /limits: what users and chats may ask for.
type allowances struct {
	cfg               Config
	daily, nsfw, page Option
	options           []Option
}

func newLimits(cfg Config) *Command {
	l := &allowances{
		cfg:   cfg,
		daily: Option{Name: "daily", Flag: "daily", Value: "N", Example: "50", Summary: "How many pictures a day, 0 for any number, or usual"},
		nsfw:  Option{Name: "nsfw", Flag: "nsfw", Value: "on|off", Example: "on", Summary: "Whether nudity may be drawn in this chat, which is kept out elsewhere"},
		page:  Option{Name: "page", Flag: "page", Value: "N", Example: "2", Summary: "Which page of them"},
	}
	l.options = []Option{l.daily, l.nsfw, l.page}
	return &Command{
		Name:      "limits",
		Summary:   "Show and set what users and chats may ask for, and who is banned",
		Argument:  Argument{Name: "who", Summary: whoSummary},
		Options:   l.options,
		Examples:  []string{"/limits", "/limits 123456789 --daily 50", "/limits 123456789 --daily usual", "/limits chat --nsfw on"},
		Private:   true,
		Admin:     true,
		Addressed: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			reply, err := l.run(ctx, req)
			return reply, false, err
		},
	}
}

func (l *allowances) run(ctx context.Context, req *Request) (Reply, error) {
	g, err := parse(req, l.options)
	if err != nil {
		return Reply{}, err
	}
	daily, err := g.value(l.daily)
	if err != nil {
		return Reply{}, err
	}
	nsfw, err := g.value(l.nsfw)
	if err != nil {
		return Reply{}, err
	}
	if g.text == "" && req.Message == "" && daily == "" && nsfw == "" {
		page, err := g.value(l.page)
		if err != nil {
			return Reply{}, err
		}
		return l.all(ctx, page)
	}
	who, rest, err := named(ctx, l.cfg, req, g.text)
	if err != nil {
		return Reply{}, err
	}
	if rest != "" {
		return Reply{}, refuse("I do not know what %s is to mean here: send it as in %s.", code(echo(rest)), code("/limits 123456789 --daily 50"))
	}
	if daily == "" && nsfw == "" {
		return l.one(ctx, who)
	}
	change, err := l.change(who, daily, nsfw)
	if err != nil {
		return Reply{}, err
	}
	if err := l.cfg.Rules.Decide(ctx, who, change); err != nil {
		return Reply{}, err
	}
	return l.one(ctx, who)
}

// change is what the options make of a rule.
func (l *allowances) change(who Scope, daily, nsfw string) (func(*Rule), error) {
	var most *int
	usual := strings.EqualFold(daily, usualValue)
	if daily != "" && !usual {
		n, err := strconv.Atoi(daily)
		if err != nil || n < 0 || n > 1_000_000 {
			return nil, refuse("%s is no number of pictures: it may be 0 or more, or %s.", code(echo(daily)), code(usualValue))
		}
		most = &n
	}
	lifted := strings.EqualFold(nsfw, "on")
	kind, _, _ := who.Parts()
	switch {
	case nsfw != "" && !lifted && !strings.EqualFold(nsfw, "off"):
		return nil, refuse("%s is neither %s nor %s.", code(echo(nsfw)), code("on"), code("off"))
	case nsfw != "" && kind != "chat":
		return nil, refuse("That is set for a chat and not for a user: send it as in %s.", code("/limits chat --nsfw on"))
	}
	return func(r *Rule) {
		if daily != "" {
			r.Daily = most
		}
		if nsfw != "" {
			r.Lifted = lifted
		}
	}, nil
}

// one shows what holds for one, and what they have asked for today.
func (l *allowances) one(ctx context.Context, who Scope) (Reply, error) {
	rules, err := l.cfg.Rules.RulesOf(ctx, who)
	if err != nil {
		return Reply{}, err
	}
	used, err := l.cfg.Rules.Today(ctx, who)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: lines(Say("%s: %s", who.name(), rules[0].text()), Say("Asked for today: %s", pictures(used[0])))}, nil
}

// decidedPage is how many rules one answer lists.
const decidedPage = 20

// all shows what holds for everybody, and a page of what is decided otherwise.
func (l *allowances) all(ctx context.Context, page string) (Reply, error) {
	n := 1
	if page != "" {
		var err error
		if n, err = strconv.Atoi(page); err != nil || n < 1 || n > 1_000_000 {
			return Reply{}, refuse("%s is no page: send it as in %s.", code(echo(page)), code("/limits --page 2"))
		}
	}
	decided, others, err := l.cfg.Rules.Decided(ctx, (n-1)*decidedPage, decidedPage+1)
	if err != nil {
		return Reply{}, err
	}
	if n > 1 && len(decided) == 0 {
		return Reply{}, refuse("There is no page %s: %s shows the first.", n, code("/limits"))
	}
	policy := l.cfg.Policy
	all := []Text{Say("Each user: %s", daily(policy.UserDaily)), Say("Each chat: %s", daily(policy.ChatDaily))}
	if policy.Cooldown > 0 {
		all = append(all, Say("Between two requests: %s", span(policy.Cooldown)))
	}
	for _, d := range decided[:min(len(decided), decidedPage)] {
		all = append(all, Say("%s: %s", d.Scope.name(), d.Rule.text()))
	}
	if others > 0 {
		all = append(all, Say("Others, who wanted to be forgotten: %s", others))
	}
	if len(decided) > decidedPage {
		all = append(all, Say("%s shows more.", code("/limits --page "+strconv.Itoa(n+1))))
	}
	return Reply{Text: lines(all...)}, nil
}

// text says what a rule decides.
func (r Rule) text() Text {
	var known []Text
	switch {
	case r.Bans(time.Now()) && r.Until.IsZero():
		known = append(known, Say("banned"))
	case r.Bans(time.Now()):
		known = append(known, Say("banned until %s", r.Until.UTC().Format("2006-01-02 15:04 UTC")))
	}
	if r.Bans(time.Now()) && r.Reason != "" {
		known = append(known, T(r.Reason))
	}
	if r.Daily != nil {
		known = append(known, daily(*r.Daily))
	}
	if r.Lifted {
		known = append(known, Say("nudity may be drawn"))
	}
	if len(known) == 0 {
		return Say("as for all")
	}
	return facts(known...)
}

// lines are texts one below the other.
func lines(all ...Text) Text {
	var text Text
	for i, line := range all {
		if i > 0 {
			text = append(text, Span{Text: "\n"})
		}
		text = append(text, line...)
	}
	return text
}

// daily says how many pictures a day there may be.
func daily(n int) Text {
	if n == 0 {
		return Say("any number of pictures")
	}
	return sayMany(n, "%s picture a day", "%s pictures a day")
}

func pictures(n int) Text { return sayMany(n, "%s picture", "%s pictures") }
