package telegramtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"unicode/utf8"
)

type command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

var (
	commandName  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languageCode = regexp.MustCompile(`^[a-z]{2}$`) // ISO 639-1
)

func (s *Server) getMyCommands(w http.ResponseWriter, _ *http.Request, call Call) {
	answer(w, s.menu(call.Params["language_code"]))
}

func (s *Server) setMyCommands(w http.ResponseWriter, _ *http.Request, call Call) {
	var commands []command
	if json.Unmarshal([]byte(call.Params["commands"]), &commands) != nil {
		refuse(w, 400, "Bad Request: can't parse commands")
		return
	}
	if len(commands) > 100 {
		refuse(w, 400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
		return
	}
	for _, c := range commands {
		if !commandName.MatchString(c.Command) {
			refuse(w, 400, "Bad Request: BOT_COMMAND_INVALID")
			return
		}
		if n := utf8.RuneCountInString(c.Description); n < 1 || n > 256 {
			refuse(w, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
			return
		}
	}
	language := call.Params["language_code"]
	if language != "" && !languageCode.MatchString(language) {
		refuse(w, 400, "Bad Request: invalid language code specified")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands[language] = commands
	s.change()
	answer(w, true)
}

// menu is the one for those whose language is that, or with "" for all who have
// none of their own.
func (s *Server) menu(language string) []command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]command{}, s.commands[language]...) // never null
}

// MenuIn returns the descriptions of the commands by their names, in the menu
// for those whose language is that.
func (s *Server) MenuIn(language string) map[string]string {
	descriptions := map[string]string{}
	for _, c := range s.menu(language) {
		descriptions[c.Command] = c.Description
	}
	return descriptions
}

// Menu implements botstest.Platform.
func (s *Server) Menu() []string {
	var names []string
	for _, c := range s.menu("") {
		names = append(names, c.Command)
	}
	return names
}
