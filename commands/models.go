package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

const (
	// modelsPage is how many models one answer lists: each has a button, which
	// leaves one of Discord's five rows for turning pages.
	modelsPage = 20
	// modelsRow is how many of their buttons stand beside each other.
	modelsRow = 5
	// modelsPageText bounds the names in one answer, in bytes, so that it fits
	// the smallest message of any platform with its markup.
	modelsPageText = 1200
	// maxChoices is how many values an autocompletion offers: Discord's limit.
	maxChoices = 25
)

func newModels(cfg Config) *Command {
	return &Command{
		Name:     "models",
		Summary:  "List the models, or search them",
		Argument: Argument{Name: "search", Summary: "A part of the name, or a page's number"},
		Examples: []string{"/models", "/models 2", "/models photo"},
		Private:  true,
		Run:      models{cfg}.run,
	}
}

// models is /models.
type models struct{ cfg Config }

// What a button of a page does begins its id.
const (
	toModels = "p" // shows another page: textID of what one would type
	toUse    = "u" // makes a model the presser's own: its modelID
)

// star is on the buttons that make a model one's own.
const star = "⭐"

func (m models) run(ctx context.Context, req *Request) (Reply, bool, error) {
	lists, err := m.cfg.Catalog.Wait(ctx)
	if len(lists.All()) == 0 && err != nil {
		return Reply{}, false, err
	}
	text := req.Text
	if req.Pressed {
		if id, use := strings.CutPrefix(req.Text, toUse); use {
			reply, err := m.use(ctx, req, lists, id)
			return reply, false, err
		}
		if text, err = idText(strings.TrimPrefix(req.Text, toModels)); err != nil {
			return Reply{}, false, err
		}
	}
	reply, err := m.list(req, lists, text)
	return reply, false, err
}

// use makes the model of that id the requester's own.
func (m models) use(ctx context.Context, req *Request, lists Lists, id string) (Reply, error) {
	all := lists.All()
	i := slices.IndexFunc(all, func(name string) bool { return modelID(name) == id })
	if i < 0 {
		return Reply{}, refuse("That model is no longer there: %s lists those that are.", code("/models"))
	}
	err := m.cfg.Preferences.Change(ctx, UserScope(req), func(set *Settings) error {
		set.Model = all[i]
		return nil
	})
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: Say("%s is your model now: %s shows what you have set.", code(all[i]), code("/settings"))}, nil
}

// list shows a page of what is searched.
func (m models) list(req *Request, lists Lists, words string) (Reply, error) {
	search, page := parsePage(words)
	standard := m.cfg.Model
	if set, ok := lists.Find(req.shown().settings().Model); ok {
		standard = set
	}
	pages := m.pages(lists.Search(search), standard)
	switch {
	case len(pages) == 0 && search != "":
		return Reply{}, refuse("No model's name holds %s: %s lists all of them.", code(echo(search)), code("/models"))
	case len(pages) == 0:
		return Reply{Text: Say("The picture service lists no models right now.")}, nil
	case page < 1 || page > len(pages):
		return Reply{}, refuse("There is no page %s: the last one is %s.", page, code(pageCommand("models", search, len(pages))))
	}
	reply := Reply{Text: pages[page-1].text, Update: true}
	if page < len(pages) {
		reply.Text = append(reply.Text, Say("Page %s of %s, the next is %s.", page, len(pages), code(pageCommand("models", search, page+1)))...)
		reply.Text = append(reply.Text, Span{Text: "\n"})
	}
	reply.Text = append(reply.Text, Say("Use one as in %s.", code("/imagine a red fox in snow --model "+quoted(m.cfg.Model)))...)
	if m.cfg.Preferences != nil {
		reply.Text = append(reply.Text, Say("\n%s", Say("%s makes one your default.", star))...)
		for i, name := range pages[page-1].names {
			reply.Buttons = append(reply.Buttons,
				Button{Label: star, Number: i + 1, Command: "models", ID: toUse + modelID(name), Break: i%modelsRow == 0})
		}
	}
	turn := func(button Button, to int) {
		id, ok := textID(strings.TrimSpace(search + " " + strconv.Itoa(to)))
		if !ok || to < 1 || to > len(pages) {
			return
		}
		button.Command, button.ID = "models", toModels+id
		reply.Buttons = append(reply.Buttons, button)
	}
	turn(Button{Label: "◀️ Previous", Break: true}, page-1)
	turn(Button{Label: "▶️ Next", Break: page == 1}, page+1)
	return reply, nil
}

// modelID stands for a model in a button's id. Names do not fit there, and
// their places in the lists change.
func modelID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

// Search returns the names that hold each of the words, without regard to case
// and to the spaces, hyphens, underscores and dots within names.
func (l Lists) Search(words string) Lists {
	match := func(names []string) []string {
		var found []string
		for _, name := range names {
			if holdsEach(squash(name), strings.Fields(words)) {
				found = append(found, name)
			}
		}
		return found
	}
	return Lists{SD: match(l.SD), SDXL: match(l.SDXL)}
}

func holdsEach(name string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(name, squash(word)) {
			return false
		}
	}
	return true
}

// A modelPage is one answer's part of the lists.
type modelPage struct {
	text  Text
	names []string
}

// pages lays both lists out, each under its heading, which a new page repeats.
func (m models) pages(lists Lists, standard string) []modelPage {
	var pages []modelPage
	size := 0
	for _, group := range []struct {
		title Span
		names []string
	}{{bold("%s models", "SD"), lists.SD}, {bold("%s models", "SDXL"), lists.SDXL}} {
		for i, name := range group.names {
			full := len(pages) == 0 || len(pages[len(pages)-1].names) == modelsPage || size+len(name) > modelsPageText
			if full {
				pages, size = append(pages, modelPage{}), 0
			}
			page := &pages[len(pages)-1]
			if full || i == 0 {
				page.text = append(page.text, group.title, Span{Text: "\n"})
			}
			page.names = append(page.names, name)
			said := Text{code(name)}
			if strings.EqualFold(name, standard) {
				said = Say("%s (default)", code(name))
			}
			page.text = append(page.text, Span{Text: strconv.Itoa(len(page.names)) + ". "})
			page.text = append(append(page.text, said...), Span{Text: "\n"})
			size += len(name)
		}
	}
	return pages
}

// pageBits bounds a page's number, so that what is on all pages before it can
// be counted.
const pageBits = 28

// parsePage takes a page's number off the end of a search.
func parsePage(text string) (search string, page int) {
	words := strings.Fields(text)
	if len(words) > 0 {
		if n, err := strconv.ParseInt(words[len(words)-1], 10, pageBits); err == nil {
			return strings.Join(words[:len(words)-1], " "), int(n)
		}
	}
	return strings.Join(words, " "), 1
}

func pageCommand(command, search string, page int) string {
	return strings.Join(strings.Fields("/"+command+" "+search+" "+strconv.Itoa(page)), " ")
}

// quoted is a value as it is typed after an option.
func quoted(value string) string {
	if strings.ContainsAny(value, " \t") {
		return `"` + value + `"`
	}
	return value
}

// completeModel offers models: those that the requester uses come first, with
// nothing typed the usual one after them.
func completeModel(ctx context.Context, cfg Config, req *Request, typed string) []string {
	names := cfg.Catalog.Now().All()
	if strings.TrimSpace(typed) == "" {
		names = slices.DeleteFunc(names, func(name string) bool { return strings.EqualFold(name, cfg.Model) })
		names = append([]string{cfg.Model}, names...)
	}
	ranked := complete(typed, names, len(names))
	if cfg.Preferences != nil {
		ctx, cancel := context.WithTimeout(ctx, preferencesTime)
		defer cancel()
		// Without what was used, the names come in their own order.
		used, _ := cfg.Preferences.Used(ctx, req)
		rank := func(name string) int {
			if i := slices.Index(used, strings.ToLower(name)); i >= 0 {
				return i
			}
			return len(used)
		}
		slices.SortStableFunc(ranked, func(a, b string) int { return rank(a) - rank(b) })
	}
	return ranked[:min(len(ranked), maxChoices)]
}
