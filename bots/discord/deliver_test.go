package discord

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

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
			if receipt.MessageID == "" || len(receipt.FileIDs) != 1 {
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

func TestAFaultWhileDeliveringIsWaitedOut(t *testing.T) {
	for name, c := range map[string]struct {
		fault http.HandlerFunc
		takes time.Duration // at least
	}{
		"too many requests, told in the body": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"message":"You are being rate limited.","retry_after":7.5,"global":false}`))
		}, 7500 * time.Millisecond},
		"too many requests, told in the header": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte("<h1>Slow down</h1>"))
		}, 9 * time.Second},
		"a gateway's page": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
		}, 0},
		"a proxy's page with a status of its own": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<h1>Who are you?</h1>", http.StatusForbidden)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				b.faults(attempts-1, http.MethodPatch, "@original", c.fault)
				start := time.Now()
				if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < (attempts-1)*c.takes || took > (attempts-1)*c.takes+time.Minute {
					t.Errorf("it took %v", took)
				}
				if got := b.Messages(); len(got) != 1 || len(got[0].Files) != 1 {
					t.Errorf("people see %+v", got)
				}
			})
		})
	}
}

func TestWhatDiscordHasTakenIsNotSentAgainWhateverItAnswers(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a page":                 func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<h1>Thanks</h1>")) },
		"half an answer":         func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":"14`)) },
		"another's JSON":         func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":14,"attachments":{}}`)) },
		"nothing at all":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		"a body that ends early": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Cut", "yes") },
	} {
		for kind, c := range map[string]struct {
			method, path string
			wait         time.Duration
			reply        commands.Reply
		}{
			"a picture in the placeholder": {http.MethodPatch, "@original", 0, drawn(t, 0)},
			"a picture in the channel":     {http.MethodPost, "/messages", later, drawn(t, 0)},
			"words for one alone":          {http.MethodPost, "", 0, commands.Reply{Text: commands.T("No."), Private: true}},
		} {
			t.Run(name+", "+kind, func(t *testing.T) {
				onBench(t, func(t *testing.T, b *bench) {
					address := b.accepted(t)
					time.Sleep(c.wait)
					tries := 0
					b.faults(-1, c.method, c.path, func(w http.ResponseWriter, r *http.Request) { tries++; answer(w, r) })
					if _, err := b.adapter.Deliver(t.Context(), address, c.reply); err != nil || tries != 1 {
						t.Errorf("after %d tries: %v", tries, err)
					}
				})
			})
		}
	}
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

func TestADeliveryThatFailsIsLeftToLaterOnesSoon(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"Discord is away": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"Discord asks for an hour": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				b.faults(-1, http.MethodPatch, "@original", fault)
				start := time.Now()
				_, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
				if took := time.Since(start); err == nil || errors.Is(err, commands.ErrUndeliverable) || took > 10*time.Second {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

func TestNoErrorHoldsAToken(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		b.lose = func(*http.Request) bool { return true }
		_, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
		if err == nil || strings.Contains(err.Error(), "aW50ZXJhY3Rpb24") || strings.Contains(err.Error(), "http") {
			t.Errorf("the error is %v", err)
		}
		if _, err = b.adapter.Check(t.Context()); err == nil || strings.Contains(err.Error(), discordtest.Token) {
			t.Errorf("the error is %v", err)
		}
		address.Data = json.RawMessage(`{"token":1,"secret":"x"}`)
		if _, err = b.adapter.Deliver(t.Context(), address, drawn(t, 0)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestNoErrorHoldsATokenThatTheOtherSideRepeats(t *testing.T) {
	for name, say := range map[string]func(r *http.Request) string{
		"the path as a status":      func(r *http.Request) string { return "HTTP/1.1 " + r.URL.Path + " x\r\n\r\n" },
		"the path in place of HTTP": func(r *http.Request) string { return r.URL.Path + "\r\n\r\n" },
		"the path as a field":       func(r *http.Request) string { return "HTTP/1.1 200 OK\r\n" + r.URL.Path + "\r\n\r\n" },
		"the path as a length":      func(r *http.Request) string { return "HTTP/1.1 200 OK\r\nContent-Length: " + r.URL.Path + "\r\n\r\n" },
		"the path as an encoding": func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + r.URL.Path + "\r\n\r\n"
		},
		"the bot's token as a status":  func(r *http.Request) string { return "HTTP/1.1 " + r.Header.Get("Authorization") + "\r\n\r\n" },
		"the path as a place to go to": func(r *http.Request) string { return "HTTP/1.1 302 Found\r\nLocation: :" + r.URL.Path + "\r\n\r\n" },
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				b.adapter.client.Transport = &elsewhere{scheme: "http", host: "discord.test", next: &http.Transport{
					DisableKeepAlives: true,
					DialContext: func(context.Context, string, string) (net.Conn, error) {
						ours, theirs := net.Pipe()
						go func() {
							defer theirs.Close()
							if r, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
								_, _ = io.Copy(io.Discard, r.Body)
								_, _ = io.WriteString(theirs, say(r))
							}
						}()
						return ours, nil
					},
				}}
				_, delivered := b.adapter.Deliver(t.Context(), address, commands.Reply{Text: commands.T("No.")})
				_, checked := b.adapter.Check(t.Context())
				for _, err := range []error{delivered, checked} {
					if text := fmt.Sprint(err); strings.Contains(text, "aW50ZXJhY3Rpb24") || strings.Contains(text, discordtest.Token) {
						t.Errorf("the error is %v", err)
					}
				}
			})
		})
	}
}

func TestTheCallersTimeEndsADelivery(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		b.faults(-1, http.MethodPatch, "@original", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := b.adapter.Deliver(ctx, address, drawn(t, 0)); err == nil || time.Since(start) > 3*time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}
