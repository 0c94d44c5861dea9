package discordtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"unicode/utf8"
)

// A Command is a registered slash command.
type Command struct {
	ID               string   `json:"id"`
	ApplicationID    string   `json:"application_id"`
	GuildID          string   `json:"guild_id,omitempty"`
	Version          string   `json:"version"`
	Type             int      `json:"type"`
	Name             string   `json:"name"`
	Names            Texts    `json:"name_localizations,omitempty"`
	Description      string   `json:"description"`
	Descriptions     Texts    `json:"description_localizations,omitempty"`
	Options          []Option `json:"options,omitempty"`
	IntegrationTypes []int    `json:"integration_types"`
	Contexts         []int    `json:"contexts"`
	NSFW             bool     `json:"nsfw"`
	// Permissions is always null here; Discord's answers have it.
	Permissions *string `json:"default_member_permissions"`
}

// An Option is an option of a Command. Discord's answers leave out what is
// false.
type Option struct {
	Type         int    `json:"type"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	Descriptions Texts  `json:"description_localizations,omitempty"`
	Min          *int64 `json:"min_value,omitempty"`
	Max          *int64 `json:"max_value,omitempty"`
	Required     bool   `json:"required,omitempty"`
	Autocomplete bool   `json:"autocomplete,omitempty"`
	Choices      []any  `json:"choices,omitempty"`
}

// Texts are a text by locale. Discord's answers have them only when asked.
type Texts map[string]string

// The types of commands and of options that the server knows.
const (
	commandSlash = 1
	commandMenu  = 3 // an entry of the menu of a message

	optionString     = 3
	optionInteger    = 4
	optionBoolean    = 5
	optionAttachment = 11
)

// locales are those of Discord's that tests use.
var locales = []string{"en-US", "en-GB", "de", "es-ES", "es-419", "pt-BR", "ru", "fr"}

// within reports whether the texts have as many characters, in languages that
// there are.
func (t Texts) within(least, most int) bool {
	for locale, text := range t {
		if !slices.Contains(locales, locale) || !within(text, least, most) {
			return false
		}
	}
	return true
}

// commandName is what Discord takes for a name of a chat command or an option,
// in its lower case form, of 1 to 32 characters. The number is no part of the
// expression, which would take two megabytes of it.
var commandName = regexp.MustCompile(`^[-_'\p{Ll}\p{Lo}\p{N}]+$`)

func validName(name string) bool { return within(name, 1, 32) && commandName.MatchString(name) }

// invalid says what Discord would refuse about a command, or "".
func (c Command) invalid() string {
	if c.Type == commandMenu {
		if !within(c.Name, 1, 32) || !c.Names.within(1, 32) || c.Description != "" || len(c.Descriptions)+len(c.Options) > 0 {
			return "menu"
		}
		return ""
	}
	switch {
	case c.Type != commandSlash:
		return "type"
	case len(c.Names) > 0 || !c.Descriptions.within(1, 100):
		return "localizations"
	case !validName(c.Name):
		return "name"
	case !within(c.Description, 1, 100):
		return "description"
	case len(c.Options) > 25:
		return "options"
	case !distinct(c.IntegrationTypes, 1) || !distinct(c.Contexts, 2):
		return "integration_types or contexts"
	}
	optional := false
	names := make(map[string]bool)
	for _, o := range c.Options {
		switch {
		case !slices.Contains([]int{optionString, optionInteger, optionBoolean, optionAttachment}, o.Type):
			return "options.type"
		case o.Type != optionInteger && (o.Min != nil || o.Max != nil) || (o.Type == optionAttachment || o.Type == optionBoolean) && o.Autocomplete:
			return "options of another type"
		case !o.Descriptions.within(1, 100):
			return "options.localizations"
		case !validName(o.Name) || names[o.Name]:
			return "options.name"
		case !within(o.Description, 1, 100):
			return "options.description"
		case len(o.Choices) > 25 || o.Autocomplete && len(o.Choices) > 0:
			return "options.choices"
		case o.Required && optional:
			return "options: required ones must come first"
		}
		names[o.Name] = true
		optional = optional || !o.Required
	}
	return ""
}

func within(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return least <= n && n <= most
}

// distinct reports whether the values are 0 to most, each at most once.
func distinct(values []int, most int) bool {
	sorted := slices.Sorted(slices.Values(values))
	return len(slices.Compact(sorted)) == len(values) &&
		(len(sorted) == 0 || sorted[0] >= 0 && sorted[len(sorted)-1] <= most)
}

// offered finds a command by name, those of the server first; s.mu is held.
func (s *Server) offered(name string) (Command, bool) {
	for _, command := range slices.Concat(s.guild, s.global) {
		if command.Name == name && command.Type == commandSlash {
			return command, true
		}
	}
	return Command{}, false
}

// Registrations reports how often commands were written.
func (s *Server) Registrations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.puts
}

// GuildCommands returns the names of the commands offered in the server alone.
func (s *Server) GuildCommands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, command := range s.guild {
		names = append(names, command.Name)
	}
	return names
}

// scope returns the list of commands that the path means.
func (s *Server) scope(r *http.Request) (*[]Command, *refusal) {
	switch {
	case r.PathValue("app") != AppID:
		return nil, &refusal{http.StatusForbidden, 20012, "You are not authorized to perform this action on this application"}
	case r.PathValue("guild") == "":
		return &s.global, nil
	case r.PathValue("guild") == GuildID:
		return &s.guild, nil
	}
	return nil, &refusal{http.StatusForbidden, 50001, "Missing Access"}
}

func (s *Server) getCommands(r *http.Request, _ body) (int, any, *refusal) {
	list, refused := s.scope(r)
	if refused != nil {
		return 0, nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := append([]Command{}, *list...)
	if r.URL.Query().Get("with_localizations") != "true" {
		for n := range shown {
			shown[n].Names, shown[n].Descriptions, shown[n].Options = nil, nil, slices.Clone(shown[n].Options)
			for o := range shown[n].Options {
				shown[n].Options[o].Descriptions = nil
			}
		}
	}
	return http.StatusOK, shown, nil
}

func (s *Server) putCommands(r *http.Request, b body) (int, any, *refusal) {
	list, refused := s.scope(r)
	if refused != nil {
		return 0, nil, refused
	}
	var commands []Command
	if json.Unmarshal(b.payload, &commands) != nil || len(commands) > 100 {
		return 0, nil, malformed("commands")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	names, menus := make(map[string]bool), 0
	for n := range commands {
		c := &commands[n]
		if c.Type == 0 {
			c.Type = commandSlash
		}
		if wrong := c.invalid(); wrong != "" {
			return 0, nil, malformed(wrong)
		}
		key := fmt.Sprint(c.Type, c.Name)
		if menus += c.Type / commandMenu; menus > 5 || names[key] {
			return 0, nil, &refusal{http.StatusBadRequest, 50035, "Application command names must be unique"}
		}
		names[key] = true
		if r.PathValue("guild") != "" {
			c.IntegrationTypes, c.Contexts = nil, nil // of global commands only
		} else if c.IntegrationTypes == nil {
			c.IntegrationTypes = []int{0}
		}
		c.ID, c.Version, c.ApplicationID, c.GuildID = s.id(), s.id(), AppID, r.PathValue("guild")
	}
	// In another order than they came, as Discord promises none.
	slices.Reverse(commands)
	*list = commands
	s.puts++
	s.change()
	return http.StatusOK, commands, nil
}
