package discordtest

import "strings"

// Answers counts by person, at little cost, the answers that are seen: not the
// placeholders and statuses that stand for one, nor what is deleted. A message
// without an interaction counts for the only person that it mentions.
func (s *Server) Answers() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := make(map[string]int)
	for _, m := range s.visible() {
		person := m.requester
		if person == "" && len(m.pings) == 1 {
			person = m.pings[0]
		}
		if !strings.HasPrefix(m.content, "⏳") {
			count[person]++
		}
	}
	return count
}
