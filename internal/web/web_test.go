package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A place is a server that runs.
type place struct {
	t       testing.TB
	address string
	end     context.CancelFunc
	ended   chan error
	log     *lines
}

// lines is a log that may be written by many.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func serve(t testing.TB, handler http.HandlerFunc) *place {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	p := &place{t, listener.Addr().String(), end, make(chan error, 1), new(lines)}
	go func() { p.ended <- Serve(ctx, listener, handler, slog.New(slog.NewTextHandler(p.log, nil))) }()
	t.Cleanup(func() {
		end()
		p.ends()
	})
	return p
}

// ends waits for the end of the server.
func (p *place) ends() {
	p.t.Helper()
	err := <-p.ended
	p.ended <- nil
	if err != nil {
		p.t.Errorf("it ended with %v", err)
	}
}

func (p *place) dial() net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	return conn
}

func (p *place) get() (string, error) {
	response, err := http.Get("http://" + p.address + "/")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func TestAStreamEndsWithTheServer(t *testing.T) {
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
		fmt.Fprintln(w, "last")
	})
	response, err := http.Get("http://" + p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body := bufio.NewReader(response.Body)
	if line, err := body.ReadString('\n'); line != "first\n" || err != nil {
		t.Fatalf("read %q, %v", line, err)
	}
	p.end()
	if rest, err := io.ReadAll(body); string(rest) != "last\n" || err != nil {
		t.Errorf("read %q, %v", rest, err)
	}
	p.ends()
	if _, err := p.get(); err == nil {
		t.Error("it still answers")
	}
}

func TestAPanicCostsItsConnectionAloneAndQuotesNothing(t *testing.T) {
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if secret := r.Header.Get("Secret"); secret != "" {
			panic(errors.New(secret))
		}
		fmt.Fprint(w, "well")
	})
	request, err := http.NewRequest(http.MethodGet, "http://"+p.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Secret", "hunter2")
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Errorf("a panic was answered with %s", response.Status)
	}
	if body, err := p.get(); body != "well" || err != nil {
		t.Errorf("the next one reads %q, %v", body, err)
	}
	p.end()
	p.ends()
	if log := p.log.String(); strings.Contains(log, "hunter2") || strings.Count(log, "panicked") != 1 || !strings.Contains(log, "web_test.go") {
		t.Errorf("the log says:\n%s", log)
	}
}

func TestAHeaderWithoutEndIsRefused(t *testing.T) {
	p := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was answered") })
	conn := p.dial()
	go func() { // until it is refused
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n")
		for err := error(nil); err == nil; {
			_, err = fmt.Fprintf(conn, "X: %s\r\n", strings.Repeat("x", 1000))
		}
	}()
	if line, err := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, "431") {
		t.Errorf("it is answered with %q, %v", line, err)
	}
}

// A listener whose connections are pipes, so that time is the test's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipes) Addr() net.Addr { return new(net.TCPAddr) }

func (l *pipes) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

func TestWhoSendsNothingIsCutOff(t *testing.T) {
	for name, sent := range map[string]string{
		"nothing at all":    "",
		"half a header":     "GET / HTTP/1.1\r\nHost: x",
		"half of a body":    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf",
		"nothing after one": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) { cutOff(t, sent) })
	}
}
