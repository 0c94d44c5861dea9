package telegramtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// A Fault answers a call in place of next, which is the server as it should
// be; it may call next all the same.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Break makes each of the faults meet one call of the method, in order, after
// those that are still to come. A download's method is its path, such as
// "files/fox".
func (s *Server) Break(method string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], faults...)
}

func (s *Server) nextFault(method string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.faults[method]
	if len(waiting) == 0 {
		return nil
	}
	s.faults[method] = waiting[1:]
	return waiting[0]
}

// Pass is no fault: the call that it meets is served.
func Pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

// Refuse answers with an error of the Bot API. parameters may be nil.
func Refuse(code int, description string, parameters map[string]any) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r)
		body := map[string]any{"ok": false, "error_code": code, "description": description}
		if parameters != nil {
			body["parameters"] = parameters
		}
		write(w, code, body)
	}
}

// Flood answers that there were too many requests, and when to come again.
func Flood(seconds int) Fault {
	return Refuse(429, "Too Many Requests: retry later", map[string]any{"retry_after": seconds})
}

// FloodPage is Flood by a proxy, which says when to come again in the header.
func FloodPage(seconds int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		Page(http.StatusTooManyRequests)(w, r, next)
	}
}

// Page answers with a page of HTML, as proxies do.
func Page(status int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html><body><h1>" + http.StatusText(status) + "</h1></body></html>"))
	}
}

// Body answers with status 200 and the body as it is.
func Body(body string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r)
		_, _ = w.Write([]byte(body))
	}
}

// Reset breaks the connection before anything is done.
func Reset(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// Cut breaks the connection in the middle of the request's body, of which it
// reads a single byte.
func Cut(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.ReadFull(r.Body, make([]byte, 1))
	panic(http.ErrAbortHandler)
}

// CutLarge cuts a call whose body is longer than that many bytes, as those do
// that find it too large and do not wait to say so, and serves any other.
func CutLarge(bytes int64) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.ContentLength > bytes {
			Cut(w, r, next)
		}
		next.ServeHTTP(w, r)
	}
}

// Garble sends back raw, with the address that was asked for, which holds the
// token, in place of each %s, and breaks the connection.
func Garble(raw string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err) // the server speaks HTTP/1.1
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, strings.ReplaceAll(raw, "%s", r.RequestURI))
	}
}

// LoseAnswer does what is asked and breaks the connection instead of
// answering.
func LoseAnswer(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// Redirect sends the caller elsewhere, with the body of a success.
func Redirect(to string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Location", to)
		write(w, http.StatusTemporaryRedirect, map[string]any{"ok": true, "result": map[string]any{}})
	}
}

// Stall tells reached of the call, and leaves it unanswered until the caller
// gives up.
func Stall(reached chan<- struct{}) Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		drain(r) // a caller's end shows only after that
		reached <- struct{}{}
		<-r.Context().Done()
	}
}

// Hold tells reached of the call, and serves it when release is closed.
func Hold(reached chan<- struct{}, release <-chan struct{}) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		reached <- struct{}{}
		<-release
		next.ServeHTTP(w, r)
	}
}

// drain reads the request to its end: an answer before that may get lost.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
