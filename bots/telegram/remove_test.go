package telegram_test

import (
	"errors"
	"slices"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func TestMessagesAreRemoved(t *testing.T) {
	refused := func(code int, description string) telegramtest.Fault {
		return telegramtest.Refuse(code, description, nil)
	}
	for _, c := range []struct {
		name  string
		fault func(*stage)
		want  error // nil for none
		odd   bool  // another error is wanted
		left  []string
	}{
		{name: "all of them", left: []string{"four"}},
		{name: "when some are gone", fault: func(s *stage) {
			s.Break("deleteMessage", refused(400, "Bad Request: message to delete not found"))
		}, left: []string{"one", "four"}},
		{name: "when some are too old", fault: func(s *stage) {
			s.Break("deleteMessage", refused(400, "Bad Request: message can't be deleted for everyone"))
		}, want: commands.ErrTooOld, left: []string{"one", "four"}},
		{name: "when all are too old", fault: func(s *stage) { s.Age() }, want: commands.ErrTooOld, left: []string{"one", "two", "three", "four"}},
		{name: "of a group that became another", fault: func(s *stage) { s.Migrate(-9, groupID-5) }, want: commands.ErrTooOld, left: []string{"one", "two", "three", "four"}},
		{name: "after faults that pass", fault: func(s *stage) {
			s.Break("deleteMessage", telegramtest.Reset, telegramtest.Page(502), telegramtest.Pass, telegramtest.LoseAnswer)
		}, left: []string{"four"}},
		{name: "not from a chat that is closed", fault: func(s *stage) { s.Forbid(-9, "bot was kicked from the group chat") },
			odd: true, left: []string{"one", "two", "three", "four"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, echo)
			s.AddGroup(-9)
			to, _ := s.command(t, -9, nil)
			var messages []string
			for _, text := range []string{"one", "two", "three", "four"} {
				receipt, err := s.adapter.Deliver(t.Context(), to, words(text))
				if err != nil || receipt.Link != "" {
					t.Fatalf("Deliver returned %+v, %v", receipt, err)
				}
				messages = append(messages, receipt.MessageID)
			}
			if c.fault != nil {
				c.fault(s)
			}
			err := s.adapter.Remove(t.Context(), to, messages[:3])
			if c.odd != (err != nil && c.want == nil) || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("Remove ended with %v", err)
			}
			var left []string
			for _, m := range s.Sent() {
				left = append(left, m.Text)
			}
			if !slices.Equal(left, c.left) {
				t.Errorf("people see %v, want %v", left, c.left)
			}
		})
	}
}
