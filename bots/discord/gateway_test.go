package discord

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
)

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
	t.Run("the gateway takes the connection and says nothing", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		l := start(t, func(l *live) {
			l.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/gateway") {
					_, _ = fmt.Fprintf(w, `{"url":"ws://%s"}`, listener.Addr())
				}
				return strings.HasSuffix(r.URL.Path, "/gateway")
			})
		})
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			t.Fatal(err)
		}
		asked := time.Now()
		l.stop()
		if err := l.end(t); err != nil || time.Since(asked) > callTimeout*4/5 {
			t.Errorf("Run ended with %v after %v", err, time.Since(asked))
		}
	})
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

func TestTheEventLoopIsSeenToTurn(t *testing.T) {
	l := start(t, nil)
	l.up(t)
	first := l.adapter.Turned()
	l.answers(t, 1)
	if second := l.adapter.Turned(); first.IsZero() || !second.After(first) {
		t.Errorf("it turned at %v and then at %v", first, second)
	}
	l.stop()
	if err := l.end(t); err != nil || !l.adapter.Turned().IsZero() {
		t.Errorf("it turns at %v after the end, %v", l.adapter.Turned(), err)
	}
}
