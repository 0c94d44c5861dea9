package discord

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"kellybot/bots"
)

// A frame is a message of the gateway.
type frame struct {
	Op       *int            `json:"op"` // never nil
	Data     json.RawMessage `json:"d"`
	Sequence int64           `json:"s"`
	Type     string          `json:"t"`
}

// ends returns why the frame ends the connection, or nil.
func (f frame) ends() error {
	switch {
	case *f.Op == opReconnect, *f.Op == opInvalidSession && string(f.Data) == "true":
		return errReconnect
	case *f.Op == opInvalidSession:
		return errSession
	}
	return nil
}

// interval is how often a hello asks for heartbeats.
func (f frame) interval() (time.Duration, error) {
	var hello struct {
		Interval int64 `json:"heartbeat_interval"` // milliseconds
	}
	if *f.Op != opHello || json.Unmarshal(f.Data, &hello) != nil ||
		hello.Interval < minHeartbeat.Milliseconds() || hello.Interval > maxHeartbeat.Milliseconds() {
		return 0, errForeign
	}
	return time.Duration(hello.Interval) * time.Millisecond, nil
}

// session is the id that a READY names, and the address where the session is
// resumed, "" when it names none.
func (f frame) session() (id, resumeURL string, err error) {
	var ready struct {
		ID        string `json:"session_id"`
		ResumeURL string `json:"resume_gateway_url"`
	}
	if json.Unmarshal(f.Data, &ready) != nil || ready.ID == "" {
		return "", "", errForeign
	}
	return ready.ID, ready.ResumeURL, nil
}

// A wire is one connection to the gateway.
type wire struct {
	conn   *websocket.Conn
	alive  context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	writing  sync.Mutex
	sequence atomic.Int64 // of the latest event; 0 when there is none
	answered atomic.Bool  // the latest heartbeat is
}

// watch takes over conn until end, or until ctx ends. In the latter case the
// gateway is told that the bot leaves, in the former the session lives on.
func watch(ctx context.Context, conn *websocket.Conn) *wire {
	w := &wire{conn: conn}
	w.alive, w.cancel = context.WithCancel(ctx)
	conn.SetReadLimit(maxFrame)
	w.tasks.Go(func() {
		<-w.alive.Done()
		code := websocket.CloseServiceRestart
		if ctx.Err() != nil {
			code = websocket.CloseNormalClosure
		}
		// Nothing is to be done when it cannot be said.
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(goodbye))
		_ = conn.Close()
	})
	return w
}

// end closes the connection, and waits for what has used it.
func (w *wire) end() {
	w.cancel()
	w.tasks.Wait()
}

// read returns the next frame, which must come by then.
func (w *wire) read(by time.Time) (frame, error) {
	_ = w.conn.SetReadDeadline(by) // fails on a closed connection, as the next does
	_, raw, err := w.conn.ReadMessage()
	if fault, ok := errors.AsType[net.Error](err); ok && fault.Timeout() {
		return frame{}, errStuck
	}
	if err != nil {
		return frame{}, err
	}
	var f frame
	if json.Unmarshal(raw, &f) != nil || f.Op == nil {
		return frame{}, errForeign
	}
	return f, nil
}

func (w *wire) write(v any) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // cannot fail
	return w.conn.WriteJSON(v)
}

// heartbeat tells the gateway how far its events have come.
func (w *wire) heartbeat() error {
	beat := struct {
		Op       int    `json:"op"`
		Sequence *int64 `json:"d"`
	}{Op: opHeartbeat}
	if n := w.sequence.Load(); n > 0 {
		beat.Sequence = &n
	}
	return w.write(beat)
}

// beat sends heartbeats, and ends the connection when one is not answered
// before the next. The first comes early by a random part of the interval, as
// the documentation asks for.
func (w *wire) beat(interval time.Duration) {
	w.answered.Store(true)
	w.tasks.Go(func() {
		for pause := rand.N(interval); bots.Sleep(w.alive, pause); pause = interval {
			if !w.answered.Swap(false) || w.heartbeat() != nil {
				w.cancel()
				return
			}
		}
	})
}
