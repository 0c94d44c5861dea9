package discord

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

const later = deliverWithin + time.Second

// foxInChannel is what people see of drawn when the token has died.
var foxInChannel = botstest.Message{Text: "a red fox · @Annabel", Pings: []string{anna.UserID}, Files: make([]botstest.File, 1)}

func TestAnAnswerThatComesTooLateForItsTokenIsAMessageOfTheBot(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		time.Sleep(later)
		before := len(b.Calls())
		receipt, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
		if err != nil || receipt.MessageID == "" || len(receipt.Images) != 1 {
			t.Fatalf("the receipt is %+v, the error %v", receipt, err)
		}
		b.want(t, foxInChannel)
		calls := b.Calls()[before:]
		addr, _ := parse(address)
		want := `{"content":"a red fox · \u003c@90001\u003e",` +
			`"allowed_mentions":{"parse":[],"users":["90001"],"replied_user":false},` +
			`"attachments":[{"id":"0","filename":"a-red-fox.png","description":"a red fox"}],"components":[],"flags":4,` +
			`"nonce":"` + addr.Interaction + `","enforce_nonce":true}`
		if len(calls) != 1 || calls[0].Path != "/channels/"+discordtest.ChannelID+"/messages" || string(calls[0].Payload) != want {
			t.Errorf("Discord was called: %+v", calls)
		}
	})
}

// dying are the ways in which an interaction stops being answerable early.
var dying = map[string]func(b *bench){
	"its token has died early":    func(b *bench) { b.Expire() },
	"the placeholder is deleted":  func(b *bench) { b.Delete() },
	"Discord does not know it":    func(b *bench) { b.faults(-1, http.MethodPatch, "@original", refusing(404, 10062)) },
	"Discord has lost its answer": func(b *bench) { b.faults(-1, http.MethodPatch, "@original", refusing(404, 10015)) },
}

// refusing answers with an error of Discord.
func refusing(status, code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"message":"No","code":%d}`, code)
	}
}

func TestAnInteractionThatCanNoLongerBeAnsweredIsAnsweredInTheChannel(t *testing.T) {
	for name, dies := range dying {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				dies(b)
				if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); err != nil {
					t.Fatal(err)
				}
				b.want(t, foxInChannel)
			})
		})
	}
	t.Run("never acknowledged", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.faults(-1, http.MethodPost, "/callback", refusing(404, 10062))
			if _, err := b.adapter.Deliver(t.Context(), b.accepted(t), drawn(t, 0)); err != nil {
				t.Fatal(err)
			}
			b.want(t, foxInChannel)
		})
	})
}

func TestWhatNobodyCanBeToldIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		refuses, there http.HandlerFunc // the acknowledgement, and the question whether it was made
		member, given  bool
	}{
		"where only the token would do":     {refusing(404, 10062), refusing(404, 10015), false, true},
		"not where the bot may write":       {refusing(404, 10062), refusing(404, 10015), true, false},
		"not when it is there all the same": {refusing(404, 10062), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }, false, false},
		"not when Discord only is away":     {refusing(503, 0), refusing(503, 0), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				if !c.member {
					b.SetPermissions(0)
				}
				b.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
					fault := c.there
					if strings.HasSuffix(r.URL.Path, "/callback") {
						fault = c.refuses
					}
					fault(w, r)
					return true
				})
				b.accepted(t)
				if given := len(b.router.given) == 1 && b.router.given[0] == b.router.last(t).ID; given != c.given {
					t.Errorf("given up are %q", b.router.given)
				}
			})
		})
	}
}

func TestATokenIsForgottenOnceItIsOfNoUse(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		time.Sleep(deliverWithin - time.Second)
		if same, dead := b.adapter.Forget(address); dead || !bytes.Equal(same.Data, address.Data) {
			t.Errorf("while it lives it becomes %s", same.Data)
		}
		time.Sleep(time.Second)
		rest, dead := b.adapter.Forget(address)
		if !dead || bytes.Contains(rest.Data, []byte("aW50ZXJhY3Rpb24")) {
			t.Errorf("afterwards it becomes %s", rest.Data)
		}
		if again, dead := b.adapter.Forget(rest); dead || !bytes.Equal(again.Data, rest.Data) {
			t.Errorf("once more it becomes %s", again.Data)
		}
		if _, err := b.adapter.Deliver(t.Context(), rest, drawn(t, 0)); err != nil {
			t.Fatal(err)
		}
		b.want(t, foxInChannel)
	})
}

func TestWhereOnlyAUserHasInstalledTheBotNothingCanBeAnsweredAfterwards(t *testing.T) {
	late := func(*bench) { time.Sleep(tokenLife) }
	for name, dies := range map[string]func(*bench){
		"too old": late, "its token has died early": dying["its token has died early"], "the placeholder is deleted": dying["the placeholder is deleted"],
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.SetPermissions(0)
				address := b.accepted(t)
				dies(b)
				before := len(b.Calls())
				if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); !errors.Is(err, commands.ErrUndeliverable) || errors.Is(err, commands.ErrClosed) != (name == "the placeholder is deleted") {
					t.Errorf("the error is %v", err)
				}
				if got := b.methods(before); slices.ContainsFunc(got, func(m string) bool { return strings.HasPrefix(m, "POST") }) {
					t.Errorf("Discord answered %v", got)
				}
				b.want(t)
			})
		})
	}
	t.Run("in the last minute it can be", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.SetPermissions(0)
			address := b.accepted(t)
			time.Sleep(time.Until(b.adapter.Until(address)) + 30*time.Second)
			if _, err := b.adapter.Deliver(t.Context(), address, commands.Reply{Text: commands.T("Time is up.")}); err != nil {
				t.Fatal(err)
			}
			b.want(t, botstest.Message{Text: "Time is up."})
		})
	})
}

func TestAChannelThatTheBotCannotWriteToIsGivenUp(t *testing.T) {
	for name, closes := range map[string]func(b *bench){
		"the bot has left":              func(b *bench) { b.SetPermissions(0) },
		"it may write no more":          func(b *bench) { b.SetPermissions(discordgo.PermissionViewChannel) },
		"the channel is gone":           func(b *bench) { b.faults(1, http.MethodPost, "/messages", refusing(404, 10003)) },
		"the user takes no messages":    func(b *bench) { b.faults(1, http.MethodPost, "/messages", refusing(403, 50007)) },
		"the thread is locked":          func(b *bench) { b.faults(1, http.MethodPost, "/messages", refusing(400, 160005)) },
		"the thread cannot be reopened": func(b *bench) { b.faults(1, http.MethodPost, "/messages", refusing(400, 50083)) },
		"no server in common":           func(b *bench) { b.faults(1, http.MethodPost, "/messages", refusing(403, 50278)) },
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				time.Sleep(later)
				closes(b)
				if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); !errors.Is(err, commands.ErrClosed) {
					t.Errorf("the error is %v", err)
				}
				b.want(t)
			})
		})
	}
}

func TestWhatIsForTheRequesterAloneIsNotToldToTheChannel(t *testing.T) {
	refused := commands.Reply{Text: commands.T("The secret is 42."), Private: true, Failed: true, Buttons: []commands.Button{retryButton}}
	said := commands.Reply{Text: commands.T("The secret is 42.")}
	for name, c := range map[string]struct {
		from  botstest.From
		line  string
		reply commands.Reply
		want  botstest.Message
	}{
		"a failure": {anna, "/imagine a red fox", refused, botstest.Message{
			Text: "Your request failed, and it is too late to show you alone why: please ask again. · @Annabel", Buttons: []string{"🔁 Retry"}}},
		"an answer of a private command": {anna, "/models", said, botstest.Message{
			Text: "The answer to your request came too late to be shown to you alone: please ask again. · @Annabel"}},
		"a failure where nobody else reads": {botstest.From{UserID: anna.UserID, Name: anna.Name, Private: true}, "/imagine a red fox", refused, botstest.Message{
			Text: "The secret is 42. · @Annabel", Buttons: []string{"🔁 Retry"}}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.Say(c.from, c.line)
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				time.Sleep(later)
				if _, err := b.adapter.Deliver(t.Context(), b.router.last(t).Address, c.reply); err != nil {
					t.Fatal(err)
				}
				c.want.Pings = []string{anna.UserID}
				b.want(t, c.want)
			})
		})
	}
}

func TestWhatIsKeptOfAnAddressBringsOneMoreAnswerIntoTheChannel(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		kept, ok := b.adapter.Keep(address)
		if !ok || bytes.Contains(kept.Data, []byte("aW50ZXJhY3Rpb24")) {
			t.Fatalf("kept is %s, %v", kept.Data, ok)
		}
		for range 2 { // a nonce would make them one
			if _, err := b.adapter.Deliver(t.Context(), kept, drawn(t, 0)); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(b.Messages()); n != 2 {
			t.Errorf("people read %d messages", n)
		}
	})
}

func TestNothingIsKeptOfAnAddressThatOnlyItsTokenAnswers(t *testing.T) {
	for name, change := range map[string]func(*address){
		"where the bot may not write":      func(a *address) { a.CanPost = false },
		"where others read what is posted": func(a *address) { a.Private = true },
	} {
		t.Run(name, func(t *testing.T) {
			addr := address{Interaction: "1", Token: "t", Channel: "2", CanPost: true}
			change(&addr)
			if kept, ok := new(Adapter).Keep(addr.data()); ok {
				t.Errorf("kept is %s", kept.Data)
			}
		})
	}
}
