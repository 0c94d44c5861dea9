package telegram_test

import (
	"reflect"
	"strings"
	"testing"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/commands"
)

func form(id, prompt string) commands.Reply {
	return commands.Reply{Text: commands.T("Type it."), Private: true, Form: &commands.Form{
		Title: "Change the picture", Command: "imagine", ID: id,
		Fields: []commands.Field{{Label: "Prompt", Value: prompt, Long: true}, {Name: "size", Flag: "size", Label: "Size", Value: "640x384"}},
	}}
}

func TestAFormIsAMessageWhoseReplyIsTheRequest(t *testing.T) {
	for _, c := range []struct {
		name    string
		id      string
		changes string
		prompt  string
		private bool
		text    string // of the question
		reply   string // of the person
		want    commands.Request
	}{
		{name: "of a picture, by its words", id: "k3v9x2m4p7q8a", prompt: "a <red> fox \\--x",
			text: "✏️ /imagine k3v9x2m4p7q8a\nReply to this message with your words. To keep the rest as it was, copy this line, change it, and send it:\n" +
				`/imagine a <red> fox \--x --size 640x384 --id k3v9x2m4p7q8a` + "\nFor Bea",
			reply: "a blue fox\nin snow", want: commands.Request{Command: "imagine", Text: "a blue fox\nin snow", Options: map[string]string{"id": "k3v9x2m4p7q8a"}}},
		{name: "by a whole line", id: "k3v9x2m4p7q8a", prompt: "a fox", private: true,
			text: "✏️ /imagine k3v9x2m4p7q8a\nReply to this message with your words. To keep the rest as it was, copy this line, change it, and send it:\n" +
				"/imagine a fox --size 640x384 --id k3v9x2m4p7q8a",
			reply: "/imagine a blue fox --size 64x64", want: commands.Request{Command: "imagine", Text: "a blue fox --size 64x64"}},
		{name: "of a request, of which the rest stays", id: "k3v9x2m4p7q8a", changes: "f0xf0xf0xf0x0", prompt: "a fox", private: true,
			text: "✏️ /change f0xf0xf0xf0x0\nReply to this message with your words, and with the options that you want to change: the rest stays as it was. The whole as a command is:\n" +
				"/imagine a fox --size 640x384 --id k3v9x2m4p7q8a",
			reply: "a blue fox", want: commands.Request{Command: "change", Text: "a blue fox", Options: map[string]string{"id": "f0xf0xf0xf0x0"}}},
		{name: "of a request that is too long to be shown whole", id: "k3v9x2m4p7q8a", changes: "f0xf0xf0xf0x0", prompt: strings.Repeat("a fox, ", 600), private: true,
			text:  "✏️ /change f0xf0xf0xf0x0\nReply to this message with your words, and with the options that you want to change: the rest stays as it was.",
			reply: "--size 64x64", want: commands.Request{Command: "change", Text: "--size 64x64", Options: map[string]string{"id": "f0xf0xf0xf0x0"}}},
		{name: "of nothing yet", private: true,
			text:  "✏️ /imagine\nReply to this message with your words.",
			reply: "a blue fox", want: commands.Request{Command: "imagine", Text: "a blue fox"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			asks := form(c.id, c.prompt)
			asks.Form.Changes = c.changes
			router, asked := always(asks, false)
			s := newStage(t, router)
			chat := int64(groupID)
			if c.private {
				chat = 1002
				s.AddPrivate(chat)
			}
			to, _ := s.command(t, chat, nil)
			s.show(t, to, "⏳ one")
			s.run(t)
			s.Press(bea, s.Messages()[0], "✖️ Cancel")
			<-asked
			question := s.awaitSent(t, 2)[1]
			if question.Text != c.text || question.Asks == nil || *question.Asks != (telegramtest.Asked{Selective: true, Hint: "Change the picture"}) {
				t.Errorf("people see %+v", question)
			}
			s.Message(chat, answering(s, chat, question.ID, c.reply))
			req := <-asked
			if req.Command != c.want.Command || req.Text != c.want.Text || !reflect.DeepEqual(req.Options, c.want.Options) {
				t.Errorf("the answer asks %+v", req)
			}
			s.awaitSent(t, 3)
		})
	}
}

// answering is Bea's message that replies to another.
func answering(s *stage, chat int64, message int, text string) map[string]any {
	fields := s.Replying(chat, message)
	fields["from"], fields["text"] = telegramtest.Person(1002, "Bea"), text
	return fields
}

func TestOnlyTheBotsOwnQuestionsAreAnswered(t *testing.T) {
	router, asked := always(words("done"), false)
	s := newStage(t, router)
	to, _ := s.command(t, groupID, nil)
	const question = "✏️ /imagine k3v9\nReply to this message with your words."
	somebody := s.Message(groupID, map[string]any{"from": telegramtest.Person(1001, "Anna"), "text": question})
	through := s.Message(groupID, map[string]any{"from": map[string]any{"id": telegramtest.BotID, "is_bot": true, "first_name": "Kelly"},
		"via_bot": map[string]any{"id": 9, "is_bot": true, "first_name": "Other"}, "text": question})
	if _, err := s.adapter.Deliver(t.Context(), to, picture(t, encode(t, 64, 64), question)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.adapter.Deliver(t.Context(), to, words("A fox.\n"+question)); err != nil {
		t.Fatal(err)
	}
	// What the bot repeats of others, and has code in it elsewhere.
	repeated := commands.Text{{Text: question + "\n"}, {Text: "/imagine k3v9", Style: commands.Code}}
	if _, err := s.adapter.Deliver(t.Context(), to, commands.Reply{Text: repeated}); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	caption, later, posing := s.Sent()[0].ID, s.Sent()[1].ID, s.Sent()[2].ID
	for _, message := range []int{somebody, through, caption, later, posing} {
		s.Message(groupID, answering(s, groupID, message, "a blue fox"))
	}
	s.Message(groupID, answering(s, groupID, caption, "/imagine in the end"))
	if req := <-asked; req.Text != "in the end" || req.Message == "" || len(req.Replied) != 1 {
		t.Errorf("asked %+v", req)
	}
}

func TestALongFormShowsNoPartOfItsLine(t *testing.T) {
	s := newStage(t, echo)
	to, _ := s.command(t, groupID, nil)
	if _, err := s.adapter.Deliver(t.Context(), to, form("k3v9", strings.Repeat("🦊", 2100))); err != nil {
		t.Fatal(err)
	}
	if got := s.Sent()[0].Text; got != "✏️ /imagine k3v9\nReply to this message with your words." {
		t.Errorf("people read %q", got)
	}
}
