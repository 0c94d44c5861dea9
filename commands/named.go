package commands

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// named reads whom a command of admins is about from its first word, or else
// takes who wrote the message that it replies to, or asked for the picture there. rest is
// what follows. The error is a Refusal.
func named(ctx context.Context, cfg Config, req *Request, text string) (who Scope, rest string, err error) {
	word, after, _ := strings.Cut(strings.TrimSpace(text), " ")
	if who, ok := parseScope(req, word); ok {
		return who, strings.TrimSpace(after), nil
	}
	if req.Author != "" {
		return scope("user", req, req.Author), strings.TrimSpace(text), nil
	}
	if req.Message != "" {
		who, err := cfg.Rules.Asker(ctx, req)
		if err == nil || !errors.Is(err, ErrNoPicture) {
			return who, strings.TrimSpace(text), err
		}
	}
	return "", "", refuse("Say who, by an id such as %s, a mention, or a reply, or %s for this chat.", code(req.Address.Platform+":123456789"), code("chat"))
}

var (
	mentionForm = regexp.MustCompile(`^<(@!?|#)([0-9]{1,20})>$`) // Discord's
	scopeForm   = regexp.MustCompile(`^(?:(user|chat):)?(?:(discord|telegram|playground):)?(-?[0-9]{1,20})$`)
)

// parseScope reads whom a word names: a mention, an id with or without its
// platform, a chat's with chat: before it, or chat for the one of the request.
func parseScope(req *Request, word string) (Scope, bool) {
	if strings.EqualFold(word, "chat") {
		return ChatScope(req), true
	}
	if part := mentionForm.FindStringSubmatch(word); part != nil {
		if part[1] == "#" {
			return scope("chat", req, part[2]), true
		}
		return scope("user", req, part[2]), true
	}
	part := scopeForm.FindStringSubmatch(strings.ToLower(word))
	if part == nil {
		return "", false
	}
	kind, platform, id := part[1], part[2], part[3]
	if kind == "" {
		kind = "user"
		if strings.HasPrefix(id, "-") { // a group's, on Telegram
			kind = "chat"
		}
	}
	if platform == "" {
		platform = req.Address.Platform
	}
	return Scope(kind + ":" + platform + ":" + id), true
}

// name is how a scope is named in a command.
func (s Scope) name() Span {
	kind, platform, id := s.Parts()
	if kind == "user" && !strings.HasPrefix(id, "-") { // who speaks as a channel
		return code(platform + ":" + id)
	}
	return code(string(s))
}

// maxTime bounds what is given as a time: ten years.
const maxTime = 10 * 365 * 24 * time.Hour

var timeForm = regexp.MustCompile(`^([0-9]{1,6})([mhdw])$`)

// parseTime reads a time such as 30m, 12h, 7d or 2w.
func parseTime(word string) (time.Duration, bool) {
	part := timeForm.FindStringSubmatch(strings.ToLower(word))
	if part == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(part[1]) // digits
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[part[2]]
	if n == 0 || n > int(maxTime/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
