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

var commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

func (s *Server) getMyCommands(w http.ResponseWriter, _ *http.Request, _ Call) {
	answer(w, s.menu())
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = commands
	s.change()
	answer(w, true)
}

func (s *Server) menu() []command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]command{}, s.commands...) // never null
}

// Menu implements botstest.Platform.
func (s *Server) Menu() []string {
	var names []string
	for _, c := range s.menu() {
		names = append(names, c.Command)
	}
	return names
}
