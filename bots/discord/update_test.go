package discord

import (
	"testing"
	"time"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

func TestAReplyTakesThePlaceOfTheMessageWhoseButtonIsPressed(t *testing.T) {
	next := commands.Button{Label: "▶️ Next", Command: "models", ID: "2"}
	back := commands.Button{Label: "◀️ Back", Command: "models", ID: "1"}
	public := commands.Button{Label: "▶️ Next", Command: "imagine", ID: "2"}
	one := func(text string, b commands.Button) []botstest.Message {
		return []botstest.Message{{Text: text, Buttons: []string{b.Label}}}
	}
	update := commands.Reply{Text: commands.T("Page 2."), Update: true, Buttons: []commands.Button{back}}
	for name, c := range map[string]struct {
		button  commands.Button
		private bool // the message is for one alone
		reply   commands.Reply
		late    bool
		ack     int
		want    []botstest.Message
	}{
		"in time":                 {button: next, reply: update, ack: 7, want: one("Page 2.", back)},
		"in time, of one alone":   {button: next, private: true, reply: update, ack: 7, want: one("Page 2.", back)},
		"late":                    {button: next, reply: update, late: true, ack: 6, want: one("Page 2.", back)},
		"late, of one alone":      {button: next, private: true, reply: update, late: true, ack: 6, want: one("Page 2.", back)},
		"in time, of all":         {button: public, reply: update, ack: 7, want: one("Page 2.", back)},
		"too late, it is another": {button: public, reply: update, late: true, ack: 5, want: append(one("Page 1.", public), one("Page 2.", back)...)},
		"with a file": {button: next, ack: 6,
			reply: commands.Reply{Text: commands.T("Page 2."), Update: true, Files: []commands.File{{Name: "a.json", ContentType: "application/json", Bytes: []byte("{}")}}},
			want:  []botstest.Message{{Text: "Page 2.", Files: make([]botstest.File, 1)}}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.router.handle = after(0, commands.Reply{Text: commands.T("Page 1."), Private: c.private, Buttons: []commands.Button{c.button}})
				b.say("/imagine x")
				b.inbox.running.Wait()
				wait := time.Duration(0)
				if c.late {
					wait = 2 * ackWithin
				}
				b.router.handle = after(wait, c.reply)
				b.press(anna, b.Messages()[0], c.button.Label)
				for n := range c.want {
					if c.private {
						c.want[n].For = anna.UserID
					}
				}
				b.want(t, c.want...)
				if ack := b.Acks()[1]; ack.Type != c.ack {
					t.Errorf("the acknowledgement is %+v", ack)
				}
			})
		})
	}
}

func TestWhatKeepsItsMessageShowsNoStatusInIt(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.offered(t, cancelButton) // of a private command
		b.press(anna, b.Messages()[0], cancelButton.Label)
		address := b.router.last(t).Address
		if _, err := b.adapter.Show(t.Context(), address, commands.Status{Text: commands.T("⏳")}); err == nil {
			t.Error("a status is shown")
		}
		if _, err := b.adapter.Deliver(t.Context(), address, commands.Reply{Text: commands.T("Later.")}); err != nil {
			t.Fatal(err)
		}
		b.want(t, botstest.Message{Text: "Done.", Buttons: []string{cancelButton.Label}}, botstest.Message{Text: "Later.", For: anna.UserID})
	})
}
