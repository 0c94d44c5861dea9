package bots

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// byHTTP2 runs a test with a client over NewTransport's and a server that speak
// HTTP/2, over connections that around may change on the client's side.
func byHTTP2(t *testing.T, serve http.HandlerFunc, around func(net.Conn) net.Conn, test func(t *testing.T, client *http.Client)) {
	synctest.Test(t, func(t *testing.T) {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		const vast = 1 << 30
		server := &http.Server{Protocols: protocols, Handler: serve, HTTP2: &http.HTTP2Config{MaxReceiveBufferPerConnection: vast, MaxReceiveBufferPerStream: vast}}
		knocked := make(door, 1)
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(knocked) })
		transport := NewTransport(MaxUploads)
		transport.Protocols = protocols
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			knocked <- theirs
			return around(ours), nil
		}
		test(t, &http.Client{Transport: transport})
		transport.CloseIdleConnections()
		close(knocked)
		serving.Wait()
		_ = server.Close()
		time.Sleep(time.Minute) // for what both do after an answer
	})
}

// A silent is a connection that may die without a word.
type silent struct {
	net.Conn
	dead *atomic.Bool
}

func (s silent) Write(p []byte) (int, error) {
	if s.dead.Load() {
		return len(p), nil
	}
	return s.Conn.Write(p)
}

func TestAConnectionThatDiedSilentlyIsNotKept(t *testing.T) {
	var dead []*atomic.Bool
	serve := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }
	around := func(conn net.Conn) net.Conn {
		s := silent{Conn: conn, dead: new(atomic.Bool)}
		dead = append(dead, s.dead)
		return s
	}
	byHTTP2(t, serve, around, func(t *testing.T, client *http.Client) {
		ask := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://a.invalid", nil)
			if err != nil {
				return err
			}
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			body, err := ReadAnswer(ctx, resp, 100)
			if string(body) != "HTTP/2.0" {
				t.Errorf("the answer is %q", body)
			}
			return err
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		dead[0].Store(true)
		began := time.Now()
		for ask() != nil {
			if time.Since(began) > 2*time.Minute {
				t.Error("it is used for ever")
				return
			}
		}
	})
}

// A heldBack is a connection on a line of 1 Mbit/s, of which the system holds
// back all that is sent.
type heldBack struct {
	net.Conn
	pieces chan []byte
	open   context.Context
	end    func()
}

func holdBack(conn net.Conn) net.Conn {
	h := heldBack{Conn: conn, pieces: make(chan []byte, systemHolds>>10)}
	h.open, h.end = context.WithCancel(context.Background())
	go func() {
		for h.open.Err() == nil {
			select {
			case piece := <-h.pieces:
				time.Sleep(time.Duration(len(piece)) * time.Second / slowLine)
				_, _ = conn.Write(piece)
			case <-h.open.Done():
			}
		}
	}()
	return h
}

func (h heldBack) Write(p []byte) (int, error) {
	if h.open.Err() != nil {
		return 0, net.ErrClosed
	}
	h.pieces <- bytes.Clone(p)
	return len(p), nil
}

func (h heldBack) Close() error {
	h.end()
	return h.Conn.Close()
}

func TestASlowLineIsNotTakenForADeadOne(t *testing.T) {
	const length = systemHolds
	serve := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(length * time.Second / slowLine) // as some say nothing of what they take
		if n, _ := io.Copy(io.Discard, r.Body); n < length {
			w.WriteHeader(http.StatusBadRequest)
		}
	}
	byHTTP2(t, serve, holdBack, func(t *testing.T, client *http.Client) {
		form := NewForm(Part{Name: "a", FileName: "a.png", Body: make([]byte, length)})
		resp, _, err := form.Do(t.Context(), client, http.MethodPost, "http://a.invalid", nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("the upload ended with %v", err)
		}
	})
}
