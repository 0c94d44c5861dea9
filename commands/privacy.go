package commands

import (
	"context"
	"encoding/json"
)

// Records are what is stored of users.
type Records interface {
	// Export returns all that is stored of by, as JSON, and whether the oldest
	// requests are left out, which would be too much for one file.
	Export(ctx context.Context, by *Request) (data json.RawMessage, cut bool, err error)
	// Forget deletes all that is stored of by on this platform. What is open
	// is cancelled, and goes as soon as its end is told.
	Forget(ctx context.Context, by *Request) error
}

// newPrivacy is /privacy.
func newPrivacy(cfg Config) *Command {
	return &Command{
		Name:     "privacy",
		Always:   true,
		Summary:  "Say what the bot stores of you, and for how long",
		Examples: []string{"/privacy"},
		Private:  true,
		Run: func(context.Context, *Request) (Reply, bool, error) {
			return Reply{Text: cfg.privacy()}, false, nil
		},
	}
}

// privacy says what is stored, how long, and how to get it and delete it.
func (cfg Config) privacy() Text {
	requests := Say("%s: what you ask for, when and in which chat, your id and name here, and links to the answers, until you delete them.", bold("Requests"))
	if cfg.Retention > 0 {
		requests = Say("%s: what you ask for, when and in which chat, your id and name here, and links to the answers, for %s.", bold("Requests"), span(cfg.Retention))
	}
	var text Text
	for _, line := range []Text{
		requests,
		Say("%s: the files of your pictures, for %s at most; they stay in the chat until you delete them there.", bold("Pictures"), span(cfg.KeepOriginals)),
		Say("%s: what %s and %s keep, until you change it.", bold("Settings and styles"), code("/settings"), code("/style")),
		Say("%s: prompts and pictures that you send to be worked on go to the picture service, without your id and name.", bold("Elsewhere")),
		Say("%s: what others made from pictures that you showed is theirs, and a chat's settings and styles are the chat's.", bold("Not yours")),
	} {
		text = append(append(text, line...), Span{Text: "\n"})
	}
	return append(text, Say("%s gives you all of yours as a file, and %s deletes it. What stays is a code that does not tell who you are, with today's number of your pictures, when you asked last, when you reported pictures today, and a ban if there is one.",
		code("/export"), code("/forget"))...)
}

// newExport is /export.
func newExport(cfg Config) *Command {
	return &Command{
		Name:     "export",
		Always:   true,
		Summary:  "Give you what the bot stores of you, as a file",
		Examples: []string{"/export"},
		Private:  true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if !req.Alone {
				return Reply{}, false, refuse("Others read the answers here: send %s to me in a private chat.", code("/export"))
			}
			data, cut, err := cfg.Records.Export(ctx, req)
			if err != nil {
				return Reply{}, false, err
			}
			text := Say("This is all that the bot stores of you here.")
			if cut {
				text = Say("This is what the bot stores of you here, without the oldest requests, which were too many for a file.")
			}
			return Reply{Text: text, Files: []File{{Name: "kellybot-export.json", ContentType: "application/json", Bytes: data}}}, false, nil
		},
	}
}

// newForget is /forget, which does nothing before it is confirmed: by the button
// that it offers, since an id alone could be anybody's.
func newForget(cfg Config) *Command {
	return &Command{
		Name:     "forget",
		Always:   true,
		Summary:  "Delete everything that the bot stores of you",
		Examples: []string{"/forget"},
		Private:  true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			if !req.offered {
				return Reply{
					Text: Say("This deletes your requests, your pictures' files, your settings and your styles for good, and cancels what is open: "+
						"%s gives you a copy first. Pictures stay in their chats, where afterwards only a moderator can delete them: delete those there first.", code("/export")),
					Buttons: []Button{Button{Label: "🗑️ Delete everything"}.asking(*req)},
				}, false, nil
			}
			if err := cfg.Records.Forget(ctx, req); err != nil {
				return Reply{}, false, err
			}
			return Reply{Text: Say("Everything of yours is being deleted: it is gone within a minute."), Update: true}, false, nil
		},
	}
}
