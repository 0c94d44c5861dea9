package discord

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/commands"
)

// patience bounds each wait for something that must happen; no test that
// passes waits it out.
const patience = time.Minute

// A live is a bot on a Discord that listens.
type live struct {
	*discordtest.Server
	adapter *Adapter
	router  *router
	log     *record
	stop    context.CancelFunc
	ready   chan struct{}
	ended   chan error
}

// start runs a bot on a new Discord, which setUp may change before.
func start(t *testing.T, setUp func(*live)) *live {
	t.Helper()
	t.Parallel()
	server := discordtest.Start(t)
	l := &live{Server: server, router: &router{}, log: new(record), ready: make(chan struct{}), ended: make(chan error, 1)}
	l.router.handle = func(_ context.Context, req *commands.Request) (commands.Reply, bool) {
		return commands.Reply{Text: commands.T(req.Text)}, false
	}
	var err error
	l.adapter, err = New(Config{
		Token: "Bot " + discordtest.Token, APIURL: server.URL + "/", GuildID: discordtest.GuildID, Router: l.router,
		Log: slog.New(slog.NewTextHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	if setUp != nil {
		setUp(l)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	go func() {
		l.ended <- l.adapter.Run(ctx, func() { close(l.ready) })
		close(l.ended)
	}()
	t.Cleanup(func() {
		cancel()
		for range l.ended { // until it is closed
		}
		if log := l.log.String(); strings.Contains(log, discordtest.Token) || strings.Contains(log, "aW50ZXJhY3Rpb24") ||
			strings.Contains(log, "fox") || strings.Contains(log, anna.Name) {
			t.Errorf("what must stay out of the log is in it:\n%s", log)
		}
	})
	return l
}

// end returns what Run ends with.
func (l *live) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(patience):
		t.Fatalf("Run does not end; the log has\n%s", l.log)
		return nil
	}
}

// up waits until the bot is ready.
func (l *live) up(t *testing.T) {
	t.Helper()
	select {
	case <-l.ready:
	case err := <-l.ended:
		t.Fatalf("Run ended with %v; the log has\n%s", err, l.log)
	case <-time.After(patience):
		t.Fatalf("the bot does not get ready; the log has\n%s", l.log)
	}
}

// await waits until ok.
func (l *live) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		changed := l.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited in vain until %s; the log has\n%s", what, l.log)
		}
	}
}

// answers has Anna say something, and waits for the n-th answer.
func (l *live) answers(t *testing.T, n int) {
	t.Helper()
	l.Say(anna, "/imagine a red fox")
	l.await(t, "Anna is answered", func() bool { return len(l.Messages()) == n })
}

func TestALostConnectionIsResumedAndNothingIsMissed(t *testing.T) {
	for name, lose := range map[string]func(*live){
		"cut":                   func(l *live) { l.Disconnect(0) },
		"closed":                func(l *live) { l.Disconnect(4000) },
		"asked to reconnect":    func(l *live) { l.Reconnect() },
		"the session forgotten": func(l *live) { l.Forget(); l.Disconnect(0) },
	} {
		t.Run(name, func(t *testing.T) {
			var resumed, identified atomic.Int32
			l := start(t, func(l *live) {
				l.SetGatewayFault(func(step discordtest.Step, _ *websocket.Conn) bool {
					switch step {
					case discordtest.Resume:
						resumed.Add(1)
					case discordtest.Identify:
						identified.Add(1)
					}
					return false
				})
			})
			l.up(t)
			l.answers(t, 1)
			lose(l)
			if name == "the session forgotten" {
				l.await(t, "the bot identifies anew", func() bool { return l.Sessions() == 1 })
			}
			l.answers(t, 2)
			if resumed.Load() == 0 {
				t.Error("the bot does not try to resume")
			}
			if fresh := identified.Load() > 1; fresh != (name == "the session forgotten") {
				t.Errorf("the bot identified %d times", identified.Load())
			}
		})
	}
}

func TestASessionThatCannotBeResumedIsReplaced(t *testing.T) {
	var refused atomic.Bool
	l := start(t, func(l *live) {
		l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
			if step != discordtest.Resume || refused.Swap(true) {
				return false
			}
			_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4007, ""), time.Now().Add(time.Second))
			return true
		})
	})
	l.up(t)
	l.Forget()
	l.Disconnect(0)
	l.await(t, "the bot identifies anew", func() bool { return l.Sessions() == 1 })
	l.answers(t, 1)
}

func TestAGatewayThatDoesNotDoItsPartIsGivenUpAndTriedAgain(t *testing.T) {
	for name, fault := range map[string]func(discordtest.Step, *websocket.Conn) bool{
		"no hello": func(step discordtest.Step, _ *websocket.Conn) bool { return step == discordtest.Connected },
		"no ready": func(step discordtest.Step, _ *websocket.Conn) bool { return step == discordtest.Identify },
		"asked to reconnect in place of ready": func(step discordtest.Step, conn *websocket.Conn) bool {
			if step != discordtest.Identify {
				return false
			}
			_ = conn.WriteJSON(map[string]any{"op": 7, "d": nil})
			return true
		},
		"no JSON": func(step discordtest.Step, conn *websocket.Conn) bool {
			if step != discordtest.Connected {
				return false
			}
			_ = conn.WriteMessage(websocket.TextMessage, []byte("<h1>Hello</h1>"))
			return true
		},
		"hangs up with what it was sent": func(step discordtest.Step, conn *websocket.Conn) bool {
			if step != discordtest.Identify {
				return false
			}
			_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4000, "Bot "+discordtest.Token), time.Now().Add(time.Second))
			return true
		},
		"hangs up": func(step discordtest.Step, conn *websocket.Conn) bool {
			_ = conn.Close()
			return step == discordtest.Connected
		},
	} {
		t.Run(name, func(t *testing.T) {
			var failed atomic.Bool
			l := start(t, func(l *live) {
				l.adapter.connectWithin = time.Second
				l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
					return !failed.Load() && fault(step, conn) && !failed.Swap(true)
				})
			})
			l.up(t)
			l.answers(t, 1)
		})
	}
}

func TestGarbageFromTheGatewayIsSurvived(t *testing.T) {
	for _, garbage := range []string{
		`null`, `[]`, `{}`, `0`, `""`, ``, `{"op":null}`, `{"op":"10"}`,
		`{"op":10}`, `{"op":10,"d":{}}`, `{"op":10,"d":null}`,
		`{"op":10,"d":{"heartbeat_interval":0}}`, `{"op":10,"d":{"heartbeat_interval":-1}}`,
		`{"op":10,"d":{"heartbeat_interval":9000000000000000000}}`, `{"op":10,"d":{"heartbeat_interval":1e99}}`,
		`{"op":0}`, `{"op":0,"s":"x","t":"READY"}`, `{"op":0,"s":-7,"t":"RESUMED","d":null}`,
		`{"op":0,"s":1,"t":"READY","d":null}`, `{"op":0,"s":1,"t":"READY","d":{"guilds":[null]}}`,
		`{"op":0,"s":1,"t":"GUILD_CREATE","d":null}`, `{"op":0,"s":1,"t":"GUILD_CREATE","d":{"channels":[null],"members":[null]}}`,
		`{"op":0,"s":1,"t":"VOICE_SERVER_UPDATE","d":null}`,
		`{"op":0,"s":1,"t":"INTERACTION_CREATE","d":null}`, `{"op":0,"s":1,"t":"INTERACTION_CREATE"}`,
		`{"op":0,"s":1,"t":"INTERACTION_CREATE","d":{"type":3,"data":null,"message":{"components":[null]}}}`,
		`{"op":1,"d":{}}`, `{"op":7}`, `{"op":9,"d":"x"}`, `{"op":11,"d":[]}`, `{"op":-1}`, `{"op":99}`,
	} {
		for _, at := range []discordtest.Step{discordtest.Connected, discordtest.Identify} {
			t.Run(string(at)+" "+garbage, func(t *testing.T) {
				var sent atomic.Bool
				l := start(t, func(l *live) {
					l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
						if step == at && !sent.Swap(true) {
							_ = conn.WriteMessage(websocket.TextMessage, []byte(garbage))
						}
						return false
					})
				})
				l.up(t)
				l.answers(t, 1)
			})
		}
	}
}

func TestAConnectionWhoseHeartbeatsAreNotAnsweredIsResumedOnAnother(t *testing.T) {
	const hello = `{"op":10,"d":{"heartbeat_interval":1000}}`
	beats, resumed := make(chan struct{}, 1000), make(chan struct{})
	resume := sync.OnceFunc(func() { close(resumed) })
	l := start(t, func(l *live) {
		var connections, heard atomic.Int32
		l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
			switch step {
			case discordtest.Connected:
				if connections.Add(1) == 1 {
					_ = conn.WriteMessage(websocket.TextMessage, []byte(hello))
					return true
				}
			case discordtest.Heartbeat:
				beats <- struct{}{}
				return heard.Add(1) > 1 // the first is answered
			case discordtest.Resume:
				resume()
			}
			return false
		})
	})
	l.up(t)
	select {
	case <-resumed:
	case <-time.After(patience):
		t.Fatalf("the bot stays; the log has\n%s", l.log)
	}
	if len(beats) != 2 {
		t.Errorf("%d heartbeats are sent, want one that is answered and one that is not", len(beats))
	}
	l.answers(t, 1)
}

func TestDiscordAwayAtTheStartIsWaitedOut(t *testing.T) {
	l := start(t, func(l *live) {
		var asked, refused atomic.Int32
		l.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case strings.HasSuffix(r.URL.Path, "/gateway") && asked.Add(1) <= 2:
			case strings.HasSuffix(r.URL.Path, "/applications/@me") && refused.Add(1) <= 2:
			default:
				return false
			}
			http.Error(w, "<h1>Away</h1>"+r.Header.Get("Authorization"), http.StatusServiceUnavailable)
			return true
		})
	})
	l.up(t)
	l.answers(t, 1)
	if strings.Count(l.log.String(), "level=WARN") != 4 {
		t.Errorf("four faults are not told apart:\n%s", l.log)
	}
}

func TestATokenThatIsRefusedLaterEndsTheBot(t *testing.T) {
	l := start(t, nil)
	l.up(t)
	l.RefuseToken()
	if err := l.end(t); !errors.Is(err, bots.ErrToken) {
		t.Errorf("Run ended with %v", err)
	}
}

func TestAGatewayThatRefusesTheBotForGoodEndsIt(t *testing.T) {
	for code, isToken := range map[int]bool{4004: true, 4010: false, 4011: false, 4012: false, 4013: false, 4014: false} {
		t.Run("", func(t *testing.T) {
			l := start(t, func(l *live) {
				l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
					if step == discordtest.Identify {
						_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, "x"), time.Now().Add(time.Second))
					}
					return step == discordtest.Identify
				})
			})
			if err := l.end(t); err == nil || errors.Is(err, bots.ErrToken) != isToken {
				t.Errorf("close code %d: Run ended with %v", code, err)
			}
		})
	}
}

func TestTheBotEndsWhateverItWaitsFor(t *testing.T) {
	t.Run("Discord is away", func(t *testing.T) {
		asked := make(chan struct{}, 1000)
		l := start(t, func(l *live) {
			l.SetFault(func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusBadGateway)
				asked <- struct{}{}
				return true
			})
		})
		<-asked
		l.stop()
		if err := l.end(t); err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
	for name, step := range map[string]discordtest.Step{"no hello comes": discordtest.Connected, "no ready comes": discordtest.Identify} {
		t.Run(name, func(t *testing.T) {
			reached := make(chan struct{}, 1000)
			l := start(t, func(l *live) {
				l.SetGatewayFault(func(s discordtest.Step, _ *websocket.Conn) bool {
					if s == step {
						reached <- struct{}{}
					}
					return s == step
				})
			})
			<-reached
			l.stop()
			if err := l.end(t); err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
	t.Run("the gateway's address does not come", func(t *testing.T) {
		reached := make(chan struct{}, 1000)
		l := start(t, func(l *live) {
			l.SetFault(func(_ http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/gateway") {
					return false
				}
				reached <- struct{}{}
				<-r.Context().Done()
				return true
			})
		})
		<-reached
		l.stop()
		if err := l.end(t); err != nil {
			t.Errorf("Run ended with %v", err)
		}
	})
}

func TestAnAddressOfTheAPIThatCannotWorkIsRefused(t *testing.T) {
	for _, address := range []string{"discord.com", "ftp://discord.com", "https://", "https://discord.com/api", "://"} {
		if _, err := New(Config{APIURL: address, Log: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}

func TestTheCheckSaysWhoTheBotIs(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		if got, err := b.adapter.Check(t.Context()); got != "@kellybot" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		b.faults(1, http.MethodGet, "/users/@me", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":"1","username":"Kelly","discriminator":"0042"}`))
		})
		if got, err := b.adapter.Check(t.Context()); got != "Kelly#0042" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestTheCheckGivesUpWithinSeconds(t *testing.T) {
	hangs := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	busy := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}
	for name, c := range map[string]struct {
		fault http.HandlerFunc
		most  time.Duration
	}{
		"nobody listens":        {nil, 2 * time.Second},
		"Discord hangs":         {hangs, checkTimeout},
		"Discord asks for more": {busy, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.lose = func(*http.Request) bool { return c.fault == nil }
				if c.fault != nil {
					b.faults(-1, http.MethodGet, "/users/@me", c.fault)
				}
				start := time.Now()
				if _, err := b.adapter.Check(t.Context()); err == nil || time.Since(start) > c.most {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
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

func TestEachShardHearsItsOwnServers(t *testing.T) {
	l := start(t, func(l *live) { l.adapter.shards = 2 })
	// It is ready when both are; the second begins as much later as Discord wants.
	select {
	case <-l.ready:
	case <-time.After(patience):
		t.Fatal("it never was ready")
	}
	if n := l.Sessions(); n != 2 {
		t.Errorf("%d sessions, want one a shard", n)
	}
	l.Say(anna, "/imagine a red fox") // in a server, of either shard
	l.Say(botstest.From{UserID: anna.UserID, Name: anna.Name, Private: true}, "/imagine a red fox")
	deadline := time.After(patience)
	for {
		changed := l.Changed()
		if len(l.Messages()) >= 2 {
			break
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("people see %+v", l.Messages())
		}
	}
	if n := len(l.Messages()); n != 2 {
		t.Errorf("%d answers to 2 requests", n)
	}
}
