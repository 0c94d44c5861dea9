package discord

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots"
	"kellybot/bots/discord/discordtest"
)

// A fault is what goes wrong on a connection to the gateway.
type fault struct {
	at discordtest.Step
	// again says that it is the connection after the first that is lost.
	again bool
	// do is what the gateway does in place of its part, or with stays before it.
	do    func(l *live, conn *websocket.Conn)
	stays bool

	identified, resumed int // how often the bot does, in all
	pause               time.Duration
}

func frames(all ...string) func(*live, *websocket.Conn) {
	return func(_ *live, conn *websocket.Conn) {
		for _, f := range all {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(f))
		}
	}
}

func closing(code int, reason string) func(*live, *websocket.Conn) {
	return func(_ *live, conn *websocket.Conn) {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	}
}

const (
	hello      = `{"op":10,"d":{"heartbeat_interval":41250}}`
	quick      = `{"op":10,"d":{"heartbeat_interval":1000}}`
	reconnect  = `{"op":7,"d":null}`
	invalid    = `{"op":9,"d":false}`
	resumeable = `{"op":9,"d":true}`
)

// invalidPause is what the documentation asks for before a session that the
// gateway does not know is begun anew.
const invalidPause = time.Second

func TestAFaultOfTheGatewayIsSurvived(t *testing.T) {
	silent := func(*live, *websocket.Conn) {}
	hangUp := func(_ *live, conn *websocket.Conn) { _ = conn.Close() }
	for name, c := range map[string]fault{
		"no hello: the connection is given up":                       {at: discordtest.Connected, do: silent, identified: 1},
		"no ready: the connection is given up":                       {at: discordtest.Identify, do: silent, identified: 2},
		"no resumed: a new session begins":                           {at: discordtest.Resume, again: true, do: silent, identified: 2, resumed: 1},
		"no hello when resuming: a new session begins":               {at: discordtest.Connected, again: true, do: silent, identified: 2},
		"hung up before hello: tried again":                          {at: discordtest.Connected, do: hangUp, identified: 1},
		"hung up in place of ready: tried again":                     {at: discordtest.Identify, do: hangUp, identified: 2},
		"hung up while resuming: resumed on another connection":      {at: discordtest.Resume, again: true, do: hangUp, identified: 1, resumed: 2},
		"no JSON in place of hello: tried again":                     {at: discordtest.Connected, do: frames("<h1>Hello</h1>"), identified: 1},
		"the token in a close reason: tried again and not told":      {at: discordtest.Identify, do: closing(4000, "Bot "+discordtest.Token), identified: 2},
		"op 7 before hello: tried again":                             {at: discordtest.Connected, do: frames(reconnect), identified: 1},
		"op 7 after hello: tried again":                              {at: discordtest.Connected, do: frames(hello, reconnect), identified: 2},
		"op 7 in place of ready: tried again":                        {at: discordtest.Identify, do: frames(reconnect), identified: 2},
		"op 7 after ready: resumed":                                  {at: discordtest.Heartbeat, do: frames(reconnect), identified: 1, resumed: 1},
		"op 7 before hello when resuming: resumed":                   {at: discordtest.Connected, again: true, do: frames(reconnect), identified: 1, resumed: 1},
		"op 7 while resuming: resumed on another connection":         {at: discordtest.Resume, again: true, do: frames(reconnect), identified: 1, resumed: 2},
		"op 9 before hello: tried again after a pause":               {at: discordtest.Connected, do: frames(invalid), identified: 1, pause: invalidPause},
		"op 9 after hello: tried again after a pause":                {at: discordtest.Connected, do: frames(hello, invalid), identified: 2, pause: invalidPause},
		"op 9 in place of ready: tried again after a pause":          {at: discordtest.Identify, do: frames(invalid), identified: 2, pause: invalidPause},
		"op 9 after ready: a new session after a pause":              {at: discordtest.Heartbeat, do: frames(invalid), identified: 2, pause: invalidPause},
		"op 9 before hello when resuming: a new session":             {at: discordtest.Connected, again: true, do: frames(invalid), identified: 2, pause: invalidPause},
		"op 9 while resuming: a new session after a pause":           {at: discordtest.Resume, again: true, do: frames(invalid), identified: 2, resumed: 1, pause: invalidPause},
		"op 9 that can be resumed, after ready: resumed":             {at: discordtest.Heartbeat, do: frames(resumeable), identified: 1, resumed: 1},
		"op 9 that can be resumed, while resuming: resumed":          {at: discordtest.Resume, again: true, do: frames(resumeable), identified: 1, resumed: 2},
		"op 9 that can be resumed, in place of ready: identified":    {at: discordtest.Identify, do: frames(resumeable), identified: 2},
		"op 1 after ready: a heartbeat at once, and nothing lost":    {at: discordtest.Identify, do: frames(`{"op":1,"d":null}`), stays: true, identified: 1},
		"a heartbeat is not answered: resumed on another connection": {at: discordtest.Heartbeat, do: silent, identified: 1, resumed: 1},
		"the session is forgotten: a new one begins": {at: discordtest.Heartbeat, do: func(l *live, conn *websocket.Conn) { l.Forget(); hangUp(l, conn) },
			identified: 2, resumed: 1},
		"cut after ready: resumed":                          {at: discordtest.Heartbeat, do: hangUp, identified: 1, resumed: 1},
		"close code 1001 after ready: resumed":              {at: discordtest.Heartbeat, do: closing(1001, ""), identified: 1, resumed: 1},
		"close code 4000 after ready: resumed":              {at: discordtest.Heartbeat, do: closing(4000, ""), identified: 1, resumed: 1},
		"close code 4008 after ready: resumed":              {at: discordtest.Heartbeat, do: closing(4008, ""), identified: 1, resumed: 1},
		"close code 4007 after ready: a new session":        {at: discordtest.Heartbeat, do: closing(4007, ""), identified: 2},
		"close code 4009 after ready: a new session":        {at: discordtest.Heartbeat, do: closing(4009, ""), identified: 2},
		"close code 4007 while resuming: a new session":     {at: discordtest.Resume, again: true, do: closing(4007, ""), identified: 2, resumed: 1},
		"close code 4003 while resuming: a new session":     {at: discordtest.Resume, again: true, do: closing(4003, ""), identified: 2, resumed: 1},
		"close code 1006 while resuming: resumed once more": {at: discordtest.Resume, again: true, do: hangUp, identified: 1, resumed: 2},
	} {
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

// run has the fault happen once, and checks that the bot answers afterwards.
func (c fault) run(t *testing.T) {
	var (
		mu                               sync.Mutex
		connections, identified, resumed int
		happened                         time.Time
		paused                           time.Duration
	)
	l := start(t, func(l *live) {
		l.adapter.connectWithin = 2 * time.Second
		l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
			mu.Lock()
			defer mu.Unlock()
			switch step {
			case discordtest.Connected:
				connections++
				if !happened.IsZero() && paused == 0 {
					paused = time.Since(happened)
				}
			case discordtest.Identify:
				identified++
			case discordtest.Resume:
				resumed++
			}
			if step == c.at && happened.IsZero() && connections == 1+c.lost() {
				happened = time.Now()
				c.do(l, conn)
				return !c.stays
			}
			if step == discordtest.Connected && c.at == discordtest.Heartbeat && connections == 1 {
				frames(quick)(l, conn) // so that the moment comes soon
				return true
			}
			return false
		})
	})
	l.up(t)
	if c.again {
		l.Disconnect(0)
	}
	l.await(t, "the fault is over", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return !happened.IsZero() && identified == c.identified && resumed == c.resumed
	})
	l.answers(t, 1)
	mu.Lock()
	defer mu.Unlock()
	if identified != c.identified || resumed != c.resumed {
		t.Errorf("the bot identified %d times and resumed %d times, want %d and %d; the log has\n%s", identified, resumed, c.identified, c.resumed, l.log)
	}
	if !c.stays && paused < c.pause {
		t.Errorf("it is tried again after %v, want %v at least", paused, c.pause)
	}
}

// lost is how many connections were lost before the one that the fault is on.
func (c fault) lost() int {
	if c.again {
		return 1
	}
	return 0
}

func TestASessionThatIsNeverResumedMakesPlaceForANewOne(t *testing.T) {
	for name, refuse := range map[string]func(*live, *websocket.Conn){
		"hung up":                      func(_ *live, conn *websocket.Conn) { _ = conn.Close() },
		"op 7":                         frames(reconnect),
		"op 9 that calls it resumable": frames(resumeable),
		"close code 1001":              closing(1001, ""),
	} {
		t.Run(name, func(t *testing.T) {
			var identified, resumed atomic.Int64
			l := start(t, func(l *live) {
				l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
					switch step {
					case discordtest.Identify:
						identified.Add(1)
					case discordtest.Resume:
						resumed.Add(1)
						refuse(l, conn)
						return true
					}
					return false
				})
			})
			l.up(t)
			l.Disconnect(0)
			l.await(t, "a new session begins", func() bool { return identified.Load() == 2 })
			l.answers(t, 1)
			if n := resumed.Load(); n != resumeAttempts {
				t.Errorf("it was tried to resume %d times", n)
			}
		})
	}
}

func TestAGatewayThatRefusesTheBotForGoodEndsItAndSaysWhatToDo(t *testing.T) {
	for code, want := range map[int]string{
		4004: bots.ErrToken.Error(),
		4010: "raise DISCORD_SHARDS",
		4011: "raise DISCORD_SHARDS",
		4012: "use a newer one",
		4013: "use a newer one",
		4014: "use a newer one",
	} {
		for place, at := range map[string]discordtest.Step{"at first": discordtest.Identify, "later": discordtest.Resume} {
			t.Run(fmt.Sprint("close code ", code, " ", place), func(t *testing.T) {
				l := start(t, func(l *live) {
					l.SetGatewayFault(func(step discordtest.Step, conn *websocket.Conn) bool {
						if step == at {
							closing(code, "x")(nil, conn)
						}
						return step == at
					})
				})
				if at == discordtest.Resume {
					l.up(t)
					l.Disconnect(0)
				}
				err := l.end(t)
				if err == nil || errors.Is(err, bots.ErrToken) != (code == 4004) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprint(code)) {
					t.Errorf("Run ended with %v", err)
				}
			})
		}
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
