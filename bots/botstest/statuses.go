package botstest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kellybot/bots"
	"kellybot/commands"
)

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
