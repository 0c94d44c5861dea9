package discordtest

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"kellybot/bots/botstest"
)

// A Form is one that somebody sees.
type Form struct {
	Title  string
	Fields []Field
}

// A Field is one of its inputs.
type Field struct {
	Label, Value string
	Long         bool // of several lines
	Required     bool
}

type form struct {
	CustomID string    `json:"custom_id"`
	Title    string    `json:"title"`
	Rows     []formRow `json:"components"`
}

type formRow struct {
	Type   int     `json:"type"`
	Inputs []input `json:"components"`
}

type input struct {
	Type      int    `json:"type"`
	CustomID  string `json:"custom_id"`
	Label     string `json:"label"`
	Style     int    `json:"style"`
	Value     string `json:"value"`
	Required  *bool  `json:"required"` // it is when nothing is said
	MaxLength int    `json:"max_length"`
}

const (
	componentInput = 4

	styleShort = 1
	styleLong  = 2
)

// readForm checks a form as strictly as Discord does. The server knows those
// of one input a row.
func readForm(payload json.RawMessage) (*form, *refusal) {
	var in struct {
		Data form `json:"data"`
	}
	if json.Unmarshal(payload, &in) != nil || !within(in.Data.CustomID, 1, 100) || !within(in.Data.Title, 1, 45) ||
		len(in.Data.Rows) < 1 || len(in.Data.Rows) > 5 {
		return nil, malformed("data")
	}
	var ids []string
	for _, row := range in.Data.Rows {
		if row.Type != componentRow || len(row.Inputs) != 1 {
			return nil, malformed("data.components")
		}
		i := row.Inputs[0]
		if i.Type != componentInput || i.Style != styleShort && i.Style != styleLong || !within(i.CustomID, 1, 100) || !within(i.Label, 1, 45) ||
			i.MaxLength < 0 || i.MaxLength > 4000 || !within(i.Value, 0, i.longest()) || slices.Contains(ids, i.CustomID) {
			return nil, malformed("data.components.input")
		}
		ids = append(ids, i.CustomID)
	}
	return &in.Data, nil
}

func (i input) longest() int {
	if i.MaxLength == 0 {
		return 4000
	}
	return i.MaxLength
}

func (i input) required() bool { return i.Required == nil || *i.Required }

// Form returns the form that somebody sees, or nil.
func (s *Server) Form(from botstest.From) *Form {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.asked(from)
	if i == nil {
		return nil
	}
	seen := &Form{Title: i.form.Title}
	for _, row := range i.form.Rows {
		field := row.Inputs[0]
		seen.Fields = append(seen.Fields, Field{field.Label, field.Value, field.Style == styleLong, field.required()})
	}
	return seen
}

// asked returns the latest interaction that somebody got a form for and has not
// sent, or nil; s.mu is held.
func (s *Server) asked(from botstest.From) *interaction {
	for _, i := range slices.Backward(s.interactions) {
		if i.form != nil && i.requester == from.UserID {
			return i
		}
	}
	return nil
}

// Fill has somebody write that text into the first field of the form that they
// see, and send it. It reports whether they see one.
func (s *Server) Fill(from botstest.From, text string) bool {
	form := s.Form(from)
	if form != nil {
		s.Submit(from, map[string]string{form.Fields[0].Label: text})
	}
	return form != nil
}

// Submit has somebody change the fields with those labels of the form that
// they see, and send it. What the client refuses to send is not sent.
func (s *Server) Submit(from botstest.From, values map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.asked(from)
	if i == nil {
		return
	}
	rows := []any{}
	for n, row := range i.form.Rows {
		field := row.Inputs[0]
		value, changed := values[field.Label]
		if !changed {
			value = field.Value
		}
		if value == "" && field.required() || utf8.RuneCountInString(value) > field.longest() {
			return
		}
		rows = append(rows, map[string]any{"type": componentRow, "id": 2*n + 1, "components": []any{
			map[string]any{"type": componentInput, "id": 2*n + 2, "custom_id": field.CustomID, "value": value},
		}})
	}
	data := map[string]any{"custom_id": i.form.CustomID, "components": rows}
	i.form = nil
	changed := map[string]any{}
	if i.original != nil {
		changed["message"] = s.shown(i.original)
	}
	from.Private = i.channel != ChannelID
	s.interact(from, typeSubmit, data, changed).original = i.original
}
