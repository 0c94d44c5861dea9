package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"kellybot/bots/botstest"
)

// The numbers of the protocol that are in use.
const (
	typeCommand      = 2 // of interactions
	typeComponent    = 3
	typeAutocomplete = 4
	typeSubmit       = 5 // of a form

	typeMessage        = 4 // of callbacks
	typeDeferred       = 5
	typeDeferredUpdate = 6 // of a component: nothing changes for now
	typeUpdate         = 7 // of a component: its message
	typeChoices        = 8
	typeForm           = 9

	flagSuppressEmbeds = 1 << 2
	flagEphemeral      = 1 << 6
)

// The refusals of interactions and their webhooks.
var (
	unknownInteraction  = &refusal{http.StatusNotFound, 10062, "Unknown interaction"}
	alreadyAcknowledged = &refusal{http.StatusBadRequest, 40060, "Interaction has already been acknowledged."}
	unknownWebhook      = &refusal{http.StatusNotFound, 10015, "Unknown Webhook"}
	invalidToken        = &refusal{http.StatusUnauthorized, 50027, "Invalid Webhook Token"}
	unknownMessage      = &refusal{http.StatusNotFound, 10008, "Unknown Message"}
	emptyMessage        = &refusal{http.StatusBadRequest, 50006, "Cannot send an empty message"}
	tooLarge            = &refusal{http.StatusRequestEntityTooLarge, 40005, "Request entity too large"}
)

// acknowledgeWithin is how long an interaction can be acknowledged, and
// tokenLife how long it can be answered.
const (
	acknowledgeWithin = 3 * time.Second
	tokenLife         = 15 * time.Minute
)

type interaction struct {
	id, token    string
	kind         int
	requester    string
	channel      string
	sent         time.Time
	expired      bool
	acknowledged bool
	// original is nil before the acknowledgement, but of a component and of its
	// form, where it is the message that the component belongs to until there is
	// another.
	original *message
	form     *form // that was shown and is not sent yet
}

type message struct {
	id        string
	channel   string
	requester string // of its interaction; "" of a message without one
	sent      time.Time
	nonce     string
	content   string
	flags     int
	files     []file
	rows      []row
	pings     []string
	thinking  bool
	deleted   bool
}

type file struct {
	botstest.File
	id string
}

// A payload is what a message is made of, or changed to; nil leaves what is
// there.
type payload struct {
	Content     *string            `json:"content"`
	Flags       int                `json:"flags"`
	Attachments *[]attachment      `json:"attachments"`
	Mentions    *allowedMentions   `json:"allowed_mentions"`
	Embeds      []json.RawMessage  `json:"embeds"`
	Components  *[]json.RawMessage `json:"components"`
	Choices     *[]json.RawMessage `json:"choices"` // of an autocompletion
}

type attachment struct {
	ID          json.Number `json:"id"`
	FileName    string      `json:"filename"`
	Description string      `json:"description"`
}

type allowedMentions struct {
	Parse []string `json:"parse"`
	Users []string `json:"users"`
	Roles []string `json:"roles"`
}

func (s *Server) postCallback(r *http.Request, b body) (int, any, *refusal) {
	var in struct {
		Type int     `json:"type"`
		Data payload `json:"data"`
	}
	if json.Unmarshal(b.payload, &in) != nil {
		return 0, nil, malformed("data")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := slices.IndexFunc(s.interactions, func(i *interaction) bool {
		return i.id == r.PathValue("id") && i.token == r.PathValue("token")
	})
	if n < 0 {
		return 0, nil, unknownInteraction
	}
	i := s.interactions[n]
	switch {
	case i.acknowledged:
		return 0, nil, alreadyAcknowledged
	case time.Since(i.sent) > acknowledgeWithin:
		return 0, nil, unknownInteraction
	}

	if (in.Type == typeChoices) != (i.kind == typeAutocomplete) {
		return 0, nil, malformed("type")
	}
	switch {
	case in.Type == typeChoices:
		choices, refused := readChoices(in.Data.Choices)
		if refused != nil {
			return 0, nil, refused
		}
		i.acknowledged = true
		s.choices = append(s.choices, choices)
		s.change()
		return http.StatusNoContent, nil, nil
	case in.Type == typeForm && i.kind != typeSubmit:
		form, refused := readForm(b.payload)
		if refused != nil {
			return 0, nil, refused
		}
		i.form = form
		return s.acknowledge(i, in.Type, false)
	case in.Type == typeUpdate && i.original != nil:
		if i.original.deleted {
			return 0, nil, unknownMessage
		}
		if in.Data.Flags&^flagSuppressEmbeds != 0 {
			return 0, nil, malformed("flags")
		}
		if refused := s.apply(i.original, in.Data, b.files); refused != nil {
			return 0, nil, refused
		}
		return s.acknowledge(i, in.Type, false)
	case in.Type == typeDeferredUpdate && (i.kind == typeComponent || i.original != nil):
		return s.acknowledge(i, in.Type, false)
	case in.Type != typeMessage && in.Type != typeDeferred:
		return 0, nil, malformed("type")
	}
	m := &message{id: s.id(), channel: i.channel, requester: i.requester, thinking: in.Type == typeDeferred}
	if in.Data.Flags&^(flagEphemeral|flagSuppressEmbeds) != 0 {
		return 0, nil, malformed("flags")
	}
	m.flags = in.Data.Flags
	if !m.thinking {
		if refused := s.apply(m, in.Data, b.files); refused != nil {
			return 0, nil, refused
		}
	}
	i.original = m
	s.messages = append(s.messages, m)
	return s.acknowledge(i, in.Type, m.flags&flagEphemeral != 0)
}

// acknowledge notes the first answer to an interaction; s.mu is held.
func (s *Server) acknowledge(i *interaction, kind int, ephemeral bool) (int, any, *refusal) {
	i.acknowledged = true
	s.acks = append(s.acks, Ack{i.id, kind, ephemeral, time.Since(i.sent)})
	s.change()
	return http.StatusNoContent, nil, nil
}

// readChoices checks an autocompletion as strictly as Discord does.
func readChoices(raw *[]json.RawMessage) ([]string, *refusal) {
	if raw == nil || len(*raw) > 25 {
		return nil, malformed("choices")
	}
	values := []string{}
	for _, r := range *raw {
		var choice struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		}
		if json.Unmarshal(r, &choice) != nil || !within(choice.Name, 1, 100) || !within(choice.Value, 1, 100) || slices.Contains(values, choice.Value) {
			return nil, malformed("choices")
		}
		values = append(values, choice.Value)
	}
	return values, nil
}

// webhook finds the interaction that a token answers; s.mu is held.
func (s *Server) webhook(r *http.Request) (*interaction, *refusal) {
	n := slices.IndexFunc(s.interactions, func(i *interaction) bool { return i.token == r.PathValue("token") })
	switch {
	case n < 0 || r.PathValue("app") != AppID || s.interactions[n].expired || time.Since(s.interactions[n].sent) > tokenLife:
		return nil, invalidToken
	case !s.interactions[n].acknowledged:
		return nil, unknownWebhook
	}
	return s.interactions[n], nil
}

// original finds the first answer that a path means; s.mu is held.
func (s *Server) original(r *http.Request) (*message, *refusal) {
	i, refused := s.webhook(r)
	if refused != nil {
		return nil, refused
	}
	if i.original == nil || i.original.deleted {
		return nil, unknownMessage
	}
	return i.original, nil
}

func (s *Server) getOriginal(r *http.Request, _ body) (int, any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, refused := s.original(r)
	if refused != nil {
		return 0, nil, refused
	}
	return http.StatusOK, s.shown(m), nil
}

func (s *Server) patchOriginal(r *http.Request, b body) (int, any, *refusal) {
	return s.edit(r, b, s.original)
}

func (s *Server) deleteOriginal(r *http.Request, _ body) (int, any, *refusal) {
	return s.remove(r, s.original)
}

// edit changes the message that find finds.
func (s *Server) edit(r *http.Request, b body, find func(*http.Request) (*message, *refusal)) (int, any, *refusal) {
	var in payload
	if json.Unmarshal(b.payload, &in) != nil {
		return 0, nil, malformed("body")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, refused := find(r)
	if refused != nil {
		return 0, nil, refused
	}
	if in.Flags&^flagSuppressEmbeds != 0 {
		return 0, nil, malformed("flags")
	}
	if refused := s.apply(m, in, b.files); refused != nil {
		return 0, nil, refused
	}
	m.flags = m.flags&flagEphemeral | in.Flags
	s.change()
	return http.StatusOK, s.shown(m), nil
}

// remove deletes the message that find finds.
func (s *Server) remove(r *http.Request, find func(*http.Request) (*message, *refusal)) (int, any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, refused := find(r)
	if refused != nil {
		return 0, nil, refused
	}
	m.deleted = true
	s.change()
	return http.StatusNoContent, nil, nil
}

func (s *Server) postFollowup(r *http.Request, b body) (int, any, *refusal) {
	var in payload
	if json.Unmarshal(b.payload, &in) != nil {
		return 0, nil, malformed("body")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i, refused := s.webhook(r)
	if refused != nil {
		return 0, nil, refused
	}
	if in.Flags&^(flagEphemeral|flagSuppressEmbeds) != 0 {
		return 0, nil, malformed("flags")
	}
	// The first message after a placeholder takes its place, and is seen by
	// whom the placeholder was seen.
	m := i.original
	taken := m != nil && m.thinking && !m.deleted
	if !taken {
		m = &message{id: s.id(), channel: i.channel, requester: i.requester, flags: in.Flags}
	}
	if refused := s.apply(m, in, b.files); refused != nil {
		return 0, nil, refused
	}
	if !taken {
		s.messages = append(s.messages, m)
	}
	s.change()
	if r.URL.Query().Get("wait") != "true" {
		return http.StatusNoContent, nil, nil
	}
	return http.StatusOK, s.shown(m), nil
}

// shown is the message as Discord's answers show it; s.mu is held.
func (s *Server) shown(m *message) map[string]any {
	attachments := []any{}
	for _, f := range m.files {
		attachments = append(attachments, s.described(m.channel, f))
	}
	shown := map[string]any{
		"id": m.id, "type": 0, "content": m.content, "flags": m.flags, "attachments": attachments,
		"components": append([]row{}, m.rows...), "channel_id": m.channel, "author": bot(),
	}
	if m.requester != "" {
		shown["type"], shown["webhook_id"], shown["application_id"] = 20, AppID, AppID
	}
	return shown
}
