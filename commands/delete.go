package commands

import "context"

// newDelete is the button that removes a picture from its chat.
func newDelete(cfg Config) *Command {
	return &Command{
		Name:      "delete",
		Summary:   "Delete a picture",
		Hidden:    true,
		Private:   true,
		Moderated: true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if err := cfg.Pictures.Delete(ctx, req, req.Text); err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("The picture is deleted.")}, false, nil
		},
	}
}
