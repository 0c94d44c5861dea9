package discord

import (
	"net/http"
	"slices"
	"strings"
	"testing"

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
