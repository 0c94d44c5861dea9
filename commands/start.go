package commands

import (
	"context"
	"strings"
)

// newStart is /start, which Telegram sends for a user who opens the bot.
func newStart(cfg Config) *Command {
	return &Command{
		Name:      "start",
		Summary:   "Begin here",
		Examples:  []string{"/start"},
		Platforms: []string{"telegram"},
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if id, ok := strings.CutPrefix(req.Text, startDetails); ok && cfg.Pictures != nil {
				return details(ctx, cfg, req, id)
			}
			return Reply{Text: Say("Welcome! Tell me what to draw, for example %s, and the picture comes as the answer; %s says more.",
				code("/imagine a red fox in snow"), code("/help"))}, false, nil
		},
	}
}
