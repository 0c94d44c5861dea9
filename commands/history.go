package commands

import "context"

// historyPage is how many pictures one answer lists.
const historyPage = 10

// newHistory is /history: one's own pictures.
func newHistory(cfg Config) *Command {
	return &Command{
		Name:     "history",
		Summary:  "List your pictures, or search them",
		Argument: Argument{Name: "search", Summary: "Words of the prompt, or a page's number"},
		Examples: []string{"/history", "/history 2", "/history fox"},
		Private:  true,
		Run: func(ctx context.Context, req *Request) (Reply, bool, error) {
			words, page := parsePage(req.Text)
			if page < 1 {
				return Reply{}, false, noHistoryPage(words, page)
			}
			found, more, err := cfg.Pictures.History(ctx, req, words, (page-1)*historyPage, historyPage)
			switch {
			case err != nil:
				return Reply{}, false, err
			case len(found) == 0 && page > 1:
				return Reply{}, false, noHistoryPage(words, page)
			case len(found) == 0 && words != "":
				return Reply{}, false, refuse("None of your pictures has %s in its prompt: %s lists all of them.", code(echo(words)), code("/history"))
			case len(found) == 0:
				return Reply{Text: Say("You have no pictures yet: ask for one with %s.", code("/imagine a red fox in snow"))}, false, nil
			}
			var text Text
			for _, picture := range found {
				text = append(text, picture.listed()...)
			}
			if more {
				text = append(text, Say("The next page is %s.", code(pageCommand("history", words, page+1)))...)
				text = append(text, Span{Text: " "})
			}
			return Reply{Text: append(text, Say("To see one again, send %s and its id.", code("/show"))...)}, false, nil
		},
	}
}

func noHistoryPage(words string, page int) error {
	return refuse("There is no page %s: %s shows the first.", page, code(pageCommand("history", words, 1)))
}

// listed is the picture's line in a list.
func (p Picture) listed() Text {
	name := T(echo(p.Job.Generate.Prompt))
	if p.Job.Generate.Prompt == "" {
		name = maker(p.Job)
	}
	name[0].URL = p.Link
	known := []Text{name, T(p.At.UTC().Format("2006-01-02"))}
	if p.Deleted {
		known = append(known, Say("deleted"))
	}
	return Say("%s %s\n", code(p.ID), facts(known...))
}
