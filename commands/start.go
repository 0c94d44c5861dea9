package commands

import "context"

// newStart is /start, which Telegram sends for a user who opens the bot.
func newStart() *Command {
	return &Command{
		Name:      "start",
		Summary:   "Begin here",
		Examples:  []string{"/start"},
		Platforms: []string{"telegram"},
		Run: func(context.Context, *Request) (Reply, bool, error) {
			return Reply{Text: say("Welcome! Tell me what to draw, for example %s, and the picture comes as the answer; %s says more.",
				code("/imagine a red fox in snow"), code("/help"))}, false, nil
		},
	}
}
