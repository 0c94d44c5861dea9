package bots

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A taker is a transport that takes so many bytes of a body in a piece a
// second, and then does nothing but wait.
type taker struct{ pieces, size int }

func (k taker) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	for range k.pieces {
		if _, err := io.CopyN(io.Discard, req.Body, int64(k.size)); err != nil {
			break
		}
		if !Sleep(req.Context(), time.Second) {
			break
		}
	}
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestAnUploadIsGivenUpWhenItMovesNoMoreAndNotBefore(t *testing.T) {
	const length = 10 << 20
	for name, c := range map[string]struct {
		taker
		least, most time.Duration
		stalls      bool
	}{
		"from the beginning": {taker{0, 0}, 30 * time.Second, 30 * time.Second, true},
		"after the first bytes, of which the system may hold all": {taker{1, 32 << 10}, 30 * time.Second, 33 * time.Second, true},
		"in the middle, when the system's buffer is full":         {taker{50, 100 << 10}, 140 * time.Second, 3 * time.Minute, true},
		"without an answer":                         {taker{11, 1 << 20}, 4 * time.Minute, 6 * time.Minute, true},
		"though it always moves, since others wait": {taker{1 << 20, 1 << 10}, UploadTime(length) - time.Second, UploadTime(length) + time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				form := NewForm(Part{Name: "a", FileName: "a.png", Body: make([]byte, length)})
				_, _, err := form.Do(t.Context(), &http.Client{Transport: c.taker}, http.MethodPost, "http://a.invalid", nil)
				took := time.Since(began).Truncate(time.Second)
				if err == nil || errors.Is(err, ErrStalled) != c.stalls || took < c.least || took > c.most {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// A ledger is a writer that notes what an upload was seen to have moved before
// each write, which takes a while.
type ledger struct {
	progress *progress
	takes    time.Duration
	seen     []int64
}

func (l *ledger) Write(p []byte) (int, error) {
	l.seen = append(l.seen, l.progress.moved)
	time.Sleep(l.takes)
	return len(p), nil
}

func TestAFormThatIsWrittenFromItsBuffersIsSeenToMove(t *testing.T) {
	const length = 10 << 20
	for takes, piece := range map[time.Duration]int64{0: maxPiece, time.Second: minPiece} {
		synctest.Test(t, func(t *testing.T) {
			_, progress := watchUpload(t.Context(), length)
			defer progress.end()
			body := &formBody{net.Buffers{make([]byte, 3), make([]byte, length-5), make([]byte, 2)}, progress, func() {}}
			l := &ledger{progress: progress, takes: takes}
			n, err := body.WriteTo(l)
			if err != nil || n != length || progress.moved != length {
				t.Errorf("%d bytes written, %d seen: %v", n, progress.moved, err)
			}
			var largest int64
			for i := range l.seen[1:] {
				largest = max(largest, l.seen[i+1]-l.seen[i])
			}
			if largest != piece {
				t.Errorf("where a write takes %v, a piece has up to %d bytes", takes, largest)
			}
		})
	}
}

// A door is a listener on which pipes come in.
type door chan net.Conn

func (d door) Accept() (net.Conn, error) {
	if conn, ok := <-d; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (d door) Close() error   { return nil }
func (d door) Addr() net.Addr { return &net.TCPAddr{} }

func TestNoAnswerOutlivesItsContext(t *testing.T) {
	for _, version := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				protocols := new(http.Protocols)
				protocols.SetHTTP1(version == "HTTP/1.1")
				protocols.SetUnencryptedHTTP2(version == "HTTP/2.0")
				knocked := make(door, 1)
				ended := make(chan struct{})
				server := &http.Server{Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Proto != version {
						t.Errorf("it is %s", r.Proto)
					}
					_, _ = io.WriteString(w, "{}")
					_ = http.NewResponseController(w).Flush()
					<-ended
				})}
				var serving sync.WaitGroup
				serving.Go(func() { _ = server.Serve(knocked) })
				transport := &http.Transport{Protocols: protocols, DialContext: func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					knocked <- theirs
					return ours, nil
				}}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				began := time.Now()
				_, _, err := NewForm(Part{Name: "a", FileName: "a.png", Body: make([]byte, 8<<20)}).Do(ctx, &http.Client{Transport: transport}, http.MethodPost, "http://a.invalid", nil)
				if took := time.Since(began); err == nil || took != 2*time.Second {
					t.Errorf("after %v: %v", took, err)
				}
				close(ended)
				transport.CloseIdleConnections()
				close(knocked)
				serving.Wait()
				_ = server.Close()
				time.Sleep(time.Second) // for what the server does after an answer
			})
		})
	}
}

// patienceInTests bounds the wait for what must happen.
const patienceInTests = 30 * time.Second

func TestAnAnswerThatWouldMakeTheConnectionAnotherIsReadNoFurther(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn) // until the other side closes it
	}()
	ctx, cancel := context.WithTimeout(t.Context(), patienceInTests)
	defer cancel()
	resp, body, err := NewForm(Part{Name: "a", Body: []byte("b")}).Do(ctx, &http.Client{}, http.MethodPost, "http://"+listener.Addr().String(), nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || len(body) != 0 || ctx.Err() != nil {
		t.Errorf("%v, %q, %v", resp, body, err)
	}
}

func TestAnUploadThatIsCutIsToldFromOneThatIsNot(t *testing.T) {
	hangUp := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1)
		panic(http.ErrAbortHandler)
	})
	server := httptest.NewServer(hangUp)
	defer server.Close()
	away := httptest.NewServer(hangUp)
	away.Close()
	for name, c := range map[string]struct {
		url    string
		length int
		cut    bool
	}{
		"in the middle of a long one":      {server.URL, 9 << 20, true},
		"of a length that everybody takes": {server.URL, TakenByAll / 2, false},
		"before it began":                  {away.URL, 9 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			form := NewForm(Part{Name: "a", FileName: "a.png", Body: make([]byte, c.length)})
			_, _, err := form.Do(t.Context(), &http.Client{Transport: NewTransport(1)}, http.MethodPost, c.url, nil)
			if err == nil || errors.Is(err, ErrCut) != c.cut {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
