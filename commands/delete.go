package commands

import (
	"context"
	"errors"
)

// newDelete is the button that removes a picture from its chat.
func newDelete(cfg Config) *Command {
	return &Command{
		Name:      "delete",
		Summary:   "Delete a picture",
		Hidden:    true,
		Always:    true,
		Private:   true,
		Moderated: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			err := cfg.Pictures.Delete(ctx, req, req.Text)
			if errors.Is(err, ErrNoPicture) && req.Pressed {
				return Reply{}, false, refuse("Nothing is known of this picture any more, so that only a moderator can delete its message: please ask one.")
			}
			if err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("The picture is deleted.")}, false, nil
		},
	}
}
