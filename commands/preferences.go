package commands

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Settings are what a user or a chat has set. The zero value of a field is
// nothing.
type Settings struct {
	Model    string `json:"model,omitempty"`
	Size     Size   `json:"size,omitzero"`
	Negative string `json:"negative,omitempty"` // words beside the default negative prompt
	Count    int    `json:"count,omitempty"`    // pictures
	Spoiler  *bool  `json:"spoiler,omitempty"`  // pictures are hidden until somebody wants to see them
	AsFile   *bool  `json:"as_file,omitempty"`  // pictures come as files
	// Language is one of Languages.
	Language string `json:"language,omitempty"`
	// Plain says whether plain text in a private chat is a prompt.
	Plain  *bool             `json:"plain,omitempty"`
	Styles map[string]Preset `json:"styles,omitempty"` // by name
}

// A Preset is what a style adds to a request.
type Preset struct {
	Words    string `json:"words,omitempty"`    // of the prompt
	Negative string `json:"negative,omitempty"` // as Settings.Negative
	Model    string `json:"model,omitempty"`
	Size     Size   `json:"size,omitzero"`
}

// or is s, and what below has set where s has nothing; without the styles.
func (s Settings) or(below Settings) Settings {
	return Settings{
		Model:    cmp.Or(s.Model, below.Model),
		Size:     cmp.Or(s.Size, below.Size),
		Negative: cmp.Or(s.Negative, below.Negative),
		Count:    cmp.Or(s.Count, below.Count),
		Spoiler:  cmp.Or(s.Spoiler, below.Spoiler),
		AsFile:   cmp.Or(s.AsFile, below.AsFile),
		Language: cmp.Or(s.Language, below.Language),
		Plain:    cmp.Or(s.Plain, below.Plain),
	}
}

// is reports whether something is set, and to yes.
func is(set *bool) bool { return set != nil && *set }

// within is s without what was right once and no longer is.
func (s Settings) within(cfg Config) Settings {
	if !s.Size.inRange(cfg.MaxSize) {
		s.Size = Size{}
	}
	if s.Count > MaxCount {
		s.Count = 0
	}
	if !slices.Contains(Languages, s.Language) {
		s.Language = ""
	}
	return s
}

// Preferences keep what users and chats have set.
type Preferences interface {
	// Settings returns what is set for a user and for a chat.
	Settings(ctx context.Context, user, chat Scope) (own, ofChat Settings, err error)
	// Change stores what change makes of the scope's settings. An error of
	// change leaves them as they are, and is returned.
	Change(ctx context.Context, scope Scope, change func(*Settings) error) error
	// Used returns the models, in lower case, that by has asked for lately,
	// the one asked for most often first.
	Used(ctx context.Context, by *Request) ([]string, error)
}

// A Scope is whose settings they are: a user or a chat, of one platform.
type Scope string

// UserScope is the requester's.
func UserScope(by *Request) Scope { return scope("user", by, by.User.ID) }

// ChatScope is that of the request's chat.
func ChatScope(by *Request) Scope { return scope("chat", by, by.Chat.ID) }

func scope(kind string, by *Request, id string) Scope {
	return Scope(kind + ":" + by.Address.Platform + ":" + id)
}

// preferencesTime bounds the look at what is set: a request waits for it.
const preferencesTime = 500 * time.Millisecond

// Preferred is what applies to a request where it says nothing itself.
type preferred struct {
	own, chat Settings
	err       error // why that is not known
}

// load looks up what is set for the request.
func load(ctx context.Context, cfg Config, req *Request) (p preferred) {
	if cfg.Preferences == nil {
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, preferencesTime)
	defer cancel()
	p.own, p.chat, p.err = cfg.Preferences.Settings(ctx, UserScope(req), ChatScope(req))
	p.own, p.chat = p.own.within(cfg), p.chat.within(cfg)
	return p
}

// settings are all but the styles.
func (p preferred) settings() Settings { return p.own.or(p.chat) }

// style returns the style of that name, the requester's own before the chat's.
func (p preferred) style(name string) (Preset, bool) {
	name = styleKey(name)
	if preset, ok := p.own.Styles[name]; ok {
		return preset, true
	}
	preset, ok := p.chat.Styles[name]
	return preset, ok
}

// styles are the names of all styles, the requester's own first.
func (p preferred) styles() []string {
	var all []string
	for _, styles := range []map[string]Preset{p.own.Styles, p.chat.Styles} {
		for _, name := range slices.Sorted(maps.Keys(styles)) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}
