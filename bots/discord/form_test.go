package discord

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

// changeForm asks for a picture changed.
func changeForm() commands.Reply {
	return commands.Reply{
		Text: commands.T("Send it changed: /upscale a red fox"), Private: true,
		Form: &commands.Form{Title: "Change the picture", Command: "upscale", ID: "k3v9x2m4p7q8a", Fields: []commands.Field{
			{Label: "Prompt", Value: "a red fox", Long: true},
			{Name: "negative", Label: "Negative prompt", Long: true},
			{Name: "size", Label: "Size", Value: "640x384"},
		}},
	}
}

var changeButton = commands.Button{Label: "✏️ Edit", Command: "change", ID: "k3v9x2m4p7q8a"}

// asked has Anna press a button whose answer is that reply.
func (b *bench) asked(t *testing.T, reply commands.Reply) {
	t.Helper()
	b.offered(t, changeButton)
	b.router.handle = after(0, reply)
	b.press(anna, b.Messages()[0], changeButton.Label)
	b.router.handle = nil
}

func TestAFormIsFilledWithWhatIsThere(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.asked(t, changeForm())
		want := []discordtest.Field{
			{Label: "Prompt", Value: "a red fox", Long: true, Required: true},
			{Label: "Negative prompt", Long: true},
			{Label: "Size", Value: "640x384"},
		}
		form := b.Form(anna)
		if form == nil || form.Title != "Change the picture" || !slices.Equal(form.Fields, want) {
			t.Fatalf("Anna sees %+v", form)
		}
		b.want(t, botstest.Message{Text: "Done.", Buttons: []string{"✏️ Edit"}})
	})
}

func TestAFormThatIsSentIsARequest(t *testing.T) {
	for name, c := range map[string]struct {
		id      string
		values  map[string]string
		text    string
		options map[string]string
	}{
		"as it was":         {"k3v9x2m4p7q8a", nil, "a red fox", map[string]string{"negative": "", "size": "640x384", "id": "k3v9x2m4p7q8a"}},
		"changed":           {"k3v9x2m4p7q8a", map[string]string{"Prompt": "--a\nblue fox", "Negative prompt": "text"}, "--a\nblue fox", map[string]string{"size": "640x384", "negative": "text", "id": "k3v9x2m4p7q8a"}},
		"emptied":           {"k3v9x2m4p7q8a", map[string]string{"Size": " "}, "a red fox", map[string]string{"negative": "", "size": "", "id": "k3v9x2m4p7q8a"}},
		"about nothing yet": {"", map[string]string{"Size": ""}, "a red fox", map[string]string{"negative": "", "size": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				reply := changeForm()
				reply.Form.ID = c.id
				b.asked(t, reply)
				press := b.router.last(t)
				b.Submit(anna, c.values)
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				got := b.router.last(t)
				if got.Command != "upscale" || got.Text != c.text || !maps.Equal(got.Options, c.options) || got.Pressed || got.Alone {
					t.Errorf("the request is %+v", got)
				}
				if got.ID == press.ID || got.User != press.User || got.Chat != press.Chat || got.Message != press.Message {
					t.Errorf("it is %q of %+v in %+v about %q", got.ID, got.User, got.Chat, got.Message)
				}
				if _, err := b.adapter.Deliver(t.Context(), got.Address, drawn(t, 0)); err != nil {
					t.Fatal(err)
				}
				b.want(t, botstest.Message{Text: "Done.", Buttons: []string{"✏️ Edit"}}, foxInChannel)
				if acks := b.Acks(); acks[1].Type != 9 || acks[2].Type != 5 || acks[2].Ephemeral {
					t.Errorf("the acknowledgements are %+v", acks)
				}
			})
		})
	}
}

func TestWhatCannotBeAFormIsSaid(t *testing.T) {
	words := botstest.Message{Text: "Send it changed: /upscale a red fox", For: anna.UserID}
	t.Run("after the time in which Discord takes one", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.offered(t, changeButton)
			b.router.handle = after(2*ackWithin, changeForm())
			b.press(anna, b.Messages()[0], changeButton.Label)
			b.want(t, botstest.Message{Text: "Done.", Buttons: []string{"✏️ Edit"}}, words)
		})
	})
	t.Run("in answer to another", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.asked(t, changeForm())
			b.router.handle = after(0, changeForm())
			b.Submit(anna, nil)
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
			b.want(t, botstest.Message{Text: "Done.", Buttons: []string{"✏️ Edit"}}, words)
		})
	})
}

func TestWhatIsRefusedIsGivenBack(t *testing.T) {
	refused := commands.Failure(&commands.Refusal{Text: commands.T("That is too long.")})
	long, more := strings.Repeat("a red fox in snow, ", 180), strings.Repeat("text, ", 300)
	const back = "That is too long.\nWhat you have typed is in typed.txt."
	for name, c := range map[string]struct {
		ask         func(b *bench)
		text, typed string
	}{
		"a form": {func(b *bench) { b.Submit(anna, map[string]string{"Prompt": long, "Negative prompt": more}) }, back, long + "\n\n" + more},
		"a command": {func(b *bench) {
			b.Use(anna, "imagine", map[string]string{"prompt": long, "model": "PhotoPerfect"})
		}, back, long},
		"a form of a few words": {func(b *bench) { b.Submit(anna, nil) }, "That is too long.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.asked(t, changeForm())
				b.router.handle = after(0, refused)
				c.ask(b)
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				got := b.Messages()[1]
				typed := ""
				for _, file := range got.Files {
					typed += string(file.Bytes)
				}
				if got.Text != c.text || got.For != anna.UserID || typed != c.typed {
					t.Errorf("Anna sees %+v", got)
				}
			})
		})
	}
}

func TestAFormStaysWithinDiscordsLimits(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		long := strings.Repeat("🦊", 3000)
		form := &commands.Form{Title: long, Command: "upscale", Fields: []commands.Field{{Label: long, Value: long, Long: true}}}
		for n := range 6 {
			form.Fields = append(form.Fields, commands.Field{Name: fmt.Sprint("f", n), Label: fmt.Sprint(n, " fields")})
		}
		b.asked(t, commands.Reply{Text: commands.T("Say it."), Form: form})
		seen := b.Form(anna)
		if seen == nil || len(seen.Fields) != 5 || !strings.HasPrefix(seen.Fields[0].Value, "🦊🦊") || seen.Fields[4].Label != "3 fields" {
			t.Errorf("Anna sees %+v", seen)
		}
	})
}
