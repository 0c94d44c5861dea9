package discord

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

// A restFault is what goes wrong with a call to Discord.
type restFault struct {
	answers http.HandlerFunc // in Discord's place
	cut     bool             // the connection breaks before Discord has the call
	lost    bool             // the connection breaks after Discord has done it
	takes   time.Duration    // at least, before the next attempt
}

// tooMany asks for a pause of 7.5 s, in the ways that Discord and what stands
// before it have.
func tooMany(header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if header != "" {
			w.Header().Set("Retry-After", header)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, body)
	}
}

func page(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<h1>No</h1>", status) }
}

// restFaults are those that pass.
var restFaults = map[string]restFault{
	"429 with the pause in the body":          {answers: tooMany("", `{"message":"You are being rate limited.","retry_after":7.5,"global":false}`), takes: 7500 * time.Millisecond},
	"429 of the whole bot":                    {answers: tooMany("", `{"message":"You are being rate limited.","retry_after":7.5,"global":true}`), takes: 7500 * time.Millisecond},
	"429 with the pause in the header":        {answers: tooMany("8", "<h1>Slow down</h1>"), takes: 8 * time.Second},
	"429 with two pauses, the longer counts":  {answers: tooMany("3", `{"retry_after":7.5,"global":true}`), takes: 7500 * time.Millisecond},
	"429 without a pause":                     {answers: tooMany("", "{}")},
	"429 with a pause that is none":           {answers: tooMany("soon", `{"retry_after":-1}`)},
	"500":                                     {answers: refusing(500, 0)},
	"overloaded, with a status of its own":    {answers: refusing(400, 130000)},
	"switched off for now":                    {answers: refusing(403, 40006)},
	"messages switched off for now":           {answers: refusing(403, 40004)},
	"blocked by what stands before Discord":   {answers: refusing(403, 40333)},
	"502 with a page":                         {answers: page(502)},
	"503 with a page":                         {answers: page(503)},
	"504 without a word":                      {answers: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGatewayTimeout) }},
	"a proxy's page with a status of its own": {answers: page(403)},
	"a page that calls itself a success":      {answers: page(200)},
	"a redirect": {answers: func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.com/", http.StatusFound)
	}},
	"cut before Discord has it":     {cut: true},
	"cut after Discord has done it": {lost: true},
}

// places are what a delivery may be, with whom it has to do.
var places = map[string]struct {
	method, path string
	wait         time.Duration
	private      bool
}{
	"a picture in the placeholder": {http.MethodPatch, "@original", 0, false},
	"a picture in the channel":     {http.MethodPost, "/messages", later, false},
	"words for one alone":          {http.MethodPost, discordtest.AppID, 0, true},
}

func TestAFaultThatPassesIsWaitedOutAndTheAnswerIsReadOnce(t *testing.T) {
	for name, fault := range restFaults {
		for kind, c := range places {
			t.Run(name+", "+kind, func(t *testing.T) {
				onBench(t, func(t *testing.T, b *bench) {
					address := b.accepted(t)
					time.Sleep(c.wait)
					reply, want := drawn(t, 0), foxInChannel
					if c.private {
						reply, want = commands.Reply{Text: commands.T("No."), Private: true}, botstest.Message{Text: "No.", For: anna.UserID}
					}
					left := attempts - 1
					meets := func(r *http.Request) bool {
						hit := left > 0 && r.Method == c.method && (strings.HasSuffix(r.URL.Path, c.path) || c.private && strings.Contains(r.URL.Path, "/webhooks/"+c.path))
						if hit {
							left--
						}
						return hit
					}
					switch {
					case fault.cut:
						b.cut = meets
					case fault.lost:
						left = 1 // the answer is lost, and what Discord says of a second attempt is heard
						b.lose = meets
					default:
						b.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
							hit := meets(r)
							if hit {
								fault.answers(w, r)
							}
							return hit
						})
					}
					start := time.Now()
					if _, err := b.adapter.Deliver(t.Context(), address, reply); err != nil || left != 0 {
						t.Fatalf("with %d faults left: %v", left, err)
					}
					if took, least := time.Since(start), (attempts-1)*fault.takes; took < least || took > least+time.Minute {
						t.Errorf("it took %v", took)
					}
					if fault.lost && c.private {
						// Discord has no way to ask whether it was said: twice is better than never.
						b.want(t, want, want)
						return
					}
					b.want(t, want)
				})
			})
		}
	}
}

func TestAFaultThatStaysLeavesTheAnswerToLaterDeliveries(t *testing.T) {
	for name, fault := range restFaults {
		for kind, c := range places {
			if fault.answers == nil || c.private {
				continue
			}
			t.Run(name+", "+kind, func(t *testing.T) {
				onBench(t, func(t *testing.T, b *bench) {
					address := b.accepted(t)
					time.Sleep(c.wait)
					b.faults(-1, c.method, c.path, fault.answers)
					start := time.Now()
					_, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
					if took := time.Since(start); err == nil || errors.Is(err, commands.ErrUndeliverable) || took > attempts*fault.takes+10*time.Second {
						t.Errorf("after %v: %v", took, err)
					}
				})
			})
		}
	}
	for name, fault := range map[string]http.HandlerFunc{
		"an hour's pause is not waited for": tooMany("3600", ""),
		"an absurd one neither":             tooMany("1e300", ""),
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				address := b.accepted(t)
				b.faults(-1, http.MethodPatch, "@original", fault)
				start := time.Now()
				if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); err == nil || errors.Is(err, commands.ErrUndeliverable) || time.Since(start) > 10*time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
	t.Run("a token that is refused is the operator's to put right", func(t *testing.T) {
		onBench(t, func(t *testing.T, b *bench) {
			address := b.accepted(t)
			time.Sleep(later)
			b.RefuseToken()
			if _, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0)); !errors.Is(err, bots.ErrToken) || errors.Is(err, commands.ErrUndeliverable) {
				t.Errorf("the error is %v", err)
			}
		})
	})
}

func TestWhatDiscordHasTakenIsNotSentAgainWhateverItAnswers(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
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

func TestAMessageWhoseAnswerIsLostIsNotSentTwice(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		address := b.accepted(t)
		time.Sleep(later)
		lost := 0
		b.lose = func(*http.Request) bool { lost++; return lost == 1 }
		first, err := b.adapter.Deliver(t.Context(), address, drawn(t, 0))
		if err != nil {
			t.Fatal(err)
		}
		// A process that was killed before it could note the delivery.
		again, err := b.process(t).Deliver(t.Context(), address, drawn(t, 0))
		if err != nil || again.MessageID != first.MessageID {
			t.Errorf("the second delivery is message %s, the first %s; %v", again.MessageID, first.MessageID, err)
		}
		b.want(t, foxInChannel)
	})
}

func TestAnAbsurdDemandDoesNotKeepTheBotAwayForLong(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.faults(1, http.MethodGet, "/applications/@me", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		start := time.Now()
		if app, err := b.adapter.application(t.Context()); app != discordtest.AppID || err != nil {
			t.Errorf("got %q, %v", app, err)
		}
		if took := time.Since(start); took < longestPause || took > longestPause+time.Minute {
			t.Errorf("it took %v", took)
		}
		if !strings.Contains(b.log.String(), "pause=5m0s") {
			t.Errorf("the operator does not read how long it takes:\n%s", b.log)
		}
	})
}

func TestAPauseThatTheWholeBotMustMakeIsMadeByAllItsCalls(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		first, second := b.accepted(t), b.accepted(t)
		b.faults(1, http.MethodPatch, "@original", tooMany("290", `{"message":"x","retry_after":290.0,"global":true}`))
		_, err := b.adapter.Deliver(t.Context(), first, drawn(t, 0))
		if demand, ok := errors.AsType[*commands.RetryError](err); !ok || demand.After != 290*time.Second {
			t.Errorf("it may be tried again after %+v: %v", demand, err)
		}
		before := len(b.Calls())
		_, err = b.adapter.Deliver(t.Context(), second, drawn(t, 0))
		if demand, ok := errors.AsType[*commands.RetryError](err); !ok || demand.After > 290*time.Second || demand.After < 200*time.Second || len(b.Calls()) != before {
			t.Errorf("%d calls are made meanwhile; %v", len(b.Calls())-before, err)
		}
		if _, err := b.adapter.Check(t.Context()); err != nil {
			t.Errorf("a call that it is not about: %v", err)
		}
		time.Sleep(290 * time.Second)
		if _, err := b.adapter.Deliver(t.Context(), second, drawn(t, 0)); err != nil {
			t.Errorf("after the pause: %v", err)
		}
	})
}

// A slowLine is a connection on a line that takes 1 Mbit a second of all that
// is written to it.
type slowLine struct {
	net.Conn
	free chan struct{} // holds one value while nobody writes
}

func (s slowLine) Write(p []byte) (int, error) {
	<-s.free
	time.Sleep(time.Duration(len(p)) * 8 * time.Microsecond) // on a synctest clock
	s.free <- struct{}{}
	return s.Conn.Write(p)
}

func TestEightUploadsAtOncePassASlowLineInOneAttemptEach(t *testing.T) {
	const atOnce = bots.MaxUploads
	onBench(t, func(t *testing.T, b *bench) {
		var addresses []commands.Address
		for range atOnce {
			addresses = append(addresses, b.accepted(t))
		}
		var calls atomic.Int64
		free := make(chan struct{}, 1)
		free <- struct{}{}
		b.adapter.client.Transport = &elsewhere{scheme: "http", host: "discord.test", next: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() {
					defer theirs.Close()
					r, err := http.ReadRequest(bufio.NewReader(theirs))
					if err != nil {
						return
					}
					calls.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = io.WriteString(theirs, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":\"14\"}")
				}()
				return slowLine{ours, free}, nil
			},
		}}
		start := time.Now()
		var delivering sync.WaitGroup
		for _, address := range addresses {
			delivering.Go(func() {
				if receipt, err := b.adapter.Deliver(t.Context(), address, drawn(t, 3_000_000)); err != nil || receipt.MessageID != "14" {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		}
		delivering.Wait()
		if took := time.Since(start); calls.Load() != atOnce || took < 180*time.Second {
			t.Errorf("%d uploads in %v", calls.Load(), took)
		}
	})
}

func TestAConnectionThatWouldBecomeAnotherHangsNothing(t *testing.T) {
	l := start(t, nil)
	l.up(t)
	l.SetFault(func(w http.ResponseWriter, _ *http.Request) bool {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return false
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, buffered) // until the bot lets go
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := l.adapter.Check(ctx)
	if refusal, ok := errors.AsType[*apiError](err); !ok || refusal.Status != http.StatusSwitchingProtocols || ctx.Err() != nil {
		t.Errorf("a call ends with %v", err)
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
