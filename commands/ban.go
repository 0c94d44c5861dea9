package commands

import (
	"context"
	"strings"
	"time"
)

// whoSummary explains the argument of a command that names somebody.
const whoSummary = "A user's id or mention, a chat's as chat:ID, or chat for this one"

// maxBanReason bounds the reason of a ban, in characters.
const maxBanReason = 200

// newBan is /ban.
func newBan(cfg Config) *Command {
	return &Command{
		Name:      "ban",
		Summary:   "Ban a user or a chat from the bot, for a time or until /unban",
		Argument:  Argument{Name: "who", Summary: "A user's id or mention, or chat; then a time such as 7d, and a reason", Required: true, Then: "[time] [reason]"},
		Examples:  []string{"/ban 123456789", "/ban 123456789 7d advertising", "/ban chat"},
		Private:   true,
		Admin:     true,
		Addressed: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			who, rest, err := named(ctx, cfg, req, req.Text)
			if err != nil {
				return Reply{}, false, err
			}
			var until time.Time
			word, after, _ := strings.Cut(rest, " ")
			if lasts, ok := parseTime(word); ok {
				until, rest = time.Now().Add(lasts), after
			} else if word != "" && word[0] >= '0' && word[0] <= '9' { // which would ban for good
				return Reply{}, false, refuse("%s is no time for a ban: say it like %s, %s, %s or %s, ten years at most, or begin the reason with a letter.",
					code(word), code("30m"), code("12h"), code("7d"), code("2w"))
			}
			reply, err := ban(ctx, cfg, who, until, cut(rest, maxBanReason))
			return reply, false, err
		},
	}
}

// ban bans somebody until the time, or for good when it is zero.
func ban(ctx context.Context, cfg Config, who Scope, until time.Time, reason string) (Reply, error) {
	if kind, platform, id := who.Parts(); kind == "user" && cfg.Access.Admins[platform+":"+id] {
		return Reply{}, refuse("%s is an admin, whom nobody can ban: %s says who is.", who.name(), code("ADMINS"))
	}
	err := cfg.Rules.Decide(ctx, who, func(r *Rule) { r.Banned, r.Until, r.Reason = true, until, reason })
	if err != nil {
		return Reply{}, err
	}
	lift := code("/unban " + who.name().Text)
	text := Say("%s is banned for good, and what was waiting is cancelled: %s lifts it.", who.name(), lift)
	if !until.IsZero() {
		text = Say("%s is banned until %s, and what was waiting is cancelled: %s lifts it.",
			who.name(), until.UTC().Format("2006-01-02 15:04 UTC"), lift)
	}
	if reason != "" {
		text = lines(text, Say("The reason given is: %s", reason))
	}
	return Reply{Text: text}, nil
}

// newUnban is /unban.
func newUnban(cfg Config) *Command {
	return &Command{
		Name:      "unban",
		Summary:   "Lift a ban",
		Argument:  Argument{Name: "who", Summary: whoSummary, Required: true},
		Examples:  []string{"/unban 123456789", "/unban chat"},
		Private:   true,
		Admin:     true,
		Addressed: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			who, _, err := named(ctx, cfg, req, req.Text)
			if err != nil {
				return Reply{}, false, err
			}
			banned := false
			err = cfg.Rules.Decide(ctx, who, func(r *Rule) {
				banned = r.Bans(time.Now())
				r.Banned, r.Until, r.Reason = false, time.Time{}, ""
			})
			if err != nil {
				return Reply{}, false, err
			}
			if !banned {
				return Reply{}, false, refuse("%s is not banned: %s shows who is.", who.name(), code("/limits"))
			}
			return Reply{Text: Say("%s may use the bot again.", who.name())}, false, nil
		},
	}
}
