package telegram_test

import (
	"context"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func TestWhetherTheBotMaySendPicturesIsKnownBeforeOneIsDrawn(t *testing.T) {
	const lacks = "Send Photos or Send Files"
	refused := telegramtest.Refuse(400, "Bad Request: not enough rights", nil)
	for _, c := range []struct {
		name    string
		command string
		private bool
		status  string   // of the bot in the group
		barred  []string // from the group's members
		breaks  string   // the method that is refused
		want    string
		calls   int // to Telegram for two requests
	}{
		{name: "a group that takes all is asked once", command: "imagine", calls: 2},
		{name: "a group that takes photos does", command: "imagine", barred: []string{"documents"}, calls: 2},
		{name: "a group that takes files does", command: "imagine", barred: []string{"photos"}, calls: 2},
		{name: "a group that takes neither lacks it, until it is asked again", command: "imagine", barred: []string{"photos", "documents"}, want: lacks, calls: 4},
		{name: "an administrator may in any", command: "imagine", barred: []string{"photos", "documents"}, status: "administrator", calls: 1},
		{name: "a bot that is restricted lacks it", command: "imagine", status: "restricted", want: lacks, calls: 4},
		{name: "a command that only buttons use may draw", command: "retry", status: "restricted", want: lacks, calls: 4},
		{name: "a button that runs another command may draw", command: "offer", status: "restricted", want: lacks, calls: 6},
		{name: "a command that draws nothing does not ask", command: "start", status: "restricted"},
		{name: "a private chat takes all", command: "imagine", private: true},
		{name: "where Telegram does not say of the bot, it may", command: "imagine", status: "restricted", breaks: "getChatMember", calls: 2},
		{name: "where Telegram does not say of the group, it may", command: "imagine", barred: []string{"photos", "documents"}, breaks: "getChat", calls: 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := make(chan *commands.Request, 2)
			s := newStage(t, handler(func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
				asked <- req
				return commands.Reply{Text: commands.T("here")}, false
			}))
			if c.status != "" {
				s.SetMember(groupID, telegramtest.BotID, c.status)
			}
			s.Bar(groupID, c.barred...)
			s.run(t)
			for n := range 2 {
				want := c.want
				if c.breaks != "" {
					s.Break(c.breaks, refused)
				}
				from := botstest.From{UserID: "1001", Name: "Anna", Private: c.private}
				s.Say(from, "/"+c.command+"@"+telegramtest.Username+" a fox")
				if req := <-asked; req.Chat.Lacks != want {
					t.Errorf("request %d: the bot lacks %q, want %q", n, req.Chat.Lacks, want)
				}
				s.awaitSent(t, n+1)
			}
			if c.breaks != "" { // a call that is refused is not counted
				c.calls -= 2
			}
			if n := len(s.Calls("getChatMember")) + len(s.Calls("getChat")); n != c.calls {
				t.Errorf("Telegram was asked %d times, want %d", n, c.calls)
			}
		})
	}
}

func TestAChatThatChangesItsMindIsBelieved(t *testing.T) {
	asked := make(chan *commands.Request, 2)
	s := newStage(t, handler(func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
		asked <- req
		return commands.Reply{}, true
	}))
	s.Bar(groupID, "photos", "documents")
	s.run(t)
	s.Say(anna, "/imagine a fox")
	if req := <-asked; req.Chat.Lacks == "" {
		t.Error("the bot lacks nothing")
	}
	s.Bar(groupID)
	s.Say(anna, "/imagine a fox")
	if req := <-asked; req.Chat.Lacks != "" {
		t.Errorf("the bot lacks %q", req.Chat.Lacks)
	}
	// What was said of it holds for a while, and then the delivery tells.
	s.Bar(groupID, "photos", "documents")
	s.Say(anna, "/imagine a fox")
	req := <-asked
	if req.Chat.Lacks != "" {
		t.Errorf("the bot lacks %q", req.Chat.Lacks)
	}
	if _, err := s.adapter.Deliver(t.Context(), req.Address, picture(t, encode(t, 64, 64), "a fox")); err != nil {
		t.Fatal(err)
	}
	if got := s.awaitSent(t, 1)[0]; got.Method != "sendMessage" {
		t.Errorf("people see %+v", got)
	}
}
