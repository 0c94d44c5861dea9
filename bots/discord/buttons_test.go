package discord

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

var (
	bea = botstest.From{UserID: "90002", Name: "Bea"}

	cancelButton = commands.Button{Label: "✖️ Cancel", Command: "models", ID: "k3v9x2m4p7q8a"} // of a private command
	retryButton  = commands.Button{Label: "🔁 Retry", Command: "retry", ID: "k3v9x2m4p7q8a"}    // of one that is not listed
)

// offered shows a reply with those buttons.
func (b *bench) offered(t *testing.T, buttons ...commands.Button) {
	t.Helper()
	b.router.handle = after(0, commands.Reply{Text: commands.T("Done."), Buttons: buttons})
	b.say("/imagine a red fox")
	b.inbox.running.Wait()
	b.router.handle = nil
}

func TestAPressIsARequestOfWhoeverPresses(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.offered(t, cancelButton, retryButton)
		first := b.router.last(t)
		for n := range 2 {
			b.press(bea, b.Messages()[0], "🔁 Retry")
			got := b.router.last(t)
			if got.Command != "retry" || got.Text != retryButton.ID || got.User != (commands.User{ID: bea.UserID, Name: bea.Name}) || got.Moderator {
				t.Errorf("press %d is %+v", n, got)
			}
			if got.Chat != first.Chat || got.ID == first.ID || !strings.HasPrefix(got.ID, "discord:"+discordtest.AppID+":") {
				t.Errorf("press %d is %q in %+v", n, got.ID, got.Chat)
			}
			first = got
		}
		if _, err := b.adapter.Deliver(t.Context(), first.Address, drawn(t, 0)); err != nil {
			t.Fatal(err)
		}
		b.want(t,
			botstest.Message{Text: "Done.", Buttons: []string{"✖️ Cancel", "🔁 Retry"}},
			botstest.Message{Text: "a red fox · @Bea", Pings: []string{bea.UserID}, Files: make([]botstest.File, 1)},
		)
	})
}

func TestAPressIsAcknowledgedAsACommandIs(t *testing.T) {
	said := commands.Reply{Text: commands.T("Said."), Private: true}
	for name, c := range map[string]struct {
		button commands.Button
		reply  commands.Reply
		late   bool
		ack    discordtest.Ack
	}{
		"an answer in time":                 {cancelButton, said, false, discordtest.Ack{Type: 4, Ephemeral: true}},
		"a late one of a private command":   {cancelButton, said, true, discordtest.Ack{Type: 6, Delay: ackWithin}},
		"a late refusal of another":         {retryButton, said, true, discordtest.Ack{Type: 5, Delay: ackWithin}},
		"what everybody sees keeps buttons": {retryButton, commands.Reply{Text: commands.T("Said."), Buttons: []commands.Button{retryButton}}, false, discordtest.Ack{Type: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.offered(t, c.button)
				b.router.handle = after(0, c.reply)
				if c.late {
					b.router.handle = after(2*ackWithin, c.reply)
				}
				b.press(bea, b.Messages()[0], c.button.Label)
				ack := b.Acks()[1]
				if ack.Interaction = ""; ack != c.ack {
					t.Errorf("the acknowledgement is %+v, want %+v", ack, c.ack)
				}
				seen := botstest.Message{Text: "Said."}
				if c.reply.Private {
					seen.For = bea.UserID
				}
				for _, button := range c.reply.Buttons {
					seen.Buttons = append(seen.Buttons, button.Label)
				}
				b.want(t, botstest.Message{Text: "Done.", Buttons: []string{c.button.Label}}, seen)
			})
		})
	}
}

func TestAModeratorPressesAsOne(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		data := map[string]any{"component_type": 2, "custom_id": "cancel:k3v9x2m4p7q8a"}
		for permissions, want := range map[string]bool{"0": false, "8192": true} {
			b.Interact(anna, "imagine", map[string]any{"type": 3, "data": data,
				"member": map[string]any{"user": map[string]any{"id": "7", "username": "cem"}, "permissions": permissions}})
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
			if got := b.router.last(t); got.Moderator != want || got.Command != "cancel" {
				t.Errorf("with permissions %s the press is %+v", permissions, got)
			}
		}
	})
}

func TestButtonsStandInRowsAsTheyBreak(t *testing.T) {
	button := func(id string, begins bool) commands.Button {
		return commands.Button{Label: id, Command: "retry", ID: id, Break: begins}
	}
	rowsOf := func(buttons ...commands.Button) (lengths []int) {
		for _, row := range rows(buttons) {
			lengths = append(lengths, len(row.(discordgo.ActionsRow).Components))
		}
		return lengths
	}
	var many []commands.Button
	for n := range 8 {
		many = append(many, button(fmt.Sprint("a", n), n%4 == 0), button(fmt.Sprint("b", n), false))
	}
	for name, c := range map[string]struct {
		got, want []int
	}{
		"none":                      {rowsOf(), nil},
		"the first breaks nothing":  {rowsOf(button("a", true), button("b", false)), []int{2}},
		"a break":                   {rowsOf(button("a", false), button("b", true), button("c", false)), []int{1, 2}},
		"what is too long goes on":  {rowsOf(many...), []int{5, 3, 5, 3}},
		"what does not fit is left": {rowsOf(button("a", true), button("b", true), button("c", true), button("d", true), button("e", true), button("f", true)), []int{1, 1, 1, 1, 1}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: the rows have %v, want %v", name, c.got, c.want)
		}
	}
}

func TestAPressSaysWhichMessageItIsOn(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		message := b.brought(t, anna, false, deleteButton)
		b.router.handle = after(0, commands.Reply{Text: commands.T("Said."), Private: true})
		b.press(bea, b.Messages()[0], deleteButton.Label)
		if got := b.router.last(t); !got.Pressed || got.Message != message || !got.Alone {
			t.Errorf("the press is %+v", got)
		}
		b.say("/imagine a red fox")
		b.inbox.running.Wait()
		if got := b.router.last(t); got.Pressed || got.Message != "" || got.Alone {
			t.Errorf("a command is %+v", got)
		}
	})
}

func TestAButtonThatIsNoneOfOursFailsForNobody(t *testing.T) {
	for _, data := range []map[string]any{
		{"component_type": 2, "custom_id": "x"},
		{"component_type": 2, "custom_id": ""},
		{"component_type": 2, "custom_id": ":x"},
		{"component_type": 2, "custom_id": "x:"},
		{"component_type": 2, "custom_id": "cancel:" + strings.Repeat("x", 64)},
		{"component_type": 3, "custom_id": "cancel:x", "values": []string{"a"}},
	} {
		onBench(t, func(t *testing.T, b *bench) {
			b.offered(t, cancelButton)
			asked := len(b.router.requests)
			b.Interact(anna, "imagine", map[string]any{"type": 3, "data": data})
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
			if acks := b.Acks(); len(acks) != 2 || acks[1].Type != 6 || len(b.router.requests) != asked {
				t.Errorf("%v: the acknowledgements are %+v", data, acks)
			}
			b.want(t, botstest.Message{Text: "Done.", Buttons: []string{"✖️ Cancel"}})
		})
	}
}

func TestButtonsAreLaidOutWithinDiscordsLimits(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		var buttons []commands.Button
		for n := range 30 {
			buttons = append(buttons, commands.Button{Label: fmt.Sprint(n, strings.Repeat("🦊", 100)), Command: "retry", ID: fmt.Sprint(n)})
		}
		b.offered(t, buttons...)
		got := b.Messages()
		if len(got) != 1 || len(got[0].Buttons) != 25 || !strings.HasPrefix(got[0].Buttons[24], "24🦊") {
			t.Fatalf("people see %+v", got)
		}
		b.press(anna, b.Messages()[0], got[0].Buttons[24])
		if req := b.router.last(t); req.Text != "24" {
			t.Errorf("the last button is of %q", req.Text)
		}
	})
}
