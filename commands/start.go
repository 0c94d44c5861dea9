package commands

import (
	"context"
	"slices"
	"strings"
)

// What /start is given to show the requester's settings or styles: the names of
// the commands that do.
const (
	startSettings = "settings"
	startStyles   = "style"
)

// startPlatforms have no private answers but in private chats, which /start
// opens.
var startPlatforms = []string{"telegram"}

// overheard reports whether everybody in the chat reads the answer, however
// private it is.
func overheard(req *Request) bool {
	return !req.Alone && slices.Contains(startPlatforms, req.Address.Platform)
}

// shown is what is set for the request as far as its answer may tell: nothing
// of the requester's own where it is overheard.
func (req *Request) shown() preferred {
	set := req.preferred
	if overheard(req) {
		set.own = Settings{}
	}
	return set
}

// newStart is /start, which Telegram sends for a user who opens the bot.
func newStart(r *Router, cfg Config) *Command {
	return &Command{
		Name:      "start",
		Summary:   "Begin here",
		Examples:  []string{"/start"},
		Platforms: startPlatforms,
		Personal:  true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if id, ok := strings.CutPrefix(req.Text, startDetails); ok && cfg.Pictures != nil {
				return details(ctx, cfg, req, id)
			}
			if req.Text == startSettings || req.Text == startStyles {
				shown := *req
				shown.Command, shown.Text = req.Text, ""
				return r.do(ctx, &shown)
			}
			if id, ok := strings.CutPrefix(req.Text, startOffer); ok && cfg.Pictures != nil && cfg.Offers != nil {
				return offeredDetails(ctx, cfg, req, id)
			}
			return Reply{Text: Say("Welcome! Tell me what to draw, for example %s, and the picture comes as the answer; %s says more.",
				code("/imagine a red fox in snow"), code("/help"))}, false, nil
		},
	}
}
