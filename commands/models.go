package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

const (
	// modelsPage is how many models one answer lists.
	modelsPage = 30
	// modelsPageText bounds the names in one answer, in bytes, so that it fits
	// the smallest message of any platform with its markup.
	modelsPageText = 1200
	// maxChoices is how many values an autocompletion offers: Discord's limit.
	maxChoices = 25
)

func newModels(cfg Config) *Command {
	m := models{catalog: cfg.Catalog, standard: cfg.Model}
	return &Command{
		Name:     "models",
		Summary:  "List the models, or search them",
		Argument: Argument{Name: "search", Summary: "A part of the name, or a page's number"},
		Examples: []string{"/models", "/models 2", "/models photo"},
		Private:  true,
		Run:      m.run,
	}
}

// models is /models.
type models struct {
	catalog  *Catalog
	standard string
}

func (m models) run(ctx context.Context, req *Request) (Reply, bool, error) {
	search, page := parsePage(req.Text)
	lists, err := m.catalog.Wait(ctx)
	if len(lists.All()) == 0 && err != nil {
		return Reply{}, false, err
	}
	pages := m.pages(lists.Search(search))
	switch {
	case len(pages) == 0 && search != "":
		return Reply{}, false, refuse("No model's name holds %s: %s lists all of them.", code(echo(search)), code("/models"))
	case len(pages) == 0:
		return Reply{Text: Say("The picture service lists no models right now.")}, false, nil
	case page < 1 || page > len(pages):
		return Reply{}, false, refuse("There is no page %s: the last one is %s.", page, code(pageCommand("models", search, len(pages))))
	}
	text := pages[page-1]
	if page < len(pages) {
		text = append(text, Say("Page %s of %s, the next is %s.", page, len(pages), code(pageCommand("models", search, page+1)))...)
		text = append(text, Span{Text: "\n"})
	}
	return Reply{Text: append(text, Say("Use one as in %s.", code("/imagine a red fox in snow --model "+quoted(m.standard)))...)}, false, nil
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

// pages lays both lists out, each under its heading, which a new page repeats.
func (m models) pages(lists Lists) []Text {
	var pages []Text
	count, size := modelsPage, 0
	for _, group := range []struct {
		title Span
		names []string
	}{{bold("%s models", "SD"), lists.SD}, {bold("%s models", "SDXL"), lists.SDXL}} {
		for i, name := range group.names {
			full := count == modelsPage || size+len(name) > modelsPageText
			if full {
				pages = append(pages, nil)
				count, size = 0, 0
			}
			page := &pages[len(pages)-1]
			if full || i == 0 {
				*page = append(*page, group.title, Span{Text: "\n"})
			}
			if strings.EqualFold(name, m.standard) {
				*page = append(*page, Say("%s (default)", code(name))...)
			} else {
				*page = append(*page, code(name))
			}
			*page = append(*page, Span{Text: "\n"})
			count++
			size += len(name)
		}
	}
	return pages
}

// parsePage takes a page's number off the end of a search.
func parsePage(text string) (search string, page int) {
	words := strings.Fields(text)
	if len(words) > 0 {
		if n, err := strconv.Atoi(words[len(words)-1]); err == nil {
			return strings.Join(words[:len(words)-1], " "), n
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

// completeModel offers models; with nothing typed the default comes first.
func completeModel(cfg Config, typed string) []string {
	names := cfg.Catalog.Now().All()
	if strings.TrimSpace(typed) == "" {
		isDefault := func(name string) bool { return strings.EqualFold(name, cfg.Model) }
		names = append([]string{cfg.Model}, slices.DeleteFunc(names, isDefault)...)
	}
	return complete(typed, names, maxChoices)
}
