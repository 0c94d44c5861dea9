package telegram_test

import (
	"slices"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func TestAReplyTakesThePlaceOfWhatWasPressed(t *testing.T) {
	settings := func() commands.Reply {
		reply := words("Size: 640×384")
		reply.Private, reply.Buttons = true, []commands.Button{cancelButton}
		return reply
	}
	refused := func(description string) telegramtest.Fault {
		return telegramtest.Refuse(400, "Bad Request: "+description, nil)
	}
	for _, c := range []struct {
		name    string
		before  commands.Reply
		after   string // the text, "" for buttons alone
		buttons int
		method  string
		fault   telegramtest.Fault
		want    []string
		calls   int // of the method that are served
	}{
		{name: "text and buttons", before: settings(), after: "Size: 64×64", buttons: 2, method: "editMessageText", want: []string{"Size: 64×64"}, calls: 1},
		{name: "text alone", before: settings(), after: "Size: 64×64", method: "editMessageText", want: []string{"Size: 64×64"}, calls: 1},
		{name: "buttons alone", before: settings(), buttons: 2, method: "editMessageReplyMarkup", want: []string{"Size: 640×384"}, calls: 1},
		{name: "below a picture", before: picture(t, encode(t, 64, 64), "a fox"), after: "a vixen", buttons: 1, method: "editMessageCaption", want: []string{"a vixen"}, calls: 1},
		{name: "nothing new", before: settings(), after: "Size: 640×384", buttons: 1, method: "editMessageText", want: []string{"Size: 640×384"}, calls: 1},
		{name: "after a fault", before: settings(), after: "Size: 64×64", method: "editMessageText", fault: telegramtest.LoseAnswer,
			want: []string{"Size: 64×64"}, calls: 2},
		{name: "of what is gone, by a new one", before: settings(), after: "Size: 64×64", method: "editMessageText", fault: refused("message to edit not found"),
			want: []string{"Size: 640×384", "Size: 64×64"}},
	} {
		for _, private := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				reply := words(c.after)
				if c.after == "" {
					reply.Text = nil
				}
				reply.Update, reply.Private = true, true
				for range c.buttons {
					reply.Buttons = append(reply.Buttons, cancelButton)
				}
				router, asked := always(reply, false)
				s := newStage(t, router)
				chat := int64(groupID)
				if private {
					chat = 1002
					s.AddPrivate(chat)
				}
				to, _ := s.command(t, chat, map[string]any{"from": telegramtest.Person(1002, "Bea")})
				c.before.Buttons = []commands.Button{cancelButton}
				if _, err := s.adapter.Deliver(t.Context(), to, c.before); err != nil {
					t.Fatal(err)
				}
				s.run(t)
				if c.fault != nil {
					s.Break(c.method, c.fault)
				}
				s.Press(botstest.From{UserID: "1002", Name: "Bea"}, s.Messages()[0], "✖️ Cancel")
				if req := <-asked; req.Message != "2" || !req.Pressed || req.Alone != private {
					t.Errorf("the press is %+v", req)
				}
				s.await(t, "the update", func() bool {
					sent := s.Sent()
					return s.Unanswered() == 0 && len(s.Calls(c.method)) >= c.calls && len(sent) == len(c.want) &&
						sent[len(sent)-1].Text == c.want[len(c.want)-1] && len(slices.Concat(sent[len(sent)-1].Buttons...)) == c.buttons
				})
				if got := s.Sent(); got[0].Text != c.want[0] || len(got[len(got)-1].Buttons) > 0 && len(got[len(got)-1].Buttons[0]) != c.buttons {
					t.Errorf("people see %+v", got)
				}
			})
		}
	}
}

func TestAButtonThatDoesNotStandThereIsNotPressed(t *testing.T) {
	settings := pressable("Size: 64×64")
	settings.Update = true
	router, asked := always(settings, false)
	s := newStage(t, router)
	to, _ := s.command(t, groupID, nil)
	for _, shown := range []commands.Reply{picture(t, encode(t, 64, 64), "a fox"), words("no buttons")} {
		if shown.Images != nil {
			shown.Buttons = []commands.Button{cancelButton}
		}
		if _, err := s.adapter.Deliver(t.Context(), to, shown); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t)
	for n := range 2 {
		s.Forge(bea, s.Messages()[n], "settings:1002")
		s.await(t, "the notice", func() bool { return s.Unanswered() == 0 && len(s.Messages()) == 3+n })
		if got := s.Messages()[2+n]; got.For != bea.UserID || got.Text != "That request is over already: ask for a new one with /imagine." {
			t.Errorf("the presser sees %+v", got)
		}
	}
	if got := s.Sent(); len(asked) > 0 || got[0].Text != "a fox" || got[1].Text != "no buttons" {
		t.Errorf("%d presses were requests, and people see %+v", len(asked), got)
	}
}

func TestAMessageThatIsTooOldKeepsItsPlace(t *testing.T) {
	settings := words("Size: 64×64")
	settings.Update = true
	router, _ := always(settings, false)
	s := newStage(t, router)
	to, message := s.command(t, groupID, nil)
	if _, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), "a fox")); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.Callback(bea, map[string]any{"message_id": message + 1, "date": 0, "chat": map[string]any{"id": groupID, "type": "supergroup"}}, "settings:1002")
	if got := s.awaitSent(t, 2); got[0].Text != "a fox" || got[1].Text != "Size: 64×64\nFor Bea" {
		t.Errorf("people see %+v", got)
	}
}

func TestAFileIsADocument(t *testing.T) {
	s := newStage(t, echo)
	to, message := s.command(t, groupID, nil)
	reply := words("Your data.")
	reply.Files = []commands.File{{Name: "data.json", ContentType: "application/json", Bytes: []byte(`{"a":1}`)}, {Name: "more.txt", ContentType: "text/plain", Bytes: []byte("x")}}
	reply.Buttons = []commands.Button{cancelButton}
	receipt, err := s.adapter.Deliver(t.Context(), to, reply)
	if err != nil || receipt.MessageID != "2" {
		t.Fatalf("Deliver returned %+v, %v", receipt, err)
	}
	got := s.Sent()
	if len(got) != 2 || got[0].Text != "Your data." || len(got[0].Buttons) != 1 || got[0].ReplyTo != message || got[1].Text != "" || got[1].Buttons != nil {
		t.Fatalf("people see %+v", got)
	}
	for n, m := range got {
		want := reply.Files[n]
		if m.File == nil || m.File.Name != want.Name || m.File.ContentType != want.ContentType || string(m.File.Bytes) != string(want.Bytes) {
			t.Errorf("file %d is %+v", n, m.File)
		}
	}
}

func TestAFileThatTheChatDoesNotTakeIsSaid(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	s.Bar(groupID, "documents")
	reply := words("Your data.")
	reply.Files = []commands.File{{Name: "data.json", ContentType: "application/json", Bytes: []byte("{}")}}
	if _, err := s.adapter.Deliver(t.Context(), to, reply); err != nil {
		t.Fatal(err)
	}
	want := "The file is ready, but this chat does not take it: please ask for it in a private chat with me.\nYour data."
	if got := s.Sent(); len(got) != 1 || got[0].Text != want || got[0].File != nil {
		t.Errorf("people see %+v", got)
	}
}
