// Package discordtest is a strict local Discord: the part of the REST API and
// of the gateway that a slash command bot uses, with people on it. It refuses
// what Discord refuses, and shows what people would see.
//
// It follows Discord's documentation and OpenAPI description. It has one
// server with one channel, and a private chat of every person with the bot.
package discordtest

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots/botstest/spec"
)

// The ids of what there is.
const (
	AppID     = "1100000000000000001"
	BotID     = "1100000000000000002" // differs from AppID, as for bots made before 2016
	GuildID   = "1200000000000000001"
	ChannelID = "1300000000000000001"
)

// Token is the bot's token that the server takes.
const Token = "MTEwMDAwMDAwMDAwMDAwMDAwMg.local.test-token"

// A Server is a Discord on loopback. Its methods may be called at any time
// from any goroutine.
type Server struct {
	URL string // scheme and host, for the bot's API address

	handler http.Handler
	http    *http.Server
	done    sync.WaitGroup

	mu           sync.Mutex
	refuseToken  bool
	uploadLimit  int64
	may          int64 // the bot in the channel; 0 when it is no member of the server
	fault        func(w http.ResponseWriter, r *http.Request) bool
	gatewayFault func(Step, *websocket.Conn) bool
	lastID       int64
	global       []Command
	guild        []Command
	puts         int
	interactions []*interaction // in order
	messages     []*message     // in order
	shared       []file         // of people
	posts        map[string]post
	expiries     int // of the addresses of files
	sessions     []*session
	conns        map[*websocket.Conn]bool
	names        map[string]string // of people, by id
	moderators   map[string]bool   // by the id of a person
	lastEvent    json.RawMessage
	acks         []Ack
	choices      [][]string
	calls        []Call
	changed      chan struct{}
}

// New returns a Server that does not listen. It is an http.Handler; without a
// listener there is no gateway, and Event is how events leave it. It fails tb
// for a request that Discord's specification does not allow.
func New(tb testing.TB) *Server { return newServer(spec.Discord(tb)) }

// newServer returns a Server that has its requests checked unless checker is
// nil.
func newServer(checker *spec.Checker) *Server {
	s := &Server{
		uploadLimit: usualLimit,
		may:         viewChannel | sendMessages | attachFiles | readHistory,
		lastID:      1400000000000000000,
		conns:       make(map[*websocket.Conn]bool),
		names:       make(map[string]string),
		moderators:  make(map[string]bool),
		posts:       make(map[string]post),
		changed:     make(chan struct{}),
	}
	rest := s.routes()
	if checker != nil {
		rest = checker.Handler(rest)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /gateway/{$}", s.gateway)
	mux.HandleFunc("GET /attachments/{channel}/{id}/{name}", s.getFile)
	mux.Handle("/", rest)
	s.handler = mux
	return s
}

// Start returns a Server like New's that serves on a free port of loopback
// until tb ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := New(tb)
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.done.Go(func() { _ = s.http.Serve(listener) }) // returns when it is closed
	tb.Cleanup(s.close)
	return s
}

// ServeHTTP answers a request as Discord does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// close ends every connection of a Server that was started.
func (s *Server) close() {
	_ = s.http.Close() // ends connections in any case
	s.mu.Lock()
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

// RefuseToken makes the server refuse the bot's token from now on, on
// connections that there are as well.
func (s *Server) RefuseToken() {
	s.mu.Lock()
	s.refuseToken = true
	s.mu.Unlock()
	s.Disconnect(closeAuthenticationFailed)
}

// usualLimit is the upload limit, in bytes, where nothing else is said.
const usualLimit = 10 << 20

// SetUploadLimit sets the limit in bytes that interactions tell and uploads
// are held to; it is 10 MiB at first. With 0 interactions do not tell it.
func (s *Server) SetUploadLimit(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploadLimit = bytes
}

// SetPermissions sets what the bot may do in the channel, as Discord's bits;
// 0 makes it no member of the server, where only users have installed it.
// At first it may read, write and attach files.
func (s *Server) SetPermissions(bits int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.may = bits
}

// Expire lets the tokens of all interactions so far die.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.interactions {
		i.expired = true
	}
}

// SetFault has fault see every REST request first. When it returns true it
// has answered, or hijacked the connection, and the server does nothing.
func (s *Server) SetFault(fault func(w http.ResponseWriter, r *http.Request) (handled bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// A Call is a REST request that the server has answered itself.
type Call struct {
	Method  string
	Path    string // without the version's prefix
	Payload json.RawMessage
	Files   int
	Status  int
}

// Calls returns the REST requests that no fault took, in order of their answers.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// An Ack is the first answer to an interaction.
type Ack struct {
	Interaction string
	Type        int
	Ephemeral   bool
	Delay       time.Duration // since the event was sent
}

// Acks returns the first answers to commands, in order.
func (s *Server) Acks() []Ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.acks)
}

// Busy reports how often "thinking…" was shown.
func (s *Server) Busy() int {
	n := 0
	for _, ack := range s.Acks() {
		if ack.Type == typeDeferred {
			n++
		}
	}
	return n
}

// Changed returns a channel that is closed when anything next changes: what
// people see, acknowledgements, offered choices, the commands, sessions that
// begin or are resumed.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// change tells those who wait on Changed; s.mu is held.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// id returns a new snowflake; s.mu is held.
func (s *Server) id() string {
	s.lastID++
	return strconv.FormatInt(s.lastID, 10)
}
