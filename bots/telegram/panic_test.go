package telegram_test

import (
	"context"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

const failed = "Something went wrong in the bot: please try again, and tell whoever runs it if it happens again."

func TestAPanicIsAnsweredAndCostsNobodyElseAnything(t *testing.T) {
	unsendable := commands.Reply{Text: commands.T(secret), Images: []commands.Image{{Name: secret}}} // without a picture
	router := handler(func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
		switch req.Text {
		case "panic":
			panic("about " + secret)
		case "unsendable":
			return unsendable, false
		}
		return commands.Reply{Text: commands.T("answered")}, false
	})
	press := func(s *stage, data string) {
		s.Callback(bea, map[string]any{"message_id": 1, "date": 0, "chat": map[string]any{"id": groupID, "type": "supergroup"}}, data)
	}
	for _, c := range []struct {
		name string
		do   func(s *stage)
		want string // what people read of it, or ""
	}{
		{"in the router it is answered", func(s *stage) { s.Say(bea, "/imagine panic") }, failed},
		{"in rendering it is answered", func(s *stage) { s.Say(bea, "/imagine unsendable") }, failed},
		{"in a press it is answered", func(s *stage) { press(s, "imagine:panic") }, failed},
		{"in rendering the answer of a press it is answered", func(s *stage) { press(s, "imagine:unsendable") }, failed},
		// telebot panics on this one, before anybody knows what it asks.
		{"in decoding it is no answer", func(s *stage) {
			s.Message(groupID, map[string]any{"from": telegramtest.Person(1002, "Bea"), "photo": []any{}, "caption": "/imagine " + secret})
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, router)
			stop := s.run(t)
			s.Say(anna, "/imagine before")
			c.do(s)
			s.Say(botstest.From{UserID: "1003", Name: "Cem"}, "/imagine after")
			want := map[string]int{"answered": 2}
			if c.want != "" {
				want[c.want]++
			}
			s.await(t, "the answers", func() bool {
				got := map[string]int{}
				for _, m := range s.Sent() {
					got[strings.TrimSuffix(m.Text, "\nFor Bea")]++
				}
				return len(got) == len(want) && got["answered"] == 2 && got[failed] == want[failed]
			})
			s.await(t, "the acknowledgement", func() bool { return s.Unanswered() == 0 })
			s.await(t, "the confirmation", func() bool { return s.Pending() == 0 })
			stop()
			if log := s.log.String(); strings.Count(log, "made the program fail") != 1 || !strings.Contains(log, "stack=") || !strings.Contains(log, "update=100002") {
				t.Errorf("the log says:\n%s", log)
			}
		})
	}
}
