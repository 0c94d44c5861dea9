package discord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"kellybot/bots"
)

// errStuck is a connection that could not be set up in time.
var errStuck = errors.New("the gateway does not get ready in time")

// connect keeps a gateway connection until ctx ends, or the gateway says that
// it must not be tried again. Each interaction's data goes to event.
//
// discordgo resumes and identifies; when to do it again is decided here: its
// own reconnecting never stops, not even when the token is refused.
func (a *Adapter) connect(ctx context.Context, event func(raw []byte), ready func()) error {
	s := a.session(event, ready)
	defer func() { s.kill() }()
	failures := 0
	for {
		started := time.Now()
		err := s.serve(ctx)
		if ctx.Err() != nil {
			return nil
		}
		closed, told := errors.AsType[*websocket.CloseError](err)
		switch {
		case err == nil:
			a.log.Info("the gateway connection is lost and is resumed")
		case told && fatal(closed.Code) != nil:
			return fatal(closed.Code)
		default:
			a.log.Warn("the gateway cannot be reached and is tried again", "cause", plainly(err))
		}
		if told && closed.Code >= closeByDiscord || errors.Is(err, errStuck) {
			// What it would resume is not there any more, or it is stuck for good.
			s.kill()
			s = a.session(event, ready)
		}
		if time.Since(started) > steady {
			failures = 0
		}
		failures++
		if !bots.Sleep(ctx, bots.Pause(failures)) {
			return nil
		}
	}
}

// fatal says why the gateway must not be tried again after a close code, or
// returns nil.
func fatal(code int) error {
	switch code {
	case closeToken:
		return fmt.Errorf("%w: the gateway closed with code %d", bots.ErrToken, code)
	case closeInvalidShard, closeShardingRequired, closeInvalidVersion, closeInvalidIntents, closeDisallowedIntents:
		return fmt.Errorf("Discord's gateway refuses the bot for good, with close code %d", code)
	}
	return nil
}

// A session is a discordgo session that can be ended whatever it is doing.
type session struct {
	*discordgo.Session
	within time.Duration   // for connecting
	lost   chan struct{}   // has an element when the connection has ended
	alive  context.Context // of its connections
	kill   context.CancelFunc
}

func (a *Adapter) session(event func(raw []byte), ready func()) *session {
	inner, _ := discordgo.New(a.token) // has nothing that can fail
	s := &session{Session: inner, within: a.connectWithin, lost: make(chan struct{}, 1)}
	s.alive, s.kill = context.WithCancel(context.Background())

	inner.Identify.Intents = discordgo.IntentsNone // slash commands need none
	inner.StateEnabled = false
	inner.SyncEvents = true // the handlers below never wait
	inner.ShouldReconnectOnError = false
	inner.ShouldReconnectVoiceOnSessionError = false
	inner.ShouldRetryOnRateLimit = false
	inner.MaxRestRetries = 0
	inner.LogLevel = discordgo.LogError - 1 // its lines may hold tokens
	inner.Client = &http.Client{Transport: gatewayLookup{s.alive, a.client.Transport}, Timeout: callTimeout}
	inner.Dialer = &websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: callTimeout,
		NetDialContext:   s.dial,
	}

	inner.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		// Raw, as discordgo's own type leaves out fields.
		if e.Type == "INTERACTION_CREATE" && s.alive.Err() == nil {
			event(e.RawData)
		}
	})
	inner.AddHandler(func(*discordgo.Session, *discordgo.Ready) {
		a.log.Debug("the gateway is ready")
		ready()
	})
	inner.AddHandler(func(*discordgo.Session, *discordgo.Resumed) {
		a.log.Info("the gateway connection is resumed")
	})
	inner.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case s.lost <- struct{}{}:
		default:
		}
	})
	return s
}

// serve connects, and returns nil when the connection has ended or ctx has.
func (s *session) serve(ctx context.Context) error {
	if err := s.open(ctx); err != nil && !errors.Is(err, discordgo.ErrWSAlreadyOpen) {
		return err
	}
	select {
	case <-s.lost:
	case <-ctx.Done():
		_ = s.Close() // says goodbye; nothing is to be done when it cannot
	}
	return nil
}

// open is Open that ends. When the gateway answers an identification by asking
// for a new connection, discordgo waits for a lock of its own for ever: that
// goroutine stays behind, and the session is of no use any more.
func (s *session) open(ctx context.Context) error {
	opened := make(chan error, 1)
	go func() { opened <- s.Open() }()
	wait, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	select {
	case err := <-opened:
		return err
	case <-wait.Done():
	}
	s.kill()
	select {
	case err := <-opened:
		return errors.Join(errStuck, err)
	case <-time.After(abortWithin):
		return errStuck
	}
}

// dial connects for as long as the session lives.
func (s *session) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.alive, cancel)()
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &watchedConn{Conn: conn, forget: context.AfterFunc(s.alive, func() { _ = conn.Close() })}, nil
}

// A watchedConn fails when the other side is silent for too long, or takes
// nothing; discordgo sets no deadlines.
type watchedConn struct {
	net.Conn
	forget func() bool
}

func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(idleConnection)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *watchedConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *watchedConn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// A gatewayLookup is the transport for the one REST call that discordgo makes
// itself, the question where the gateway is. The call ends with the session.
// Only a success comes back, within the limit on what is read: discordgo would
// put the whole of any other answer into its error.
type gatewayLookup struct {
	alive context.Context
	next  http.RoundTripper
}

func (g gatewayLookup) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	defer context.AfterFunc(g.alive, cancel)()
	resp, err := g.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &apiError{Status: resp.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
