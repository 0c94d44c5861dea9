package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A setting is one that a user or a chat may have.
type setting struct {
	name   string // lower case letters, to stand in a button's id
	option Option // the zero Option where only buttons set it
	field  Field  // its label, and how it is typed
	button Button // its label with an emoji
	// value says what is set; nil for nothing.
	value func(Settings) Text
	unset Text // said where nobody has set anything, and no value goes by itself
	// set sets it to what somebody chose or typed, or to nothing for "". The
	// error is a Refusal, which may offer what another value asks for.
	set     func(s *Settings, value string, asks func(string) Request) error
	choices []choiceOf
	typed   bool // any value may be typed
	// own says that it is no chat's.
	own       bool
	platforms []string // where it is of use; none means everywhere
}

// A choiceOf is a value that a button sets.
type choiceOf struct {
	value  string // lower case letters and digits, to stand in a button's id
	button Button
}

// of reports whether the setting stands on the page.
func (s setting) of(p page) bool {
	return (!s.own || !p.chat) && (len(s.platforms) == 0 || slices.Contains(s.platforms, p.req.Address.Platform))
}

// plainPlatforms have private chats in which people write without a command.
var plainPlatforms = []string{"telegram", "playground"}

// languageNames are the names of Languages in themselves.
var languageNames = map[string]string{"en": "English", "de": "Deutsch", "es": "Español", "pt-BR": "Português (Brasil)", "ru": "Русский"}

// allSettings are all that may be set, in the order to show.
func allSettings(cfg Config) []setting {
	o := newDrawingOptions(cfg)
	return []setting{
		{
			name: "model", option: o.model, field: Field{Label: "Model"}, button: Button{Label: "🎨 Model"}, typed: true,
			value: func(s Settings) Text { return orNil(s.Model) },
			set:   o.setModel,
		},
		{
			name: "size", option: o.size, field: Field{Label: "Size"}, button: Button{Label: "📐 Size"}, typed: true,
			value:   func(s Settings) Text { return orNil(s.Size.orEmpty()) },
			set:     o.setSize,
			choices: sizeChoices(cfg),
		},
		{
			name: "negative", option: o.negative, field: Field{Label: "Negative prompt", Long: true}, button: Button{Label: "🚫 Negative prompt"}, typed: true,
			value: func(s Settings) Text { return orNil(s.Negative) },
			unset: Say("no words of your own"),
			set:   setNegative,
		},
		{
			name: "number", option: o.count, field: Field{Label: "Number of pictures"}, button: Button{Label: "🔢 Number"},
			value:   func(s Settings) Text { return orNil(strings.TrimPrefix(strconv.Itoa(s.Count), "0")) },
			set:     o.setCount,
			choices: countChoices(),
		},
		switched(setting{
			name: "spoiler", field: Field{Label: "Hidden until tapped"}, button: Button{Label: "🙈 Hidden"},
			choices: []choiceOf{{"yes", Button{Label: "🙈 Hide them"}}, {"no", Button{Label: "👁️ Show them"}}},
		}, Say("yes"), Say("no"), func(s *Settings) **bool { return &s.Spoiler }),
		switched(setting{
			name: "file", field: Field{Label: "Files or photos"}, button: Button{Label: "📄 File or photo"}, platforms: filePlatforms,
			choices: []choiceOf{{"yes", Button{Label: "📄 Files"}}, {"no", Button{Label: "🖼️ Photos"}}},
		}, Say("files"), Say("photos"), func(s *Settings) **bool { return &s.AsFile }),
		{
			name: "language", field: Field{Label: "Language"}, button: Button{Label: "🌐 Language"},
			option: Option{
				Name: "language", Flag: "language", Value: "LANGUAGE", Example: Languages[0], Summary: "The language that the bot speaks",
				Complete: func(_ context.Context, _ *Request, typed string) []string {
					return complete(typed, Languages, maxChoices)
				},
			},
			value:   func(s Settings) Text { return orNil(languageNames[s.Language]) },
			unset:   Say("that of the app"),
			set:     setLanguage,
			choices: languageChoices(),
		},
		switched(setting{
			name: "plain", field: Field{Label: "Text without a command"}, button: Button{Label: "💬 Plain text"}, own: true, platforms: plainPlatforms,
			unset:   Say("you are asked"),
			choices: []choiceOf{{"yes", Button{Label: "✏️ Draw it"}}, {"no", Button{Label: "🚫 Leave it"}}},
		}, Say("is drawn"), Say("is not drawn"), func(s *Settings) **bool { return &s.Plain }),
	}
}

// switched completes a setting that is yes, no, or not set.
func switched(s setting, yes, no Text, of func(*Settings) **bool) setting {
	s.value = func(set Settings) Text {
		switch b := *of(&set); {
		case b == nil:
			return nil
		case *b:
			return yes
		}
		return no
	}
	s.set = func(set *Settings, value string, _ func(string) Request) error {
		*of(set) = nil
		if value != "" {
			*of(set) = new(value == SwitchedOn)
		}
		return nil
	}
	return s
}

// orNil is nil for "".
func orNil(s string) Text {
	if s == "" {
		return nil
	}
	return T(s)
}

// orEmpty is "" for no size.
func (s Size) orEmpty() string {
	if s == (Size{}) {
		return ""
	}
	return s.String()
}

func (o drawingOptions) setModel(s *Settings, value string, asks func(string) Request) error {
	s.Model = ""
	if value == "" {
		return nil
	}
	model, err := o.modelToKeep(value, asks)
	s.Model = model
	return err
}

func (o drawingOptions) setSize(s *Settings, value string, asks func(string) Request) error {
	s.Size = Size{}
	if value == "" {
		return nil
	}
	size, err := o.parseSize(value, asks)
	s.Size = size
	return err
}

func sizeChoices(cfg Config) []choiceOf {
	var all []choiceOf
	for _, size := range completeSize(cfg, "") {
		all = append(all, choiceOf{size, Button{Label: "📐 " + size}})
	}
	return all
}

func setNegative(s *Settings, value string, _ func(string) Request) error {
	if showsNothing(value) {
		value = ""
	}
	if n := utf8.RuneCountInString(value); n > maxStyleWords {
		return refuse("The words have %s characters and may have %s: shorten them, as in %s.", n, maxStyleWords, code("/settings --no text, people"))
	}
	s.Negative = value
	return nil
}

func (o drawingOptions) setCount(s *Settings, value string, _ func(string) Request) (err error) {
	s.Count, err = o.parseCount(value)
	return err
}

func countChoices() []choiceOf {
	var all []choiceOf
	for n := range MaxCount {
		all = append(all, choiceOf{strconv.Itoa(n + 1), Button{Label: "🔢", Number: n + 1}})
	}
	return all
}

func setLanguage(s *Settings, value string, _ func(string) Request) error {
	s.Language = ""
	for _, tag := range Languages {
		if squash(tag) == squash(value) || strings.EqualFold(languageNames[tag], value) {
			s.Language = tag
		}
	}
	if s.Language == "" && value != "" {
		return refuse("I do not speak %s: choose one of %s.", code(echo(value)), strings.Join(Languages, ", "))
	}
	return nil
}

func languageChoices() []choiceOf {
	var all []choiceOf
	for _, tag := range Languages {
		all = append(all, choiceOf{squash(tag), Button{Label: "🌐 " + languageNames[tag]}})
	}
	return all
}
