package discord

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

// accepted returns the address of a request that is being worked on.
func (b *bench) accepted(t *testing.T) commands.Address {
	t.Helper()
	b.say("/imagine a red fox")
	b.inbox.running.Wait()
	return b.router.last(t).Address
}

func TestAPictureIsOneEditThatCanBeRepeated(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		for range 2 {
			receipt, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
			if err != nil {
				t.Fatal(err)
			}
			if receipt.MessageID == "" || len(receipt.Images) != 1 {
				t.Errorf("the receipt is %+v", receipt)
			}
		}
		got := b.Messages()
		if len(got) != 1 || len(got[0].Files) != 1 || got[0].Files[0].Alt != "a red fox" || !slices.Equal(got[0].Pings, []string{anna.UserID}) {
			t.Fatalf("people see %+v", got)
		}
		calls := b.Calls()
		want := `{"content":"a red fox · \u003c@90001\u003e",` +
			`"allowed_mentions":{"parse":[],"users":["90001"],"replied_user":false},` +
			`"attachments":[{"id":"0","filename":"a-red-fox.png","description":"a red fox"}],"components":[],"flags":4}`
		if got := string(calls[len(calls)-1].Payload); got != want {
			t.Errorf("sent %s\nwant %s", got, want)
		}
	})
}

func TestTheReceiptSaysWhereThePicturesAre(t *testing.T) {
	cem := botstest.From{UserID: "7", Name: "Cem", Private: true}
	for name, c := range map[string]struct {
		from    botstest.From
		private bool
		link    string // without the message; "" for none
	}{
		"in a server":       {from: anna, link: "https://discord.com/channels/" + discordtest.GuildID + "/" + discordtest.ChannelID + "/"},
		"in a private chat": {from: cem, link: "https://discord.com/channels/@me/147/"},
		"for one alone":     {from: anna, private: true},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.Say(c.from, "/imagine a red fox")
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				reply := drawn(t, 0)
				reply.Images, reply.Private = append(reply.Images, drawn(t, 1000).Images...), c.private
				receipt, err := b.adapter.Deliver(t.Context(), b.router.last(t).Address, reply)
				if err != nil || receipt.MessageID == "" || len(receipt.Images) != 2 {
					t.Fatalf("the receipt is %+v, %v", receipt, err)
				}
				want := ""
				if c.link != "" {
					want = c.link + receipt.MessageID
				}
				if receipt.Link != want {
					t.Errorf("the link is %q, want %q", receipt.Link, want)
				}
				for _, image := range receipt.Images {
					if image.MessageID != receipt.MessageID || (len(image.File.Data) == 0) != c.private {
						t.Errorf("a picture is in %+v", image)
					}
				}
			})
		})
	}
}

func TestDocumentsStandBesidePictures(t *testing.T) {
	data := commands.File{Name: "data.json", ContentType: "application/json", Bytes: []byte("{}")}
	onBench(t, func(t *testing.T, b *bench) {
		for name, c := range map[string]struct {
			reply commands.Reply
			files []string
			text  string
		}{
			"with one":    {commands.Reply{Text: commands.T("Both."), Images: drawn(t, 0).Images, Files: []commands.File{data}}, []string{"a-red-fox.png", "data.json"}, "Both. · @Annabel"},
			"without any": {commands.Reply{Text: commands.T("Yours."), Files: []commands.File{data}, Private: true}, []string{"data.json"}, "Yours."},
			"too large": {commands.Reply{Text: commands.T("Yours."), Files: []commands.File{data, {Name: "all.json", Bytes: make([]byte, 11<<20)}}},
				[]string{"data.json"}, "Yours.\nWithout all.json, whose 11.0 MiB are more than Discord takes here."},
			"twelve": {commands.Reply{Text: commands.T("Yours."), Files: slices.Repeat([]commands.File{data}, 12)}, slices.Repeat([]string{"data.json"}, 10), "Yours."},
		} {
			before := len(b.Messages())
			if _, err := b.adapter.Deliver(t.Context(), b.accepted(t), c.reply); err != nil {
				t.Fatal(err)
			}
			got := b.Messages()[before]
			var files []string
			for _, file := range got.Files {
				files = append(files, file.Name)
			}
			if !slices.Equal(files, c.files) || got.Text != c.text || (got.For != "") != c.reply.Private {
				t.Errorf("%s: people read %q for %q, with %v", name, got.Text, got.For, files)
			}
		}
	})
}

func TestADocumentAtHandIsNeverPartOfTheFirstAnswer(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.router.handle = after(0, commands.Reply{Text: commands.T("Yours."), Files: []commands.File{{Name: "data.json", Bytes: []byte("{}")}}})
		b.say("/models")
		b.inbox.running.Wait()
		b.want(t, botstest.Message{Text: "Yours.", For: anna.UserID, Files: make([]botstest.File, 1)})
	})
}

func TestAnAnswerInWordsLeavesNoPictureOfAnEarlierOne(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		for _, reply := range []commands.Reply{drawn(t, 0), {Text: commands.T("Gone.")}} {
			if _, err := b.adapter.Deliver(t.Context(), address, reply); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.Messages(); len(got) != 1 || got[0].Text != "Gone." || len(got[0].Files) != 0 || len(got[0].Pings) != 0 {
			t.Errorf("people see %+v", got)
		}
	})
}

func TestSeveralPicturesAreOneMessage(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		reply := drawn(t, 0)
		reply.Images = append(reply.Images, drawn(t, 1000).Images[0], drawn(t, 2000).Images[0], drawn(t, 3000).Images[0])
		reply.Images[3].Alt = strings.Repeat("🦊", 2000)
		if _, err := b.adapter.Deliver(t.Context(), b.accepted(t), reply); err != nil {
			t.Fatal(err)
		}
		got := b.Messages()
		if len(got) != 1 || len(got[0].Files) != 4 || len(got[0].Files[3].Bytes) != 3000 {
			t.Fatalf("people see %d messages", len(got))
		}
		if alt := got[0].Files[3].Alt; !strings.HasSuffix(alt, "🦊…") {
			t.Errorf("the long description ends in %q", alt[len(alt)-8:])
		}
	})
}

func TestALateRefusalWhoseFirstHalfIsDoneCanBeRepeated(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		refused := commands.Reply{Text: commands.T("Refused."), Private: true}
		b.faults(-1, http.MethodPost, "", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"message":"No","code":1}`))
		})
		if _, err := b.adapter.Deliver(t.Context(), address, refused); err == nil {
			t.Fatal("there is no error")
		}
		b.SetFault(nil)
		if _, err := b.adapter.Deliver(t.Context(), address, refused); err != nil {
			t.Fatal(err)
		}
		if got := b.Messages(); len(got) != 1 || got[0].For != anna.UserID {
			t.Errorf("people see %+v", got)
		}
	})
}
