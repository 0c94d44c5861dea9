package telegramtest

import (
	"slices"

	"kellybot/bots/botstest"
)

// Fill implements botstest.Platform: somebody replies to the question that was
// opened for them last.
func (s *Server) Fill(from botstest.From, text string) bool {
	for _, m := range slices.Backward(s.Sent()) {
		if m.Asks != nil {
			fields := s.Replying(m.Chat, m.ID)
			fields["text"] = text
			s.say(from, fields, text)
			return true
		}
	}
	return false
}
