package discord

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

var (
	waiting = commands.Status{
		Text: commands.Text{
			{Text: "⏳ You are about #3 in line, ready "},
			{Text: "in about 2 min", At: time.Unix(1790000000, 0)}, {Text: "."},
		},
		Buttons: []commands.Button{{Label: "✖️ Cancel", Command: "cancel", ID: "k3v9x2m4p7q8a"}},
	}
	seenWaiting = botstest.Message{Text: "⏳ You are about #3 in line, ready [time].", Buttons: []string{"✖️ Cancel"}}
)

// shown shows the status at the address, and returns the one to go on with.
func (b *bench) shown(t *testing.T, to commands.Address, status commands.Status) commands.Address {
	t.Helper()
	to, err := b.adapter.Show(t.Context(), to, status)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestAStatusIsAnEditOfThePlaceholder(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		first := b.shown(t, address, waiting)
		b.want(t, seenWaiting)
		calls := b.Calls()
		want := `{"content":"⏳ You are about #3 in line, ready \u003ct:1790000000:R\u003e\\.",` +
			`"allowed_mentions":{"parse":[],"replied_user":false},` +
			`"components":[{"components":[{"label":"✖️ Cancel","style":2,"disabled":false,"custom_id":"cancel:k3v9x2m4p7q8a","type":2}],"type":1}]}`
		if last := calls[len(calls)-1]; last.Method != http.MethodPatch || !strings.HasSuffix(last.Path, "@original") || string(last.Payload) != want {
			t.Errorf("sent %s %s %s\nwant %s", last.Method, last.Path, last.Payload, want)
		}
		if string(first.Data) == string(address.Data) {
			t.Error("the address does not tell that there is a status")
		}
	})
}

func TestAStatusThatIsShownAlreadyIsNotSentAgain(t *testing.T) {
	moved := commands.Status{Text: commands.T("⏳ You are next."), Buttons: waiting.Buttons}
	seenMoved := botstest.Message{Text: "⏳ You are next.", Buttons: []string{"✖️ Cancel"}}
	onBench(t, func(t *testing.T, b *bench) {
		first := b.shown(t, b.accepted(t), waiting)
		before := len(b.Calls())
		again := b.shown(t, first, waiting)
		if len(b.Calls()) != before || string(again.Data) != string(first.Data) {
			t.Errorf("Discord answered %v; the addresses are %s and %s", b.methods(before), first.Data, again.Data)
		}
		next := b.shown(t, again, moved)
		b.want(t, seenMoved)
		b.shown(t, next, commands.Status{Text: moved.Text})
		b.want(t, botstest.Message{Text: seenMoved.Text})
	})
	t.Run("but when it is not known what is shown", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			address := b.shown(t, b.accepted(t), waiting)
			b.lose = func(*http.Request) bool { return true }
			address, err := b.adapter.Show(t.Context(), address, moved)
			if err == nil {
				t.Fatal("the answer is not lost")
			}
			b.want(t, seenMoved)
			b.lose = nil
			b.shown(t, address, waiting)
			b.want(t, seenWaiting)
		})
	})
}

func TestAStatusWaitsForTheAcknowledgement(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.SetFault(func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/callback") {
				time.Sleep(800 * time.Millisecond)
			}
			return false
		})
		b.say("/imagine a red fox")
		synctest.Wait() // the acknowledgement is on its way
		b.shown(t, b.router.last(t).Address, waiting)
		b.want(t, seenWaiting)
	})
}

func TestAStatusIsTriedOnceAndNotForLong(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"Discord is away": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"too many requests": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"Discord hangs": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				tries := 0
				b.faults(-1, http.MethodPatch, "@original", func(w http.ResponseWriter, r *http.Request) { tries++; fault(w, r) })
				start := time.Now()
				to, err := b.adapter.Show(t.Context(), address, waiting)
				if took := time.Since(start); err == nil || took > showTimeout || tries != 1 {
					t.Errorf("%d tries in %v: %v", tries, took, err)
				}
				if string(to.Data) != string(address.Data) {
					t.Error("the address has changed without a status")
				}
			})
		})
	}
}

func TestTheAnswerTakesTheStatussPlace(t *testing.T) {
	for name, c := range map[string]struct {
		reply commands.Reply
		want  botstest.Message
	}{
		"a picture": {drawn(t, 0), foxInChannel},
		"a failure": {commands.Reply{Text: commands.T("No."), Private: true, Failed: true, Buttons: []commands.Button{retryButton}},
			botstest.Message{Text: "No.", For: anna.UserID, Buttons: []string{"🔁 Retry"}}},
		"words": {commands.Reply{Text: commands.T("Gone.")}, botstest.Message{Text: "Gone."}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.shown(t, b.accepted(t), waiting)
				if _, err := b.adapter.Deliver(t.Context(), address, c.reply); err != nil {
					t.Fatal(err)
				}
				b.want(t, c.want)
			})
		})
	}
}

func TestAStatusOutlivesItsTokenWhereTheBotIsAMember(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.shown(t, b.accepted(t), waiting)
		time.Sleep(later)
		held := b.shown(t, address, commands.Status{Text: commands.T("⏳ Kelly has been away."), Buttons: waiting.Buttons})
		b.want(t, botstest.Message{Text: "⏳ Kelly has been away.", Buttons: []string{"✖️ Cancel"}})
		if _, err := b.adapter.Deliver(t.Context(), held, drawn(t, 0)); err != nil {
			t.Fatal(err)
		}
		b.want(t, foxInChannel)
	})
}

func TestAStatusThatCannotBeRemovedDoesNotSpoilTheAnswer(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.shown(t, b.accepted(t), waiting)
		time.Sleep(later)
		b.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodDelete {
				w.WriteHeader(http.StatusBadGateway)
			}
			return r.Method == http.MethodDelete
		})
		if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); err != nil {
			t.Fatal(err)
		}
		b.want(t, seenWaiting, foxInChannel)
		if b.warned() {
			t.Errorf("the operator is told:\n%s", b.log)
		}
	})
}

func TestAStatusThatNobodyCanChangeIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		permissions int64
		line        string
		show        bool
	}{
		"where the bot is no member":             {0, "/imagine a red fox", true},
		"that only the requester sees":           {-1, "/models", true},
		"that was never shown, and has no place": {-1, "/imagine a red fox", false},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.SetPermissions(c.permissions)
				b.say(c.line)
				b.inbox.running.Wait()
				address := b.router.last(t).Address
				if c.show {
					address = b.shown(t, address, waiting)
				}
				time.Sleep(tokenLife)
				before := len(b.Calls())
				if _, err := b.adapter.Show(t.Context(), address, waiting); err == nil || len(b.Calls()) != before {
					t.Errorf("the error is %v, Discord answered %v", err, b.methods(before))
				}
			})
		})
	}
	onBench(t, func(t *testing.T, b *bench) {
		if _, err := b.adapter.Show(t.Context(), commands.Address{Platform: Name}, waiting); err == nil {
			t.Error("what is no address shows a status")
		}
	})
}
