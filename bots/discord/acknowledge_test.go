package discord

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

func TestEveryCommandIsAcknowledgedInTime(t *testing.T) {
	said := commands.Reply{Text: commands.T("Said.")}
	refused := commands.Reply{Text: commands.T("Refused."), Private: true}
	for _, c := range []struct {
		name   string
		line   string
		handle func(context.Context, *commands.Request) (commands.Reply, bool)
		ack    discordtest.Ack // as far as it matters
		see    botstest.Message
	}{
		{"an answer in time is the first", "/imagine x", after(time.Second, said), discordtest.Ack{Type: 4, Delay: time.Second}, botstest.Message{Text: "Said."}},
		{"a refusal in time is for the requester", "/imagine x", after(0, refused), discordtest.Ack{Type: 4, Ephemeral: true}, botstest.Message{Text: "Refused.", For: anna.UserID}},
		{"a late answer takes the placeholder's place", "/imagine x", after(time.Minute, said), discordtest.Ack{Type: 5, Delay: ackWithin}, botstest.Message{Text: "Said."}},
		{"a late refusal is for the requester", "/imagine x", after(time.Minute, refused), discordtest.Ack{Type: 5, Delay: ackWithin}, botstest.Message{Text: "Refused.", For: anna.UserID}},
		{"a late answer of a private command", "/models", after(time.Minute, said), discordtest.Ack{Type: 5, Ephemeral: true, Delay: ackWithin}, botstest.Message{Text: "Said.", For: anna.UserID}},
		{"a late refusal of a private command", "/models", after(time.Minute, refused), discordtest.Ack{Type: 5, Ephemeral: true, Delay: ackWithin}, botstest.Message{Text: "Refused.", For: anna.UserID}},
		{"a picture at hand is never part of the first answer", "/imagine x", after(0, drawn(t, 0)), discordtest.Ack{Type: 5}, botstest.Message{Text: "a red fox · @Annabel"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.router.handle = c.handle
				b.say(c.line)
				b.inbox.running.Wait()
				acks := b.Acks()
				if len(acks) != 1 {
					t.Fatalf("%d acknowledgements", len(acks))
				}
				acks[0].Interaction = ""
				if acks[0] != c.ack {
					t.Errorf("the acknowledgement is %+v, want %+v", acks[0], c.ack)
				}
				if got := b.Messages(); len(got) != 1 || got[0].Text != c.see.Text || got[0].For != c.see.For {
					t.Errorf("people see %+v, want %+v", got, c.see)
				}
			})
		})
	}
}

func TestWorkThatIsAcceptedShowsAtOnce(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.say("/imagine a red fox")
		b.inbox.running.Wait()
		if acks := b.Acks(); len(acks) != 1 || acks[0].Type != 5 || acks[0].Ephemeral || acks[0].Delay != 0 {
			t.Errorf("the acknowledgements are %+v, want one public placeholder at once", acks)
		}
		if got := b.Messages(); len(got) != 0 {
			t.Errorf("people see %+v", got)
		}
	})
}

func TestAnAnswerThatIsReadyBeforeItsAcknowledgementWaitsForIt(t *testing.T) {
	slow := func(b *bench) {
		b.SetFault(func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/callback") {
				time.Sleep(800 * time.Millisecond)
			}
			return false
		})
	}
	t.Run("in this process", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			slow(b)
			b.say("/imagine a red fox")
			synctest.Wait() // the acknowledgement is on its way
			before := len(b.Calls())
			if _, err := b.adapter.Deliver(t.Context(), b.router.last(t).Address, drawn(t, 0)); err != nil {
				t.Fatal(err)
			}
			if got := b.methods(before); !slices.Equal(got, []string{"POST No Content", "PATCH OK"}) {
				t.Errorf("Discord answered %v", got)
			}
		})
	})
	t.Run("in another process", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			slow(b)
			b.say("/imagine a red fox")
			synctest.Wait()
			if _, err := b.process(t).Deliver(t.Context(), b.router.last(t).Address, drawn(t, 0)); err != nil {
				t.Fatal(err)
			}
			if got := b.Messages(); len(got) != 1 || len(got[0].Files) != 1 {
				t.Errorf("people see %+v", got)
			}
		})
	})
}

func TestAFaultWhileAcknowledgingIsTriedAgainInTime(t *testing.T) {
	away := func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
	}
	t.Run("Discord is away for a moment", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.faults(2, http.MethodPost, "/callback", away)
			b.say("/imagine a red fox")
			b.inbox.running.Wait()
			if b.Busy() != 1 {
				t.Error("the placeholder does not show")
			}
		})
	})
	t.Run("the first attempt hangs", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.faults(1, http.MethodPost, "/callback", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			b.say("/imagine a red fox")
			b.inbox.running.Wait()
			if b.Busy() != 1 {
				t.Error("the placeholder does not show")
			}
		})
	})
	t.Run("the answer is lost", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			lost := 0
			b.lose = func(*http.Request) bool { lost++; return lost == 1 }
			b.router.handle = after(0, commands.Reply{Text: commands.T("Said.")})
			b.say("/imagine a red fox")
			b.inbox.running.Wait()
			if got := b.Messages(); len(got) != 1 || b.warned() {
				t.Errorf("people see %+v; the log has %s", got, b.log)
			}
		})
	})
	t.Run("it is acknowledged already", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			tries := 0
			b.faults(-1, http.MethodPost, "/callback", func(w http.ResponseWriter, r *http.Request) { tries++; refusing(400, 40060)(w, r) })
			b.say("/imagine a red fox")
			b.inbox.running.Wait()
			if tries != 1 || b.warned() {
				t.Errorf("%d tries; the log has %s", tries, b.log)
			}
		})
	})
	t.Run("Discord stays away", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			b.faults(-1, http.MethodPost, "/callback", away)
			start := time.Now()
			b.say("/imagine a red fox")
			b.inbox.running.Wait()
			if took := time.Since(start); took > ackDeadline {
				t.Errorf("it is tried for %v, longer than Discord would take it", took)
			}
			if !strings.Contains(b.log.String(), "cannot be acknowledged") {
				t.Errorf("the log has only:\n%s", b.log)
			}
		})
	})
}

func TestASlowAcknowledgementIsNoAlarm(t *testing.T) {
	for name, c := range map[string]struct {
		handle func(context.Context, *commands.Request) (commands.Reply, bool)
		takes  time.Duration
	}{
		"at once":            {nil, 1300 * time.Millisecond},
		"late":               {after(time.Minute, commands.Reply{}), 1300 * time.Millisecond},
		"late, and too slow": {after(time.Minute, commands.Reply{}), 1800 * time.Millisecond},
		"far too slow":       {nil, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				var posts atomic.Int32
				b.lose = func(r *http.Request) bool {
					if strings.HasSuffix(r.URL.Path, "/callback") {
						posts.Add(1)
						select {
						case <-time.After(c.takes):
						case <-r.Context().Done():
						}
					}
					return r.Context().Err() != nil
				}
				b.router.handle = c.handle
				b.say("/imagine a red fox")
				time.Sleep(10 * time.Second)
				if b.Busy() != 1 || b.warned() {
					t.Errorf("after %d attempts the placeholder shows %d times; the log has\n%s", posts.Load(), b.Busy(), b.log)
				}
				if c.takes < ackTimeout && posts.Load() != 1 {
					t.Errorf("%d attempts are made", posts.Load())
				}
			})
		})
	}
}

func TestTooManyAtOnceAreToldSo(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		release := make(chan struct{})
		b.router.handle = func(context.Context, *commands.Request) (commands.Reply, bool) {
			<-release
			return commands.Reply{}, true
		}
		for range maxRequests {
			b.say("/imagine a red fox")
		}
		b.say("/imagine one too many")
		time.Sleep(time.Second)
		got := b.Messages()
		if len(got) != 1 || got[0].For != anna.UserID || !strings.Contains(got[0].Text, "try again") {
			t.Errorf("people see %+v", got)
		}
		close(release)
		b.inbox.running.Wait()
		if b.Busy() != maxRequests {
			t.Errorf("%d requests show that they are worked on, want %d", b.Busy(), maxRequests)
		}
	})
}

func TestRequestsAtHandHaveAMomentWhenTheBotStops(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.router.handle = after(grace/2, commands.Reply{Text: commands.T("Said.")})
		b.say("/imagine a red fox")
		b.inbox.close()
		if got := b.Messages(); len(got) != 1 {
			t.Errorf("people see %+v", got)
		}
		b.say("/imagine too late")
		if len(b.router.requests) != 1 {
			t.Error("a request is taken after the end")
		}
	})
	onBench(t, func(t *testing.T, b *bench) {
		b.router.handle = func(ctx context.Context, _ *commands.Request) (commands.Reply, bool) {
			<-ctx.Done()
			return commands.Failure(ctx.Err()), false
		}
		start := time.Now()
		b.say("/imagine a red fox")
		b.inbox.close()
		if took := time.Since(start); took < grace || took > 2*grace {
			t.Errorf("the end took %v", took)
		}
	})
}
