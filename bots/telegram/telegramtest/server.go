// Package telegramtest is a Bot API server on loopback, as strict as
// Telegram's own in what it refuses, with people who talk to the bot. Tests
// start it in their own process or in another one.
//
// What it does and says is written after https://core.telegram.org/bots/api
// and the public source of Telegram's server (tdlib/telegram-bot-api).
package telegramtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/botstest/spec"
)

// The bot that the server knows.
const (
	Token    = "7000000001:AAtelegramtest-not-a-real-token-0001"
	BotID    = 7000000001
	Username = "KellyTestBot"
)

// Server is a Bot API server for one bot. Its methods are safe for concurrent
// use.
type Server struct {
	URL string // of the API

	handler http.Handler
	http    *httptest.Server
	closed  chan struct{}

	mu       sync.Mutex
	refused  bool // the token is
	faults   map[string][]Fault
	calls    []Call
	webhook  string
	commands map[string][]command // by language

	updates  updates
	chats    map[int64]*chat
	sent     []*message
	queries  map[string]string // the user of each press that is not answered yet, by its id
	searches map[string]bool   // that are not answered yet, by id
	offers   []Offers
	files    map[string][]byte
	changed  chan struct{}
	said     json.RawMessage // what Say made last
}

var _ botstest.Platform = (*Server)(nil)

// A Call is one request that the server took.
type Call struct {
	Method string
	Params map[string]string // as text; values that are no strings as JSON
	Files  map[string]botstest.File
}

// Start starts a server on a free port of 127.0.0.1 that serves until tb ends.
// It fails tb for a request that the Bot API's specification does not allow.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, spec.Telegram(tb).Handler)
}

// start starts a server whose requests pass through check.
func start(tb testing.TB, check func(http.Handler) http.Handler) *Server {
	s := &Server{
		closed:   make(chan struct{}),
		faults:   map[string][]Fault{},
		commands: map[string][]command{},
		chats:    map[int64]*chat{},
		files:    map[string][]byte{},
		queries:  map[string]string{},
		searches: map[string]bool{},
		changed:  make(chan struct{}),
	}
	s.updates.init()
	s.AddGroup(GroupID)
	s.handler = check(http.HandlerFunc(s.route))
	s.http = httptest.NewServer(s)
	s.URL = s.http.URL
	tb.Cleanup(s.close)
	return s
}

// close stops the server; polls that wait are ended.
func (s *Server) close() {
	close(s.closed)
	s.http.Close()
}

// RefuseToken implements botstest.Platform: the token is revoked.
func (s *Server) RefuseToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = true
	s.updates.interrupt()
}

// Calls returns the calls of the method so far, or of all methods for "", in
// order.
func (s *Server) Calls(method string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls []Call
	for _, call := range s.calls {
		if method == "" || call.Method == method {
			calls = append(calls, call)
		}
	}
	return calls
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	token, method, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/bot"), "/")
	file := false
	if rest, isFile := strings.CutPrefix(r.URL.Path, "/file/bot"); isFile {
		token, method, ok = strings.Cut(rest, "/")
		file = true
	}
	id, secret, colon := strings.Cut(token, ":")
	if !ok || !colon || id == "" || secret == "" {
		refuse(w, 404, "Not Found")
		return
	}
	if token != Token || s.tokenRefused() {
		refuse(w, 401, "Unauthorized")
		return
	}
	next := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if file {
			s.serveFile(w, method)
			return
		}
		s.serve(w, r, method)
	}))
	if fault := s.nextFault(method); fault != nil {
		fault(w, r, next)
		return
	}
	next.ServeHTTP(w, r)
}

func (s *Server) tokenRefused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, method string) {
	handle, known := methods[method]
	if !known {
		refuse(w, 404, "Not Found: method not found")
		return
	}
	call, status, err := readCall(w, r, method)
	if err != nil {
		refuse(w, status, err.Error())
		return
	}
	s.mu.Lock()
	s.calls = append(s.calls, call)
	s.change()
	s.mu.Unlock()
	handle(s, w, r, call)
}

var methods = map[string]func(*Server, http.ResponseWriter, *http.Request, Call){
	"getMe":                  (*Server).getMe,
	"getChat":                (*Server).getChat,
	"getChatMember":          (*Server).getChatMember,
	"getUpdates":             (*Server).getUpdates,
	"getWebhookInfo":         (*Server).getWebhookInfo,
	"setWebhook":             (*Server).setWebhook,
	"deleteWebhook":          (*Server).deleteWebhook,
	"getMyCommands":          (*Server).getMyCommands,
	"setMyCommands":          (*Server).setMyCommands,
	"sendMessage":            (*Server).sendMessage,
	"sendPhoto":              (*Server).sendPhoto,
	"sendDocument":           (*Server).sendDocument,
	"sendMediaGroup":         (*Server).sendMediaGroup,
	"sendChatAction":         (*Server).sendChatAction,
	"answerInlineQuery":      (*Server).answerInlineQuery,
	"answerCallbackQuery":    (*Server).answerCallbackQuery,
	"editMessageText":        (*Server).editMessageText,
	"editMessageCaption":     (*Server).editMessageCaption,
	"editMessageReplyMarkup": (*Server).editMessageReplyMarkup,
	"deleteMessage":          (*Server).deleteMessage,
	"getFile":                (*Server).getFile,
}

// change tells those who wait on Changed; s.mu is held.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed implements botstest.Platform. It is closed at every call as well.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Server) getMe(w http.ResponseWriter, _ *http.Request, _ Call) {
	answer(w, map[string]any{"id": BotID, "is_bot": true, "first_name": "Kelly Test", "username": Username,
		"can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": true})
}

func answer(w http.ResponseWriter, result any) {
	write(w, 200, map[string]any{"ok": true, "result": result})
}

func refuse(w http.ResponseWriter, code int, description string) {
	write(w, code, map[string]any{"ok": false, "error_code": code, "description": description})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
