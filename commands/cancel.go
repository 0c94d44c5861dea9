package commands

import (
	"context"
	"errors"
	"strings"
)

// newCancel is /cancel, and the button on every status.
func newCancel(requests Requests) *Command {
	return &Command{
		Name:      "cancel",
		Summary:   "Cancel your newest request, or the one of an id",
		Argument:  Argument{Name: "id", Summary: "The request's id, as /queue shows it"},
		Examples:  []string{"/cancel", "/cancel k3v9x2m4p7q8a"},
		Private:   true,
		Moderated: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			id := strings.TrimSpace(req.Text)
			err := requests.Cancel(ctx, req, id)
			if id == "" && errors.Is(err, ErrNoRequest) {
				err = refuse("You have nothing to cancel here.")
			}
			if err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("The request is cancelled.")}, false, nil
		},
	}
}

// newRetry is the button on a request that failed.
func newRetry(requests Requests) *Command {
	return &Command{
		Name:    "retry",
		Summary: "Ask again for what failed",
		Draws:   true,
		Hidden:  true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			err := requests.Retry(ctx, req, strings.TrimSpace(req.Text))
			return Reply{}, err == nil, err
		},
	}
}

func cancelButton(id string) Button { return Button{Label: "✖️ Cancel", Command: "cancel", ID: id} }

// RetryButton asks again for the failed request of that short id.
func RetryButton(id string) Button { return Button{Label: "🔁 Retry", Command: "retry", ID: id} }
