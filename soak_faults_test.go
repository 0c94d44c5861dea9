//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"kellybot/bots/telegram/telegramtest"
	"kellybot/kelly/kellytest"
)

// faultShare is the share of calls, to each service, that meet a fault.
const faultShare = 0.05

// A mischief picks the calls that meet a fault, and deals the kinds of faults
// in turn, so that each kind happens.
type mischief struct {
	mu    sync.Mutex
	luck  *rand.Rand
	calls map[string]int            // by service
	hits  map[string]map[string]int // by service and kind
	over  bool
}

func newMischief() *mischief {
	return &mischief{luck: rand.New(rand.NewPCG(1, 2)), calls: map[string]int{}, hits: map[string]map[string]int{}}
}

// pick returns the kind of the fault that a call of the service meets, or "".
func (m *mischief) pick(service string, kinds []string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[service]++
	if m.over || m.luck.Float64() >= faultShare {
		return ""
	}
	if m.hits[service] == nil {
		m.hits[service] = map[string]int{}
	}
	n := 0
	for _, hits := range m.hits[service] {
		n += hits
	}
	kind := kinds[n%len(kinds)]
	m.hits[service][kind]++
	return kind
}

// count is how often some kinds of a service's faults happened.
func (m *mischief) count(service string, kinds ...string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, kind := range kinds {
		n += m.hits[service][kind]
	}
	return n
}

func (m *mischief) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
}

// String says what happened, a line a service.
func (m *mischief) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var said strings.Builder
	for _, service := range slices.Sorted(maps.Keys(m.hits)) {
		n := 0
		for _, hits := range m.hits[service] {
			n += hits
		}
		fmt.Fprintf(&said, "\n%s: %d of %d: %v", service, n, m.calls[service], m.hits[service])
	}
	return said.String()
}

// kellyFaults are Kelly's. Those of kellySpoils may end a request with words:
// the service has answered, and it would answer the same again, or it has
// taken too long several times.
var (
	kellyFaults = map[string]kellytest.Fault{
		"429":               kellytest.TooMany(""),
		"429, Retry-After":  kellytest.TooMany("1"),
		"500":               kellytest.Away(http.StatusInternalServerError),
		"502, HTML":         kellytest.Away(http.StatusBadGateway),
		"503, HTML":         kellytest.Away(http.StatusServiceUnavailable),
		"reset":             kellytest.Reset,
		"cut in the body":   kellytest.CloseMidBody,
		"slow":              kellytest.Drip(time.Millisecond),
		"hangs":             kellytest.Hang,
		"hangs in the body": kellytest.HangMidBody,
		"200, HTML":         kellytest.HTML,
		"no JSON":           kellytest.NotJSON,
		"half the JSON":     kellytest.TruncatedJSON,
		"no base64":         kellytest.BadBase64,
		"no picture":        kellytest.NotAPicture,
		"refused":           kellytest.Detail(http.StatusBadRequest, "not today"),
	}
	kellySpoils = []string{"200, HTML", "no JSON", "half the JSON", "no base64", "no picture", "refused", "hangs", "hangs in the body"}
)

// spoilKelly lets Kelly's faults happen.
func (m *mischief) spoilKelly(server *kellytest.Server) {
	kinds := sortedKinds(kellyFaults)
	server.Always(func(w http.ResponseWriter, r *kellytest.Request) {
		if kind := m.pick("Kelly", kinds); kind != "" {
			kellyFaults[kind](w, r)
			return
		}
		status, header, body := r.Answer()
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		w.Write(body)
	})
}

// lost is the fault in which a call is carried out and its answer lost.
const lost = "answer lost"

// platformFaults are those that both platforms have; serve answers the call as
// it should be.
var platformFaults = map[string]func(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter)){
	"429, header": func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		w.Header().Set("Retry-After", "1")
		page(w, http.StatusTooManyRequests)
	},
	"500, HTML": func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		page(w, http.StatusInternalServerError)
	},
	"502, HTML": func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		page(w, http.StatusBadGateway)
	},
	"503, empty": func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		w.WriteHeader(http.StatusServiceUnavailable)
	},
	"cut before the body": func(http.ResponseWriter, *http.Request, func(http.ResponseWriter)) {
		panic(http.ErrAbortHandler)
	},
	"cut after the body": func(_ http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	},
	"garbage": func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		_, _ = io.Copy(io.Discard, r.Body)
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_, _ = io.WriteString(conn, "no HTTP at all\r\n\r\n")
			_ = conn.Close()
		}
	},
	lost: func(_ http.ResponseWriter, _ *http.Request, serve func(http.ResponseWriter)) {
		serve(httptest.NewRecorder())
		panic(http.ErrAbortHandler)
	},
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<html><body><h1>"+http.StatusText(status)+"</h1></body></html>")
}

// served marks a request of which the server is to answer without a fault.
type served struct{}

// spoilDiscord lets the faults of Discord's REST API happen.
func (m *mischief) spoilDiscord(w *world) {
	limited := func(global bool) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			if global {
				w.Header().Set("X-RateLimit-Global", "true")
			}
			w.WriteHeader(http.StatusTooManyRequests)
			if global {
				_, _ = io.WriteString(w, `{"message":"You are being rate limited.","retry_after":0.4,"global":true}`)
				return
			}
			_, _ = io.WriteString(w, `{"message":"You are being rate limited.","retry_after":0.2,"global":false}`)
		}
	}
	own := map[string]func(http.ResponseWriter){"429, body": limited(false), "429, global": limited(true)}
	kinds := slices.Concat(sortedKinds(platformFaults), sortedKinds(own))
	w.discord.SetFault(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.Context().Value(served{}) != nil {
			return false
		}
		kind := m.pick("Discord", kinds)
		switch {
		case kind == "":
			return false
		case own[kind] != nil:
			own[kind](rw)
		default:
			platformFaults[kind](rw, r, func(rw http.ResponseWriter) {
				w.discord.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), served{}, true)))
			})
		}
		return true
	})
}

// spoilTelegram lets the faults of the Bot API happen, to so many calls of
// each method at most.
func (m *mischief) spoilTelegram(w *world, calls int) {
	for _, method := range []string{"getUpdates", "sendPhoto", "sendMessage", "sendChatAction", "editMessageText", "deleteMessage"} {
		own := map[string]telegramtest.Fault{
			"429, body": telegramtest.Flood(1),
			"500":       telegramtest.Refuse(http.StatusInternalServerError, "Internal Server Error", nil),
		}
		if method == "getUpdates" {
			own["409"] = telegramtest.Refuse(http.StatusConflict, "Conflict: terminated by other getUpdates request", nil)
		}
		kinds := slices.Concat(sortedKinds(platformFaults), sortedKinds(own))
		chance := func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
			kind := m.pick("Telegram "+method, kinds)
			switch {
			case kind == "":
				next.ServeHTTP(rw, r)
			case own[kind] != nil:
				own[kind](rw, r, next)
			default:
				platformFaults[kind](rw, r, func(rw http.ResponseWriter) { next.ServeHTTP(rw, r) })
			}
		}
		w.telegram.Break(method, slices.Repeat([]telegramtest.Fault{chance}, calls)...)
	}
}

// sortedKinds are the names of the faults.
func sortedKinds[F any](faults map[string]F) []string {
	return slices.Sorted(maps.Keys(faults))
}
