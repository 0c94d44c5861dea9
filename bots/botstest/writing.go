package botstest

import (
	"testing"

	"kellybot/bots"
	"kellybot/commands"
)

// testWriter holds for adapters that write where nobody has asked.
func testWriter(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	writer, ok := adapter.(bots.Writer)
	if !ok {
		t.Skip("the adapter writes only where it is asked")
	}
	private := anna
	private.Private = true
	router.reply("models", commands.Reply{Text: commands.T("Many.")})
	p.Say(private, "/models") // whoever has written to the bot can be written to
	router.next(t)
	before := len(await(t, p, 1))

	to, err := writer.Private(anna.UserID, "report:1")
	if err != nil {
		t.Fatal(err)
	}
	if limit := adapter.Until(to); !limit.IsZero() {
		t.Errorf("there is no time to answer in after %s", limit)
	}
	reply := commands.Reply{Text: commands.T("A picture was reported."), Buttons: []commands.Button{{Label: "🗑️ Delete", Command: "erase", ID: "k3v9x2m4p7q8a"}}}
	receipt := deliver(t, adapter, &commands.Request{Address: to}, reply)
	got := await(t, p, before+1)[before]
	if got.Text != "A picture was reported." || len(got.Buttons) != 1 || receipt.MessageID == "" {
		t.Errorf("people see %+v", got)
	}
	p.Press(private, p.Messages()[before], "🗑️ Delete")
	pressed := router.next(t)
	if pressed.Command != "erase" || pressed.Text != "k3v9x2m4p7q8a" || !pressed.Chat.Private {
		t.Errorf("the press asks for %+v", pressed)
	}
	in, err := writer.Chat(pressed.Chat.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := adapter.Remove(t.Context(), in, []string{receipt.MessageID}); err != nil {
		t.Fatal(err)
	}
	until(t, p, func() bool {
		for _, m := range p.Messages() {
			if m.Text == reply.Text.String() {
				return false
			}
		}
		return true
	})
	for _, id := range []string{"", "a name", "1 OR 1"} {
		if _, err := writer.Private(id, "report:2"); err == nil {
			t.Errorf("somebody has the id %q", id)
		}
		if _, err := writer.Chat(id); err == nil {
			t.Errorf("a chat has the id %q", id)
		}
	}
}
