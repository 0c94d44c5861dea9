package botstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/bots"
	"kellybot/commands"
)

// patience bounds each wait for something that must happen; it is never
// waited out in a test that passes.
const patience = 30 * time.Second

// Run checks that the adapter of a platform does what the contract of
// bots.Adapter says. start returns a new platform for each test.
func Run(t *testing.T, start func(t *testing.T) Platform) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, p Platform)
	}{
		{"a command reaches the router as it was typed", testRequest},
		{"a reply is read as it was written", testReply},
		{"a private reply is for the requester", testPrivate},
		{"a picture arrives byte for byte, with its name", testPicture},
		{"a prompt pings nobody and is no markup", testMarkup},
		{"a long prompt is cut and the rest stays", testLongPrompt},
		{"a late refusal is for the requester and leaves no placeholder", testLateRefusal},
		{"one slow request holds up nobody", testConcurrent},
		{"an event delivered twice has one id", testRepeat},
		{"an address outlives the adapter that made it", testAddress},
		{"work in progress shows", testProgress},
		{"a status shows, changes in place, and goes with the answer", testStatus},
		{"a status outlives the adapter that showed it", testStatusElsewhere},
		{"pressing a button is a request of whoever presses", testPress},
		{"a failure can be tried again by its button", testRetryButton},
		{"the menu is the registry", testMenu},
		{"a picture over the platform's limit is answered in words", testTooLarge},
		{"a refused token ends the adapter", testToken},
		{"the check names the bot", testCheck},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, start(t)) })
	}
}

var anna = From{UserID: "1001", Name: "Anna"}

func testRequest(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	for i, text := range []string{"a red fox", "a cat's hat — «смотри» 🦊\nsecond line", "--size 640x384 *x* <b>"} {
		for _, private := range []bool{false, true} {
			from := From{UserID: fmt.Sprint(2000 + i), Name: "Bea", Private: private}
			p.Say(from, "/imagine "+text)
			got := router.next(t)
			if got.Command != "imagine" || got.Text != text {
				t.Errorf("said %q, the router got command %q, text %q", text, got.Command, got.Text)
			}
			if got.User.ID != from.UserID || got.User.Name != from.Name || got.Chat.ID == "" || got.Chat.Private != private {
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

func testReply(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	router.reply("help", commands.Reply{Text: commands.Text{
		{Text: "Bold", Style: commands.Bold}, {Text: " and "}, {Text: "--code `x` <y>", Style: commands.Code}, {Text: "\nend & \\ <i>"},
	}})
	p.Say(anna, "/help")
	if got, want := await(t, p, 1)[0].Text, "Bold and --code `x` <y>\nend & \\ <i>"; got != want {
		t.Errorf("people read %q, want %q", got, want)
	}
}

func testPrivate(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	router.reply("imagine", commands.Reply{Text: commands.T("No."), Private: true, Failed: true})
	p.Say(anna, "/imagine")
	if got := await(t, p, 1)[0]; got.Text != "No." || got.For != "" && got.For != anna.UserID {
		t.Errorf("people see %+v", got)
	}
}

func testPicture(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	req := router.next(t)
	image := picture(t, 640, 384)
	receipt := deliver(t, adapter, req, pictureReply("a red fox", image))
	got := await(t, p, 1)[0]
	if len(got.Files) != 1 || !slices.Equal(got.Files[0].Bytes, image.Bytes()) {
		t.Fatalf("people see %d files, or other bytes than were delivered", len(got.Files))
	}
	if got.Files[0].Name != "a-red-fox.png" || got.Files[0].ContentType != "image/png" {
		t.Errorf("the file is %q, %q", got.Files[0].Name, got.Files[0].ContentType)
	}
	if !strings.HasPrefix(got.Text, "a red fox\nPhotoPerfect · 640×384 · 1.0 s") || got.For != "" {
		t.Errorf("people read %q", got.Text)
	}
	if receipt.MessageID == "" {
		t.Error("the receipt names no message")
	}
}

func testMarkup(t *testing.T, p Platform) {
	for _, prompt := range []string{
		"@everyone @here <@1> <@&2> <#3> </imagine:4> <t:5:R> <:x:6> [a](https://example.com)",
		"**a** _b_ __c__ ~~d~~ ||e|| `f` ```g``` > h\n# i\n- j\n1. k\n-# l",
		"<b>a</b> <a href=\"tg://user?id=1\">b</a> &amp; &lt; & < > \" '",
		"back\\slash \\* `` ` `` *** ___ a_b_c snake*case https://example.com/a_b_c",
	} {
		router := newRouter()
		t.Run("", func(t *testing.T) {
			adapter := run(t, p, router)
			before := len(p.Messages())
			p.Say(anna, "/imagine "+prompt)
			req := router.next(t)
			deliver(t, adapter, req, pictureReply(prompt, picture(t, 64, 64)))
			got := await(t, p, before+1)[before]
			if !strings.HasPrefix(got.Text, prompt+"\nPhotoPerfect") {
				t.Errorf("people read %q, want %q first", got.Text, prompt)
			}
			if others := slices.DeleteFunc(slices.Clone(got.Pings), func(id string) bool { return id == anna.UserID }); len(others) > 0 {
				t.Errorf("the answer pings %v", others)
			}
		})
	}
}

func testLongPrompt(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	for i, prompt := range []string{strings.Repeat("fox & <b> *", 181), strings.Repeat("🦊", 2000), strings.Repeat("é́", 1000)} {
		p.Say(anna, "/imagine fox")
		deliver(t, adapter, router.next(t), pictureReply(prompt, picture(t, 64, 64)))
		got := await(t, p, i+1)[i]
		cut, rest, found := strings.Cut(got.Text, "…\n")
		if !found || !strings.HasPrefix(prompt, cut) || len(cut) < 400 || !strings.HasPrefix(rest, "PhotoPerfect · 640×384 · 1.0 s") {
			t.Errorf("people read %d bytes, ending in %q", len(got.Text), rest)
		}
	}
}

func testLateRefusal(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox --model x")
	req := router.next(t)
	deliver(t, adapter, req, commands.Reply{Text: commands.T("There is no model x."), Private: true, Failed: true})
	got := await(t, p, 1)
	if len(got) != 1 || got[0].Text != "There is no model x." || got[0].For != "" && got[0].For != anna.UserID {
		t.Errorf("people see %+v", got)
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
		p.Repeat()
		if again := router.next(t); again.ID != second.ID {
			t.Errorf("one event has the ids %q and %q", second.ID, again.ID)
		}
	}
}

func testAddress(t *testing.T, p Platform) {
	router := newRouter()
	adapter := p.Adapter(t, router)
	ctx, cancel := context.WithCancel(t.Context())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- adapter.Run(ctx, func() { close(ready) }) }()
	wait(t, ready, "the adapter to be ready")
	p.Say(anna, "/imagine a red fox")
	req := router.next(t)
	// The stored form of the request is all that a new process has.
	stored, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	settle(t, adapter, req)
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run ended with %v", err)
	}
	var restored commands.Request
	if err := json.Unmarshal(stored, &restored); err != nil {
		t.Fatal(err)
	}
	image := picture(t, 64, 64)
	deliver(t, p.Adapter(t, newRouter()), &restored, pictureReply("a red fox", image))
	if got := await(t, p, 1)[0]; len(got.Files) != 1 {
		t.Errorf("people see %+v", got)
	}
}

func testProgress(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	req := router.next(t)
	settle(t, adapter, req)
	if p.Busy() == 0 {
		t.Error("nothing shows that the bot is at work")
	}
	if got := p.Messages(); len(got) != 0 {
		t.Errorf("people see %+v while the work goes on", got)
	}
}

// settle waits until the platform has shown that the request is worked on.
func settle(t *testing.T, adapter bots.Adapter, req *commands.Request) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := adapter.Progress(ctx, req.Address); err != nil {
		t.Errorf("progress: %v", err)
	}
}

func status(text string) commands.Status {
	return commands.Status{
		Text:    commands.T(text),
		Buttons: []commands.Button{{Label: "✖️ Cancel", Command: "cancel", ID: "k3v9x2m4p7q8a"}},
	}
}

// show shows a status and makes the address that comes back the request's.
func show(t *testing.T, adapter bots.Adapter, req *commands.Request, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	to, err := adapter.Show(ctx, req.Address, status(text))
	if err != nil {
		t.Fatalf("show: %v", err)
	}
	req.Address = to
}

func testStatus(t *testing.T, p Platform) {
	for _, last := range []commands.Reply{
		pictureReply("a red fox", picture(t, 64, 64)),
		{Text: commands.T("Refused."), Private: true, Failed: true},
	} {
		router := newRouter()
		t.Run("", func(t *testing.T) {
			adapter := run(t, p, router)
			before := len(p.Messages())
			p.Say(anna, "/imagine a red fox")
			req := router.next(t)
			for _, text := range []string{"⏳ You are about #3 in line.", "⏳ You are about #2 in line.", "⏳ You are about #2 in line."} {
				show(t, adapter, req, text)
				got := await(t, p, before+1)
				if len(got) != before+1 || got[before].Text != text || !slices.Equal(got[before].Buttons, []string{"✖️ Cancel"}) {
					t.Errorf("people see %+v", got[before:])
				}
			}
			deliver(t, adapter, req, last)
			got := await(t, p, before+1)
			if len(got) != before+1 || !strings.HasPrefix(got[before].Text, last.Text[0].Text) || len(got[before].Buttons) != 0 || len(got[before].Files) != len(last.Images) {
				t.Errorf("after the answer people see %+v", got[before:])
			}
		})
	}
}

func testStatusElsewhere(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	req := router.next(t)
	show(t, adapter, req, "⏳ You are about #3 in line.")
	other := p.Adapter(t, newRouter())
	show(t, other, req, "⏳ You are about #2 in line.")
	deliver(t, p.Adapter(t, newRouter()), req, pictureReply("a red fox", picture(t, 64, 64)))
	if got := await(t, p, 1); len(got) != 1 || len(got[0].Files) != 1 {
		t.Errorf("people see %+v", got)
	}
}

func testPress(t *testing.T, p Platform) {
	for _, private := range []bool{false, true} {
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
				p.Press(presser, before, "✖️ Cancel")
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
	p.Press(anna, 0, "🔁 Retry")
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

func testTooLarge(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	deliver(t, adapter, router.next(t), pictureReply("a red fox", pictureOf(t, 60<<20)))
	got := await(t, p, 1)[0]
	if len(got.Files) != 0 || !strings.Contains(got.Text, "60") || !strings.Contains(got.Text, "MB") && !strings.Contains(got.Text, "MiB") {
		t.Errorf("people see %d files and read %q", len(got.Files), got.Text)
	}
}

func testToken(t *testing.T, p Platform) {
	p.RefuseToken()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	adapter := p.Adapter(t, newRouter())
	if err := adapter.Run(ctx, func() {}); !errors.Is(err, bots.ErrToken) {
		t.Errorf("Run ended with %v, want bots.ErrToken", err)
	}
	if _, err := adapter.Check(ctx); !errors.Is(err, bots.ErrToken) {
		t.Errorf("Check ended with %v, want bots.ErrToken", err)
	}
}

func testCheck(t *testing.T, p Platform) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	identity, err := p.Adapter(t, newRouter()).Check(ctx)
	if err != nil || !strings.HasPrefix(identity, "@") {
		t.Errorf("Check returned %q, %v", identity, err)
	}
}

func set(names []string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}
