package botstest

import (
	"context"
	"slices"
	"testing"

	"kellybot/commands"
)

const shortID = "k3v9x2m4p7q8a"

func testForm(t *testing.T, p Platform) {
	for _, private := range chats(p) {
		router := newRouter()
		t.Run("", func(t *testing.T) {
			adapter := run(t, p, router)
			before := len(p.Messages())
			from := From{UserID: anna.UserID, Name: anna.Name, Private: private}
			p.Say(from, "/imagine a red fox")
			reply := pictureReply("a red fox", picture(t, 64, 64))
			reply.Buttons = []commands.Button{{Label: "✏️ Edit", Command: "change", ID: shortID}}
			receipt := deliver(t, adapter, router.next(t), reply)
			await(t, p, before+1)
			router.reply("change", commands.Reply{
				Text: commands.T("Send it changed: /edit a red fox"), Private: true,
				Form: &commands.Form{Title: "Change the picture", Command: "edit", ID: shortID, Fields: []commands.Field{
					{Label: "Prompt", Value: "a red fox", Long: true},
					{Name: "size", Flag: "size", Label: "Size", Value: "640x384"},
				}},
			})
			p.Press(from, p.Messages()[before], "✏️ Edit")
			press := router.next(t)
			if press.Command != "change" || press.Text != shortID || !press.Pressed || press.Message != receipt.MessageID {
				t.Errorf("the press is %+v, below message %s", press, receipt.MessageID)
			}
			until(t, p, func() bool { return p.Fill(from, "a blue fox") })
			req := router.next(t)
			if req.Command != "edit" || req.Text != "a blue fox" || req.Options["id"] != shortID || req.Pressed || req.User != press.User || req.Chat.ID != press.Chat.ID || req.ID == press.ID {
				t.Errorf("the answer is %+v", req)
			}
			deliver(t, adapter, req, pictureReply("a blue fox", picture(t, 64, 64)))
			until(t, p, func() bool {
				return slices.ContainsFunc(p.Messages()[before+1:], func(m Message) bool { return len(m.Files) == 1 })
			})
		})
	}
}

func testUpdate(t *testing.T, p Platform) {
	for _, command := range []string{"models", "help"} { // one is private
		router := newRouter()
		t.Run(command, func(t *testing.T) {
			run(t, p, router)
			before := len(p.Messages())
			page := func(text, label string, update bool) commands.Reply {
				return commands.Reply{Text: commands.T(text), Update: update, Private: command == "models",
					Buttons: []commands.Button{{Label: label, Command: command, ID: "p2"}}}
			}
			router.reply(command, page("Page 1.", "▶️ Next", false))
			p.Say(anna, "/"+command)
			await(t, p, before+1)
			router.reply(command, page("Page 2.", "◀️ Back", true))
			p.Press(anna, p.Messages()[before], "▶️ Next")
			until(t, p, func() bool { return p.Messages()[before].Text == "Page 2." })
			if got := p.Messages(); len(got) != before+1 || !slices.Equal(got[before].Buttons, []string{"◀️ Back"}) {
				t.Errorf("people see %+v", got[before:])
			}
		})
	}
}

func testRemove(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	reply := pictureReply("a red fox", picture(t, 64, 64))
	reply.Buttons = []commands.Button{{Label: "🗑️ Delete", Command: "delete", ID: shortID}}
	receipt := deliver(t, adapter, router.next(t), reply)
	await(t, p, 1)
	messages := []string{receipt.MessageID}
	for _, image := range receipt.Images {
		messages = append(messages, image.MessageID)
	}
	removed := make(chan error, 2)
	router.while("delete", func(ctx context.Context, req *commands.Request) {
		for range 2 {
			removed <- adapter.Remove(ctx, req.Address, messages)
		}
	})
	router.reply("delete", commands.Reply{Text: commands.T("The picture is deleted."), Private: true})
	p.Press(anna, p.Messages()[0], "🗑️ Delete")
	for range 2 {
		if err := <-removed; err != nil {
			t.Errorf("remove: %v", err)
		}
	}
	until(t, p, func() bool {
		got := p.Messages()
		return len(got) == 1 && got[0].Text == "The picture is deleted." && len(got[0].Files) == 0
	})
}
