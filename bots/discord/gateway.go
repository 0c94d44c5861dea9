package discord

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"kellybot/bots"
)

// Why a connection ends, beside what the other side says.
var (
	errStuck     = errors.New("the gateway does not do its part in time")
	errReconnect = errors.New("the gateway asks for a new connection")
	errSession   = errors.New("the gateway does not know the session any more")
)

// A gateway is a session on Discord's gateway, over one connection after the
// other. It looks at what comes as at anything that strangers write.
type gateway struct {
	adapter *Adapter
	shard   int              // of adapter.shards
	event   func(raw []byte) // takes the data of INTERACTION_CREATE, and never waits
	ready   func()

	id        string // of the session that can be resumed, or ""
	resumeURL string // where; "" is where the gateway is
	secure    bool   // the gateway is spoken to by TLS, and never again without
	sequence  int64  // of its latest event
	resumes   int    // tried since events were flowing
}

// connectAll keeps a session for each shard until ctx ends, or the gateway says
// of one that it must not be tried again. Each interaction's data goes to
// event. ready is called once, when all of them receive events.
func (a *Adapter) connectAll(ctx context.Context, event func(raw []byte), ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var missing atomic.Int64
	missing.Store(int64(a.shards))
	ended := make(chan error, a.shards)
	for shard := range a.shards {
		up := sync.OnceFunc(func() {
			if missing.Add(-1) == 0 {
				ready()
			}
		})
		go func() {
			if bots.Sleep(ctx, time.Duration(shard)*identifyPause) {
				ended <- a.connect(ctx, shard, event, up)
			} else {
				ended <- nil
			}
		}()
	}
	var err error
	for range a.shards {
		if fault := <-ended; err == nil {
			err = fault
		}
		cancel() // the bot is whole or not there
	}
	return err
}

// connect keeps a gateway connection until ctx ends, or the gateway says that
// it must not be tried again.
func (a *Adapter) connect(ctx context.Context, shard int, event func(raw []byte), ready func()) error {
	g := &gateway{adapter: a, shard: shard, event: event, ready: ready}
	failures := 0
	for {
		a.pulse.turn(shard)
		if wait := a.sessions.wait(a.shards); g.id == "" && wait > 0 {
			a.log.Warn("too many sessions were begun at the gateway; the next one waits", "pause", wait.Round(time.Second))
			if !bots.Sleep(ctx, min(wait, longestPause)) {
				return nil
			}
			continue
		}
		started := time.Now()
		up, err := g.serve(ctx)
		if ctx.Err() != nil {
			return nil
		}
		closed, told := errors.AsType[*websocket.CloseError](err)
		if told {
			if fatal := a.fatal(closed.Code); fatal != nil {
				return fatal
			}
		}
		switch {
		case up:
			a.log.Info("the gateway connection is lost, and is taken up again", "cause", plainly(err))
		default:
			a.log.Warn("the gateway cannot be reached and is tried again", "cause", plainly(err))
		}
		refused := told && closed.Code >= closeByDiscord || errors.Is(err, errStuck) || errors.Is(err, errForeign)
		over := errors.Is(err, errSession) || told && (closed.Code == closeInvalidSequence || closed.Code == closeSessionTimedOut)
		if refused && !up || over || g.resumes == resumeAttempts {
			g.id, g.resumeURL, g.resumes = "", "", 0 // what would be resumed is not there any more
		}
		if time.Since(started) > steady {
			failures = 0
		}
		failures++
		pause := bots.Pause(failures)
		if errors.Is(err, errSession) {
			pause += time.Second + rand.N(4*time.Second) // as the documentation asks for
		}
		if refusal, ok := errors.AsType[*apiError](err); ok {
			pause += refusal.wait
		}
		if !up {
			g.resumeURL = "" // ask anew
		}
		if !bots.Sleep(ctx, pause) {
			return nil
		}
	}
}

// fatal says why the gateway must not be tried again after a close code, and
// what to do about it, or returns nil.
func (a *Adapter) fatal(code int) error {
	const refused = "Discord's gateway refuses the bot for good (close code %d): %s"
	switch code {
	case closeToken:
		return fmt.Errorf("%w (close code %d)", bots.ErrToken, code)
	case closeInvalidShard, closeShardingRequired:
		return fmt.Errorf(refused, code, fmt.Sprintf("%d is too few for its servers: raise DISCORD_SHARDS", a.shards))
	case closeInvalidVersion, closeInvalidIntents, closeDisallowedIntents:
		return fmt.Errorf(refused, code, "this version of the program is not what Discord wants any more: use a newer one")
	}
	return nil
}

// serve connects, and receives until the connection ends. up says that events
// were flowing.
func (g *gateway) serve(ctx context.Context) (up bool, err error) {
	by := time.Now().Add(g.adapter.connectWithin)
	conn, err := g.dial(ctx, by)
	if err != nil {
		return false, err
	}
	w := watch(ctx, conn)
	defer w.end()

	hello, err := w.read(by)
	if err != nil {
		return false, err
	}
	if err := hello.ends(); err != nil {
		return false, err
	}
	interval, err := hello.interval()
	if err != nil {
		return false, err
	}
	if g.id == "" {
		g.sequence = 0 // a new session counts anew
	}
	w.sequence.Store(g.sequence)
	if err := w.write(g.introduction()); err != nil {
		return false, err
	}
	w.beat(interval)
	for {
		if up {
			by = time.Now().Add(2*interval + writeTimeout) // heartbeats are answered
		}
		f, err := w.read(by)
		if err != nil {
			return up, err
		}
		g.adapter.pulse.turn(g.shard)
		now, err := g.receive(w, f)
		if err != nil {
			return up, err
		}
		if now && !up {
			up, g.resumes = true, 0
			g.adapter.up.Add(1)
			defer g.adapter.up.Add(-1)
		}
	}
}

// dial connects to where the session is resumed, or asks where the gateway is.
func (g *gateway) dial(ctx context.Context, by time.Time) (*websocket.Conn, error) {
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	where := struct {
		URL string `json:"url"`
	}{g.resumeURL}
	if target, err := url.Parse(where.URL); err != nil || g.secure && target.Scheme != "wss" {
		where.URL = "" // the token would go to it as it is
	}
	if where.URL == "" {
		if err := g.adapter.once(ctx, call{method: http.MethodGet, url: discordgo.EndpointGateway}, &where); err != nil {
			return nil, err
		}
	}
	target, err := url.Parse(where.URL)
	if err != nil || target.Scheme != "wss" && target.Scheme != "ws" || target.Host == "" {
		return nil, errForeign
	}
	g.secure = g.secure || target.Scheme == "wss"
	target = target.JoinPath("/")
	target.RawQuery = url.Values{"v": {discordgo.APIVersion}, "encoding": {"json"}}.Encode()
	forget := func() bool { return true }
	dialer := websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: callTimeout,
		// The library looks at ctx until there is a connection, and not while
		// it waits for the other side to answer.
		NetDialContext: func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(dialing, network, address)
			if err == nil {
				forget = context.AfterFunc(ctx, func() { _ = conn.Close() })
			}
			return conn, err
		},
	}
	conn, resp, err := dialer.DialContext(ctx, target.String(), http.Header{"User-Agent": {userAgent}})
	forget()
	if resp != nil {
		_ = resp.Body.Close() // holds no connection
	}
	return conn, err
}

// receive handles what the gateway sends after its hello. up says that events
// are flowing from now on.
func (g *gateway) receive(w *wire, f frame) (up bool, err error) {
	switch *f.Op {
	case opHeartbeat:
		return false, w.heartbeat()
	case opHeartbeatAck:
		w.answered.Store(true)
	case opDispatch:
		g.sequence = max(g.sequence, f.Sequence)
		w.sequence.Store(g.sequence)
		return g.dispatch(f)
	}
	return false, f.ends() // nil of a kind that is for others, or will be
}

// dispatch handles an event.
func (g *gateway) dispatch(f frame) (up bool, err error) {
	switch f.Type {
	case "READY":
		if g.id, g.resumeURL, err = f.session(); err != nil {
			return false, err
		}
		g.adapter.log.Debug("the gateway is ready")
	case "RESUMED":
		if g.id == "" {
			return false, errForeign // nothing was to be resumed
		}
		g.adapter.log.Info("the gateway connection is resumed")
	case "INTERACTION_CREATE":
		g.event(f.Data)
		return false, nil
	default:
		return false, nil
	}
	g.ready()
	return true, nil
}

// introduction resumes the session, or asks for one.
func (g *gateway) introduction() any {
	type data map[string]any
	if g.id != "" {
		g.resumes++
		return data{"op": opResume, "d": data{"token": g.adapter.token, "session_id": g.id, "seq": g.sequence}}
	}
	g.adapter.sessions.begin()
	return data{"op": opIdentify, "d": data{
		"token":      g.adapter.token,
		"intents":    discordgo.IntentsNone, // interactions need none
		"properties": data{"os": "linux", "browser": "kellybot", "device": "kellybot"},
		"shard":      [2]int{g.shard, g.adapter.shards},
	}}
}
