package botstest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kellybot/commands"
)

func testRequest(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	for i, text := range []string{"a red fox", "a cat's hat — «смотри» 🦊\nsecond line", "--size 640x384 *x* <b>"} {
		for _, private := range chats(p) {
			from := From{UserID: fmt.Sprint(2000 + i), Name: "Bea", Private: private}
			p.Say(from, "/imagine "+text)
			got := router.next(t)
			if got.Command != "imagine" || got.Text != text {
				t.Errorf("said %q, the router got command %q, text %q", text, got.Command, got.Text)
			}
			if got.User.ID != from.UserID || got.User.Name != from.Name && !solitary(p) || got.Chat.ID == "" || got.Chat.Private != private {
				t.Errorf("from %+v, the router got user %+v in chat %+v", from, got.User, got.Chat)
			}
			if !strings.HasPrefix(got.ID, got.Address.Platform+":") || got.Received.IsZero() {
				t.Errorf("the request's id is %q, its time %v, its platform %q", got.ID, got.Received, got.Address.Platform)
			}
			if private && !got.Moderator {
				t.Error("a user is no moderator of their own private chat")
			}
		}
	}
}

func testConcurrent(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	release := router.block("models")
	router.reply("help", commands.Reply{Text: commands.T("Helped.")})
	for i := range 20 {
		p.Say(From{UserID: fmt.Sprint(3000 + i), Name: "Cem"}, "/models")
	}
	p.Say(anna, "/help")
	if got := await(t, p, 1)[0].Text; got != "Helped." {
		t.Errorf("people read %q", got)
	}
	release()
	await(t, p, 21)
}

func testRepeat(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	first := router.next(t)
	p.Say(anna, "/imagine a red fox")
	if second := router.next(t); second.ID == first.ID {
		t.Errorf("two events have the id %q", first.ID)
	} else {
		p.Repeat() // which an adapter may know, and keep to itself
		p.Say(anna, "/imagine a blue fox")
		for again := router.next(t); again.Text != "a blue fox"; again = router.next(t) {
			if again.ID != second.ID {
				t.Errorf("one event has the ids %q and %q", second.ID, again.ID)
			}
		}
	}
}

func testPress(t *testing.T, p Platform) {
	for _, private := range chats(p) {
		router := newRouter()
		t.Run("", func(t *testing.T) {
			adapter := run(t, p, router)
			before := len(p.Messages())
			owner := From{UserID: "1001", Name: "Anna", Private: private}
			presser := From{UserID: "1002", Name: "Bea"}
			if private {
				presser = owner
			}
			p.Say(owner, "/imagine a red fox")
			req := router.next(t)
			show(t, adapter, req, "⏳ You are about #3 in line.")
			await(t, p, before+1)
			router.reply("cancel", commands.Reply{Text: commands.T("The request is cancelled."), Private: true})
			ids := map[string]bool{req.ID: true}
			for n := range 2 {
				p.Press(presser, p.Messages()[before], "✖️ Cancel")
				press := router.next(t)
				if press.Command != "cancel" || press.Text != "k3v9x2m4p7q8a" || press.User.ID != presser.UserID ||
					press.Chat.ID != req.Chat.ID || press.Chat.Private != private || ids[press.ID] {
					t.Errorf("press %d is %+v", n, press)
				}
				ids[press.ID] = true
				got := await(t, p, before+2+n)[before+1+n]
				if got.Text != "The request is cancelled." || got.For != presser.UserID && !private {
					t.Errorf("after press %d people see %+v", n, got)
				}
			}
		})
	}
}

func testRetryButton(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	deliver(t, adapter, router.next(t), commands.Reply{
		Text: commands.T("The service is away."), Private: true, Failed: true,
		Buttons: []commands.Button{{Label: "🔁 Retry", Command: "retry", ID: "k3v9x2m4p7q8a"}},
	})
	if got := await(t, p, 1)[0]; !slices.Equal(got.Buttons, []string{"🔁 Retry"}) {
		t.Errorf("people see %+v", got)
	}
	p.Press(anna, p.Messages()[0], "🔁 Retry")
	req := router.next(t)
	if req.Command != "retry" || req.Text != "k3v9x2m4p7q8a" || req.User.ID != anna.UserID {
		t.Errorf("the press is %+v", req)
	}
	deliver(t, adapter, req, pictureReply("a red fox", picture(t, 64, 64)))
	if got := await(t, p, 2); len(got[len(got)-1].Files) != 1 {
		t.Errorf("people see %+v", got)
	}
}

func testMenu(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	var want []string
	for _, command := range router.Commands(adapter.Name()) {
		want = append(want, command.Name)
	}
	if got := p.Menu(); !maps.Equal(set(got), set(want)) {
		t.Errorf("the menu has %v, want %v", got, want)
	}
}

func set(names []string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}
