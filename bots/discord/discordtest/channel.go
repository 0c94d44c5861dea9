package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// The permissions in use, as Discord's bits.
const (
	viewChannel    = 1 << 10
	sendMessages   = 1 << 11
	manageMessages = 1 << 13
	attachFiles    = 1 << 15
	readHistory    = 1 << 16
)

// nonceLife is how long a nonce is enforced; Discord says a few minutes.
const nonceLife = 5 * time.Minute

var (
	unknownChannel     = &refusal{http.StatusNotFound, 10003, "Unknown Channel"}
	missingAccess      = &refusal{http.StatusForbidden, 50001, "Missing Access"}
	missingPermissions = &refusal{http.StatusForbidden, 50013, "Missing Permissions"}
)

// allowed says whether the bot may do something in the channel that a path
// names; s.mu is held.
func (s *Server) allowed(r *http.Request, need int64) *refusal {
	channel := r.PathValue("channel")
	if channel != ChannelID {
		for user := range s.names {
			if channel == private(user) {
				return nil
			}
		}
		return unknownChannel
	}
	switch {
	case s.may&viewChannel == 0:
		return missingAccess
	case s.may&need != need:
		return missingPermissions
	}
	return nil
}

// postPrivate opens somebody's private chat with the bot.
func (s *Server) postPrivate(_ *http.Request, b body) (int, any, *refusal) {
	var in struct {
		To string `json:"recipient_id"`
	}
	if json.Unmarshal(b.payload, &in) != nil || in.To == "" {
		return 0, nil, malformed("recipient_id")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names[in.To] == "" {
		return 0, nil, malformed("recipient_id") // nobody has that id
	}
	return http.StatusOK, map[string]any{"id": private(in.To), "type": 1, "recipients": []any{}}, nil
}

// postMessage has the bot write to a channel on its own.
func (s *Server) postMessage(r *http.Request, b body) (int, any, *refusal) {
	var in struct {
		payload
		Nonce   json.RawMessage `json:"nonce"`
		Enforce bool            `json:"enforce_nonce"`
	}
	if json.Unmarshal(b.payload, &in) != nil {
		return 0, nil, malformed("body")
	}
	nonce := ""
	if in.Nonce != nil && (json.Unmarshal(in.Nonce, &nonce) != nil || !within(nonce, 0, 25)) {
		return 0, nil, malformed("nonce")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	need := int64(sendMessages)
	if len(b.files) > 0 {
		need |= attachFiles
	}
	if refused := s.allowed(r, need); refused != nil {
		return 0, nil, refused
	}
	if in.Flags&^flagSuppressEmbeds != 0 {
		return 0, nil, malformed("flags")
	}
	if in.Enforce && nonce != "" {
		n := slices.IndexFunc(s.messages, func(m *message) bool { return m.nonce == nonce && time.Since(m.sent) < nonceLife })
		if n >= 0 {
			return http.StatusOK, s.shown(s.messages[n]), nil
		}
	}
	m := &message{id: s.id(), channel: r.PathValue("channel"), flags: in.Flags, nonce: nonce, sent: time.Now()}
	if refused := s.apply(m, in.payload, b.files); refused != nil {
		return 0, nil, refused
	}
	s.messages = append(s.messages, m)
	s.change()
	return http.StatusOK, s.shown(m), nil
}

// own finds the bot's message that a path names; s.mu is held. Ephemeral ones
// are not there for those without the interaction's token.
func (s *Server) own(r *http.Request) (*message, *refusal) {
	if refused := s.allowed(r, 0); refused != nil {
		return nil, refused
	}
	n := slices.IndexFunc(s.messages, func(m *message) bool {
		return m.id == r.PathValue("message") && m.channel == r.PathValue("channel") && !m.deleted && m.flags&flagEphemeral == 0
	})
	if n < 0 {
		return nil, unknownMessage
	}
	return s.messages[n], nil
}

func (s *Server) getMessage(r *http.Request, _ body) (int, any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused := s.allowed(r, readHistory); refused != nil {
		return 0, nil, refused
	}
	m, refused := s.own(r)
	if refused != nil {
		return 0, nil, refused
	}
	return http.StatusOK, s.shown(m), nil
}

func (s *Server) patchMessage(r *http.Request, b body) (int, any, *refusal) {
	return s.edit(r, b, s.own)
}

func (s *Server) deleteMessage(r *http.Request, _ body) (int, any, *refusal) {
	return s.remove(r, s.own)
}
