package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// The gateway's opcodes and close codes in use.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11

	closeUnknownOpcode        = 4001
	closeDecodeError          = 4002
	closeNotAuthenticated     = 4003
	closeAuthenticationFailed = 4004
	closeInvalidSequence      = 4007
	closeInvalidVersion       = 4012
	closeInvalidShard         = 4010
	closeInvalidIntents       = 4013
)

// heartbeatInterval is what the gateway asks for, in milliseconds.
const heartbeatInterval = 41250

// A Step is a moment of a gateway connection at which a fault may step in.
type Step string

// The steps of a connection.
const (
	Connected Step = "connected" // before Hello
	Identify  Step = "identify"  // before READY
	Resume    Step = "resume"    // before what was missed
	Heartbeat Step = "heartbeat" // before it is answered
)

// SetGatewayFault has fault see every step of gateway connections first. When
// it returns true the server leaves the step out; what fault wrote to the
// connection, and whether it closed it, is the fault's.
func (s *Server) SetGatewayFault(fault func(Step, *websocket.Conn) (handled bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gatewayFault = fault
}

// A session is an identified bot. It outlives its connection until the bot
// identifies anew.
type session struct {
	id     string
	shard  [2]uint64       // which of how many
	conn   *websocket.Conn // nil while the connection is lost
	events []frame         // all dispatched ones; the sequence number is the index + 1
}

type frame struct {
	Op       int    `json:"op"`
	Data     any    `json:"d"`
	Sequence int    `json:"s,omitempty"`
	Type     string `json:"t,omitempty"`
}

// dispatch sends an event; s.mu is held, which also keeps writes apart.
func (s *Server) dispatch(session *session, kind string, data any) {
	event := frame{Op: opDispatch, Data: data, Sequence: len(session.events) + 1, Type: kind}
	session.events = append(session.events, event)
	s.write(session.conn, event)
}

// write sends a frame, if there is a connection; s.mu is held. A connection
// that takes nothing is one whose reader will see it.
func (s *Server) write(conn *websocket.Conn, f frame) {
	if conn != nil {
		_ = conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
		_ = conn.WriteJSON(f)
	}
}

// Disconnect closes every gateway connection with the code; 0 cuts them
// without a word. Sessions can be resumed.
func (s *Server) Disconnect(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		hangUp(conn, code)
	}
}

// Reconnect asks every connected bot to connect anew (opcode 7).
func (s *Server) Reconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		s.write(conn, frame{Op: opReconnect})
	}
}

// Forget makes the server know no session any more, so that the next resume
// is refused.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = nil
}

func hangUp(conn *websocket.Conn, code int) {
	if code != 0 {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	}
	_ = conn.Close()
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// gateway serves one connection.
func (s *Server) gateway(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	s.mu.Lock()
	s.conns[conn] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.conns, conn)
		for _, session := range s.sessions {
			if session.conn == conn {
				session.conn = nil
			}
		}
		s.mu.Unlock()
		_ = conn.Close()
	}()

	if query := r.URL.Query(); query.Get("encoding") != "json" || !slices.Contains([]string{"9", "10"}, query.Get("v")) {
		s.hangUp(conn, closeInvalidVersion)
		return
	}
	if !s.faulty(Connected, conn) {
		s.mu.Lock()
		s.write(conn, frame{Op: opHello, Data: map[string]any{"heartbeat_interval": heartbeatInterval}})
		s.mu.Unlock()
	}
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if code := s.receive(conn, data); code != 0 {
			s.hangUp(conn, code)
			return
		}
	}
}

func (s *Server) hangUp(conn *websocket.Conn, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hangUp(conn, code)
}

func (s *Server) faulty(step Step, conn *websocket.Conn) bool {
	s.mu.Lock()
	fault := s.gatewayFault
	s.mu.Unlock()
	return fault != nil && fault(step, conn)
}

// receive handles what a bot sent. It returns the code to close with, or 0.
func (s *Server) receive(conn *websocket.Conn, raw []byte) int {
	var in struct {
		Op   int             `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if json.Unmarshal(raw, &in) != nil {
		return closeDecodeError
	}
	switch in.Op {
	case opHeartbeat:
		if s.faulty(Heartbeat, conn) {
			return 0
		}
		s.mu.Lock()
		s.write(conn, frame{Op: opHeartbeatAck})
		s.mu.Unlock()
		return 0
	case opIdentify:
		if s.faulty(Identify, conn) {
			return 0
		}
		return s.identify(conn, in.Data)
	case opResume:
		if s.faulty(Resume, conn) {
			return 0
		}
		return s.resume(conn, in.Data)
	}
	if in.Op > opHeartbeatAck {
		return closeUnknownOpcode
	}
	return closeNotAuthenticated
}

func (s *Server) identify(conn *websocket.Conn, raw []byte) int {
	var in struct {
		Token      string          `json:"token"`
		Intents    *int            `json:"intents"`
		Properties json.RawMessage `json:"properties"`
		Shard      *[2]uint64      `json:"shard"`
	}
	if json.Unmarshal(raw, &in) != nil || in.Properties == nil {
		return closeDecodeError
	}
	if in.Intents == nil || *in.Intents < 0 {
		return closeInvalidIntents
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.right(in.Token) {
		return closeAuthenticationFailed
	}
	if in.Shard == nil {
		in.Shard = &[2]uint64{0, 1}
	}
	if in.Shard[0] >= in.Shard[1] {
		return closeInvalidShard
	}
	session := &session{id: "session-" + s.id(), conn: conn, shard: *in.Shard}
	s.sessions = append(s.sessions, session)
	s.dispatch(session, "READY", map[string]any{
		"v":                  9,
		"user":               bot(),
		"session_id":         session.id,
		"resume_gateway_url": "ws" + strings.TrimPrefix(s.URL, "http") + "/gateway",
		"guilds":             []any{map[string]any{"id": GuildID, "unavailable": true}},
		"application":        map[string]any{"id": AppID, "flags": 0},
	})
	s.change()
	return 0
}

func (s *Server) resume(conn *websocket.Conn, raw []byte) int {
	var in struct {
		Token    string `json:"token"`
		Session  string `json:"session_id"`
		Sequence int    `json:"seq"`
	}
	if json.Unmarshal(raw, &in) != nil {
		return closeDecodeError
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.right(in.Token) {
		return closeAuthenticationFailed
	}
	n := slices.IndexFunc(s.sessions, func(session *session) bool { return session.id == in.Session })
	if n < 0 {
		s.write(conn, frame{Op: opInvalidSession, Data: false})
		return 0
	}
	session := s.sessions[n]
	if in.Sequence < 0 || in.Sequence > len(session.events) {
		return closeInvalidSequence
	}
	session.conn = conn
	for _, missed := range session.events[in.Sequence:] {
		s.write(conn, missed)
	}
	s.dispatch(session, "RESUMED", map[string]any{})
	s.change()
	return 0
}

// right reports whether the token is the bot's; s.mu is held.
func (s *Server) right(token string) bool {
	return !s.refuseToken && strings.TrimPrefix(token, "Bot ") == Token
}

func bot() map[string]any {
	return map[string]any{"id": BotID, "username": "kellybot", "discriminator": "0", "global_name": nil, "avatar": nil, "bot": true, "verified": true, "email": nil, "flags": 0, "mfa_enabled": true}
}

// Sessions reports how many bots have identified and are not forgotten.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}
