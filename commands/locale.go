package commands

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"sync"

	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
)

// locales holds what the bot says in each language but English: a file maps
// the English to a text, or to one for each plural form of CLDR.
//
//go:embed locales/*.json
var locales embed.FS

// Languages are the BCP 47 tags of the languages that the bot speaks, English
// first.
var Languages = []string{"en", "de", "es", "pt-BR", "ru"}

// A said is the translation of one message.
type said struct {
	text  string            // "" where there are forms
	forms map[string]string // by CLDR's names: one, few, many, other
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *said) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &s.text) == nil {
		return nil
	}
	return json.Unmarshal(b, &s.forms)
}

// all are the text or the forms.
func (s said) all() []string {
	if s.forms == nil {
		return []string{s.text}
	}
	var all []string
	for _, form := range s.forms {
		all = append(all, form)
	}
	return all
}

// A catalogue is one language's.
type catalogue struct {
	tag     language.Tag
	numbers *textmessage.Printer
	texts   map[string]said // by the English
}

// readCatalogue returns the catalogue of the language; what does not take the
// arguments that its English takes is left out, to be said in English.
func readCatalogue(name string, file []byte) (*catalogue, error) {
	tag, err := language.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("language %s: %w", name, err)
	}
	c := &catalogue{tag: tag, numbers: textmessage.NewPrinter(tag)}
	if err := json.Unmarshal(file, &c.texts); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	for english, said := range c.texts {
		for _, text := range said.all() {
			if !sameArguments(english, text) {
				delete(c.texts, english)
			}
		}
	}
	return c, nil
}

// speech is the catalogues, and what finds the one for a locale.
var speech = sync.OnceValue(func() (s struct {
	matcher    language.Matcher
	catalogues []*catalogue
	named      map[string]*catalogue
}) {
	var tags []language.Tag
	s.named = map[string]*catalogue{}
	for _, name := range Languages {
		file, err := []byte("{}"), error(nil)
		if name != Languages[0] {
			file, err = locales.ReadFile(path.Join("locales", name+".json"))
		}
		c, wrong := readCatalogue(name, file)
		if err := errors.Join(err, wrong); err != nil {
			panic(err) // it is embedded, and tested
		}
		tags, s.catalogues, s.named[name] = append(tags, c.tag), append(s.catalogues, c), c
	}
	s.matcher = language.NewMatcher(tags)
	return s
})

// in returns the catalogue for a locale, a BCP 47 tag as platforms tell it:
// the language itself, or the one that CLDR's language matching gives those
// who speak it; English for "" and for all others.
func in(locale string) *catalogue {
	s := speech()
	if c, ok := s.named[locale]; ok { // spares most calls a microsecond
		return c
	}
	tag, err := language.Parse(locale)
	if err != nil {
		return s.catalogues[0]
	}
	_, i, confidence := s.matcher.Match(tag)
	if confidence < language.High {
		i = 0
	}
	return s.catalogues[i]
}

// Translate returns a fixed English text in the locale's language.
func Translate(locale, english string) string {
	return in(locale).say(english)
}

func (c *catalogue) say(english string) string {
	if said := c.texts[english]; said.text != "" {
		return said.text
	}
	return english
}

// In returns the text with all that Say left open said in the locale's
// language. It changes nothing that was said already.
func (t Text) In(locale string) Text { return in(locale).text(t) }

// In returns the reply in the locale's language.
func (r Reply) In(locale string) Reply {
	c := in(locale)
	r.Text, r.Buttons, r.Locale = c.text(r.Text), c.buttons(r.Buttons), locale
	if r.Form != nil {
		form := *r.Form
		form.Title, form.Fields = c.say(form.Title), append([]Field(nil), form.Fields...)
		for i := range form.Fields {
			form.Fields[i].Label = c.say(form.Fields[i].Label)
		}
		r.Form = &form
	}
	return r
}

// In returns the status in the locale's language.
func (s Status) In(locale string) Status {
	c := in(locale)
	return Status{Text: c.text(s.Text), Buttons: c.buttons(s.Buttons)}
}

func (c *catalogue) buttons(buttons []Button) []Button {
	all := append([]Button(nil), buttons...)
	for i := range all {
		b := &all[i]
		if b.Label = c.say(b.Label); b.Number > 0 {
			b.Label, b.Number = fmt.Sprintf("%s %d", b.Label, b.Number), 0
		}
	}
	return all
}

func (c *catalogue) text(t Text) Text {
	var all Text
	for _, span := range t {
		if span.message == nil {
			all = append(all, span)
			continue
		}
		said := c.message(span.message)
		if span != (Span{message: span.message}) { // it is shown as a whole
			span.Text, span.message = said.String(), nil
			said = Text{span}
		}
		all = append(all, said...)
	}
	return all
}
