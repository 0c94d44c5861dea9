package discordtest

import (
	"encoding/json"
	"slices"

	"kellybot/bots/botstest"
)

// A row is a line of buttons below a message, the only components that the
// server knows.
type row struct {
	Type    int      `json:"type"`
	Buttons []button `json:"components"`
}

type button struct {
	Type     int    `json:"type"`
	Style    int    `json:"style"`
	Label    string `json:"label"`
	CustomID string `json:"custom_id"`
	Disabled bool   `json:"disabled"`
}

// The types of components, and the styles of buttons that have an id.
const (
	componentRow    = 1
	componentButton = 2

	stylePrimary = 1
	styleDanger  = 4
)

// readRows checks a message's components as strictly as Discord does.
func readRows(raw []json.RawMessage) ([]row, *refusal) {
	if len(raw) > 5 {
		return nil, malformed("components")
	}
	var rows []row
	var ids []string
	for _, r := range raw {
		var row row
		if json.Unmarshal(r, &row) != nil || row.Type != componentRow || len(row.Buttons) < 1 || len(row.Buttons) > 5 {
			return nil, malformed("components")
		}
		for _, b := range row.Buttons {
			if b.Type != componentButton || b.Style < stylePrimary || b.Style > styleDanger ||
				!within(b.Label, 1, 80) || !within(b.CustomID, 1, 100) || slices.Contains(ids, b.CustomID) {
				return nil, malformed("components.button")
			}
			ids = append(ids, b.CustomID)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// buttons returns all buttons of the message, in order.
func (m *message) buttons() []button {
	var all []button
	for _, row := range m.rows {
		all = append(all, row.Buttons...)
	}
	return all
}

// Press has somebody press the button with that label below the message.
// Discord's client lets nobody press what they do not see.
func (s *Server) Press(from botstest.From, below botstest.Message, label string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.visible()
	n := slices.IndexFunc(seen, func(m *message) bool { return m.id == below.ID })
	if n < 0 || seen[n].flags&flagEphemeral != 0 && seen[n].requester != from.UserID {
		return
	}
	m := seen[n]
	pressed := slices.IndexFunc(m.buttons(), func(b button) bool { return b.Label == label && !b.Disabled })
	if from.Private = m.channel != ChannelID; pressed < 0 || from.Private && m.channel != private(from.UserID) {
		return
	}
	data := map[string]any{"component_type": componentButton, "custom_id": m.buttons()[pressed].CustomID, "id": pressed + 2}
	s.interact(from, typeComponent, data, map[string]any{"message": s.shown(m)}).original = m
}
