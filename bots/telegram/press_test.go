package telegram_test

import (
	"context"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

// always is a router that gives one answer, and hands over what it is asked.
func always(reply commands.Reply, pending bool) (handler, <-chan *commands.Request) {
	asked := make(chan *commands.Request, 10)
	return func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
		asked <- req
		return reply, pending
	}, asked
}

var bea = botstest.From{UserID: "1002", Name: "Bea"}

func TestHowAPressIsAnswered(t *testing.T) {
	private := func(text string) commands.Reply { return commands.Reply{Text: commands.T(text), Private: true} }
	withButton := private("Failed.")
	withButton.Buttons = []commands.Button{cancelButton}
	alert := func(text string) []botstest.Message { return []botstest.Message{{Text: text, For: bea.UserID}} }
	message := func(text string, buttons ...string) []botstest.Message {
		return []botstest.Message{{Text: text + "\nFor Bea", Pings: []string{bea.UserID}, Buttons: buttons}}
	}
	for _, c := range []struct {
		name    string
		reply   commands.Reply
		pending bool
		want    []botstest.Message // beside the one with the button
	}{
		{"for the presser", private("Cancelled <b>."), false, alert("Cancelled <b>.")},
		{"as long as a notice may be", private(strings.Repeat("🦊", 100)), false, alert(strings.Repeat("🦊", 100))},
		{"longer", private(strings.Repeat("🦊", 100) + "x"), false, message(strings.Repeat("🦊", 100) + "x")},
		{"for all", words("Cancelled."), false, message("Cancelled.")},
		{"with buttons", withButton, false, message("Failed.", "✖️ Cancel")},
		{"later", commands.Reply{}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			router, asked := always(c.reply, c.pending)
			s := newStage(t, router)
			to, request := s.command(t, groupID, nil)
			s.show(t, to, "⏳ one")
			s.run(t)
			s.Press(bea, s.Messages()[0], "✖️ Cancel")
			req := <-asked
			if req.Command != "cancel" || req.Text != "k3v9" || req.User != (commands.User{ID: bea.UserID, Name: bea.Name}) {
				t.Errorf("the press is %+v", req)
			}
			s.await(t, "the answer", func() bool { return s.Unanswered() == 0 && len(s.Messages()) > len(c.want) })
			if got := botstest.Placeless(s.Messages()[1:]); !reflect.DeepEqual(got, append([]botstest.Message{}, c.want...)) {
				t.Errorf("people see %+v, want %+v", got, c.want)
			}
			for _, m := range s.Sent()[1:] {
				if m.ReplyTo != request {
					t.Errorf("the answer replies to %d, want %d", m.ReplyTo, request)
				}
			}
			for _, call := range s.Calls("answerCallbackQuery") {
				if shown := call.Params["show_alert"] == "true"; shown != (call.Params["text"] != "") {
					t.Errorf("the press is acknowledged with %v", call.Params)
				}
			}
		})
	}
}

func TestAPressThatAsksForMuchOpensThePrivateChat(t *testing.T) {
	long := strings.Repeat("🦊", 101)
	for _, c := range []struct {
		name    string
		start   string
		private bool
		fault   telegramtest.Fault
		want    string // the text of the message, "" for a link
	}{
		{name: "in a group", start: "details_k3v9x2m4p7q8a"},
		{name: "in the private chat itself", start: "details_k3v9x2m4p7q8a", private: true, want: long},
		{name: "when nothing brings it there", want: long + "\nFor Bea"},
		{name: "when the link could not say what", start: "details k3v9", want: long + "\nFor Bea"},
		{name: "when the link fails", start: "x", fault: telegramtest.Reset, want: long + "\nFor Bea"},
	} {
		t.Run(c.name, func(t *testing.T) {
			router, _ := always(commands.Reply{Text: commands.T(long), Private: true, Start: c.start}, false)
			s := newStage(t, router)
			chat := int64(groupID)
			if c.private {
				chat = 1002
				s.AddPrivate(chat)
			}
			to, _ := s.command(t, chat, nil)
			if _, err := s.adapter.Deliver(t.Context(), to, pressable("a fox")); err != nil {
				t.Fatal(err)
			}
			s.run(t)
			if c.fault != nil {
				s.Break("answerCallbackQuery", c.fault)
			}
			s.Press(bea, s.Messages()[0], "✖️ Cancel")
			if c.want != "" {
				if got := s.awaitSent(t, 2)[1]; got.Text != c.want {
					t.Errorf("people read %q", got.Text)
				}
				return
			}
			s.await(t, "the acknowledgement", func() bool { return s.Unanswered() == 0 })
			if link := s.Calls("answerCallbackQuery")[0].Params["url"]; link != "https://t.me/KellyTestBot?start="+c.start || len(s.Sent()) != 1 {
				t.Errorf("the press opens %q, and people see %+v", link, s.Sent())
			}
		})
	}
}

func TestWhatOneAloneShallReadIsLinkedToInAGroup(t *testing.T) {
	for _, c := range []struct {
		name    string
		reply   commands.Reply
		private bool
		want    string
		link    string
	}{
		{"in a group", commands.Reply{Text: commands.T("Yours."), Private: true, Start: "settings"}, false, "Yours.\nOpen our private chat", "https://t.me/KellyTestBot?start=settings"},
		{"in the private chat itself", commands.Reply{Text: commands.T("Yours."), Private: true, Start: "settings"}, true, "Yours.", ""},
		{"when nothing brings it there", commands.Reply{Text: commands.T("Yours."), Private: true}, false, "Yours.", ""},
		{"when everybody may read it", commands.Reply{Text: commands.T("All."), Start: "settings"}, false, "All.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			router, _ := always(c.reply, false)
			s := newStage(t, router)
			from := bea
			if from.Private = c.private; c.private {
				s.AddPrivate(1002)
			}
			s.run(t)
			s.Say(from, "/imagine fox")
			got, link := s.awaitSent(t, 1)[0], ""
			for _, e := range got.Entities {
				link += e.URL
			}
			if got.Text != c.want || link != c.link {
				t.Errorf("people read %q, which leads to %q", got.Text, link)
			}
		})
	}
}

// pressable is words with a button.
func pressable(text string) commands.Reply {
	reply := words(text)
	reply.Buttons = []commands.Button{cancelButton}
	return reply
}

func TestTheAnswerToAPressRepliesToThePicture(t *testing.T) {
	router, asked := always(words("larger"), false)
	s := newStage(t, router)
	to, _ := s.command(t, groupID, nil)
	reply := picture(t, encode(t, 64, 64), "foxes")
	reply.Buttons = []commands.Button{cancelButton}
	for range 2 { // alone, and in an album
		if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
			t.Fatal(err)
		}
		reply.Images = append(reply.Images, picture(t, encode(t, 32, 32), "").Images...)
	}
	s.run(t)
	for n, c := range []struct{ pressed, message, replyTo int }{{0, 2, 2}, {3, 5, 3}} {
		s.Press(bea, s.Messages()[c.pressed], "✖️ Cancel")
		if req := <-asked; req.Message != strconv.Itoa(c.message) {
			t.Errorf("message %s was pressed, want %d", req.Message, c.message)
		}
		if got := s.awaitSent(t, 5+n)[4+n]; got.ReplyTo != c.replyTo || got.Text != "larger\nFor Bea" {
			t.Errorf("the answer is %+v", got)
		}
	}
}

func TestAnAnswerNamesWhoPressedWhereItDoesNotShow(t *testing.T) {
	for _, c := range []struct {
		name, called string
		user         int64 // whose request it was
		private      bool
		want         string
	}{
		{"another's request", "Bea", 1001, false, "done\nFor Bea"},
		{"one's own", "Bea", 1002, false, "done"},
		{"in private", "Bea", 1001, true, "done"},
		{"by any name", "@Bea <b>", 1001, false, "done\nFor @Bea <b>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			router, _ := always(words("done"), false)
			s := newStage(t, router)
			chat := int64(groupID)
			if c.private {
				chat = 1002
				s.AddPrivate(chat)
			}
			to, _ := s.command(t, chat, map[string]any{"from": telegramtest.Person(c.user, "Anna")})
			s.show(t, to, "⏳ one")
			s.run(t)
			s.Press(botstest.From{UserID: "1002", Name: c.called}, s.Messages()[0], "✖️ Cancel")
			s.awaitSent(t, 2)
			got := s.Messages()[1]
			if got.Text != c.want || (len(got.Pings) == 1) != strings.Contains(c.want, "For") {
				t.Errorf("people see %+v", got)
			}
		})
	}
}

func TestAPressInATopicIsAnsweredThere(t *testing.T) {
	router, asked := always(words("here"), false)
	s := newStage(t, router)
	s.AddGroup(forumID, 77)
	to, request := s.command(t, forumID, map[string]any{"message_thread_id": 77, "is_topic_message": true})
	to = s.show(t, to, "⏳ one")
	s.run(t)
	s.Press(bea, s.Messages()[0], "✖️ Cancel")
	if req := <-asked; req.Chat.Thread != "77" || req.Locale != "en" || req.ID == "" || reflect.DeepEqual(req.Address, to) {
		t.Errorf("the press is %+v", req)
	}
	if got := s.awaitSent(t, 2)[1]; got.Thread != 77 || got.ReplyTo != request {
		t.Errorf("sent %+v", got)
	}
}

func TestAPressThatAsksNothingIsAcknowledgedAllTheSame(t *testing.T) {
	router, asked := always(words("here"), false)
	s := newStage(t, router)
	s.run(t)
	message := map[string]any{"message_id": 3, "date": 0, "chat": map[string]any{"id": groupID, "type": "supergroup"}}
	for _, data := range []string{"", "cancel", "cancel:", ":k3v9", "cancel:K3v9", "cancel:k3v9 x", "cancel:k3:v9", secret + "\n:x", "can cel:k3v9"} {
		s.Callback(bea, message, data)
	}
	s.Callback(bea, nil, "cancel:k3v9")
	s.await(t, "the acknowledgements", func() bool { return s.Unanswered() == 0 })
	if n := len(asked); n != 0 {
		t.Errorf("%d presses were requests", n)
	}
	if got := s.Messages(); len(got) != 0 {
		t.Errorf("people see %+v", got)
	}
}

func TestAPressBelowAMessageThatIsTooOldIsARequest(t *testing.T) {
	router, asked := always(words("here"), false)
	s := newStage(t, router)
	s.run(t)
	s.Callback(bea, map[string]any{"message_id": 3, "date": 0, "chat": map[string]any{"id": groupID, "type": "supergroup"}}, "cancel:k3v9")
	if req := <-asked; req.Command != "cancel" {
		t.Errorf("the press is %+v", req)
	}
	if got := s.awaitSent(t, 1)[0]; got.Text != "here\nFor Bea" || got.Chat != groupID || got.ReplyTo != 0 {
		t.Errorf("sent %+v", got)
	}
}

func TestANoticeThatCannotBeShownIsAMessage(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"too old": telegramtest.Refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid", nil),
		"flood":   telegramtest.Flood(1),
		"reset":   telegramtest.Reset,
	} {
		t.Run(name, func(t *testing.T) {
			router, _ := always(commands.Reply{Text: commands.T("Cancelled."), Private: true}, false)
			s := newStage(t, router)
			to, _ := s.command(t, groupID, nil)
			s.show(t, to, "⏳ one")
			s.run(t)
			s.Break("answerCallbackQuery", fault)
			s.Press(bea, s.Messages()[0], "✖️ Cancel")
			if got := s.awaitSent(t, 2)[1]; got.Text != "Cancelled.\nFor Bea" {
				t.Errorf("sent %+v", got)
			}
		})
	}
}

func TestWhoMayModerate(t *testing.T) {
	for _, c := range []struct {
		name    string
		command string
		private bool
		status  string
		fault   telegramtest.Fault // of getChatMember
		want    bool
		calls   int // of getChatMember
	}{
		{name: "a member", command: "cancel", calls: 1},
		{name: "an administrator", command: "cancel", status: "administrator", want: true, calls: 1},
		{name: "the creator", command: "cancel", status: "creator", want: true, calls: 1},
		{name: "one who has left", command: "cancel", status: "left", calls: 1},
		{name: "one of whom Telegram does not tell", command: "cancel", status: "creator",
			fault: telegramtest.Refuse(400, "Bad Request: member list is inaccessible", nil)},
		{name: "an administrator whose command asks for none", command: "start", status: "administrator"},
		{name: "a person in private", command: "cancel", private: true, want: true},
	} {
		for _, pressed := range []bool{false, true} {
			name := c.name + " by a command"
			if pressed {
				name = c.name + " by a button"
			}
			t.Run(name, func(t *testing.T) {
				router, asked := always(words("done"), false)
				s := newStage(t, router)
				chat := int64(groupID)
				from := bea
				if from.Private = c.private; c.private {
					chat = 1002
					s.AddPrivate(chat)
				}
				if c.status != "" {
					s.SetMember(groupID, 1002, c.status)
				}
				if c.fault != nil {
					s.Break("getChatMember", c.fault)
				}
				s.run(t)
				if pressed {
					kind := "supergroup"
					if c.private {
						kind = "private"
					}
					s.Callback(from, map[string]any{"message_id": 3, "date": 0, "chat": map[string]any{"id": chat, "type": kind}}, c.command+":k3v9")
				} else {
					s.Say(from, "/"+c.command+" k3v9")
				}
				if req := <-asked; req.Moderator != c.want || req.Text != "k3v9" {
					t.Errorf("the request is %+v", req)
				}
				if n := len(s.Calls("getChatMember")); n != c.calls {
					t.Errorf("getChatMember was called %d times, want %d", n, c.calls)
				}
				s.awaitSent(t, 1)
			})
		}
	}
}
