package playground

import (
	"crypto/hmac"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kellybot/commands"
)

// page is what browsers get as it is.
//
//go:embed page
var page embed.FS

// policy lets the page use what this server gives it, and nothing else in the
// world: https://www.w3.org/TR/CSP3/.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// csrfHeader carries what shows that the page itself asks.
const csrfHeader = "X-Csrf-Token"

func (a *Adapter) routes() http.Handler {
	mux := http.NewServeMux()
	static, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // it is embedded
	}
	mux.Handle("GET /page/", http.StripPrefix("/page", http.FileServerFS(static)))
	mux.HandleFunc("GET /{$}", a.index)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.Handle("GET /api/hello", a.own(a.hello))
	mux.Handle("GET /api/events", a.own(a.events))
	mux.Handle("GET /api/complete", a.own(a.complete))
	mux.Handle("GET /files/{file}/{name}", a.own(a.file))
	mux.Handle("POST /api/say", a.asking(a.say))
	mux.Handle("POST /api/press", a.asking(a.press))
	mux.Handle("POST /api/fill", a.asking(a.fill))
	mux.Handle("POST /api/dismiss", a.asking(a.dismiss))
	mux.Handle("POST /api/clear", a.asking(a.clear))
	return a.guarded(http.NewCrossOriginProtection().Handler(mux))
}

// guarded sets the headers that go with everything, and refuses whoever is not
// on this machine where there is no password.
func (a *Adapter) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Content-Security-Policy":      policy,
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Referrer-Policy":              "no-referrer",
			"X-Content-Type-Options":       "nosniff",
			"Cache-Control":                "no-store",
		} {
			w.Header().Set(name, value)
		}
		if a.door == nil && !unproxied(r) {
			decline(w, http.StatusForbidden, "This page is only for browsers on the machine where it runs: to open it to others, set PLAYGROUND_PASSWORD.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// decline says in a sentence why not.
func decline(w http.ResponseWriter, code int, sentence string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": sentence}) // who has left hears nothing
}

// fail says why a request failed, as the bot says it everywhere.
func fail(w http.ResponseWriter, r *http.Request, code int, err error) {
	decline(w, code, commands.Explain(err).In(locale(r)).String())
}

// failFor says that there is too much to do, for so long.
func failFor(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	fail(w, r, http.StatusTooManyRequests, commands.ErrBusy)
}

// tell answers with JSON.
func tell(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // who has left hears nothing
}

// locale is the language that the browser asks for first, a BCP 47 tag, or "".
func locale(r *http.Request) string {
	tag, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	tag, _, _ = strings.Cut(tag, ";")
	if len(tag) > maxTag {
		return ""
	}
	return strings.TrimSpace(tag)
}

// maxTag is the longest language tag that is looked at, in bytes.
const maxTag = 35

// A handler answers a request of the visitor.
type handler func(w http.ResponseWriter, r *http.Request, visitor string)

// own lets in who has a chat here.
func (a *Adapter) own(next handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor := a.visitor(r)
		if visitor == "" {
			decline(w, http.StatusUnauthorized, "Your session is over: please load this page anew.")
			return
		}
		next(w, r, visitor)
	})
}

// asking is own for what does something: it is of the page itself, and not too
// often.
func (a *Adapter) asking(next handler) http.Handler {
	return a.own(func(w http.ResponseWriter, r *http.Request, visitor string) {
		if !hmac.Equal([]byte(r.Header.Get(csrfHeader)), []byte(a.cookies.token(visitor))) {
			decline(w, http.StatusForbidden, "Your session is over: please load this page anew.")
			return
		}
		if wait := a.posts.take(visitor, time.Now()); wait > 0 {
			failFor(w, r, wait)
			return
		}
		next(w, r, visitor)
	})
}

// admit reports whether the visitor has a chat, or may begin one; it has
// answered when not.
func (a *Adapter) admit(w http.ResponseWriter, r *http.Request, visitor string) bool {
	if a.store.has(visitor) {
		return true
	}
	now := time.Now()
	if wait := a.chats.take("", now); wait > 0 {
		failFor(w, r, wait)
		return false
	}
	switch err := a.store.makeRoom(now); {
	case errors.Is(err, errFull):
		sentence := commands.Say("There are as many chats as this page keeps: please try again tomorrow.")
		decline(w, http.StatusInsufficientStorage, sentence.In(locale(r)).String())
		return false
	case err != nil:
		a.fault(w, r, "making room for a chat", err)
		return false
	}
	return true
}

// index is the page.
func (a *Adapter) index(w http.ResponseWriter, r *http.Request) {
	if a.door != nil && a.visitor(r) == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	a.welcome(w, r)
	http.ServeFileFS(w, r, page, "page/chat.html")
}

// clear removes all that was said in the visitor's chat.
func (a *Adapter) clear(w http.ResponseWriter, r *http.Request, visitor string) {
	if err := a.store.clear(visitor); err != nil {
		a.fault(w, r, "clearing a chat", err)
		return
	}
	tell(w, struct{}{})
}

// fault answers for what went wrong here, and logs it.
func (a *Adapter) fault(w http.ResponseWriter, r *http.Request, doing string, err error) {
	a.log.Error("a request of the page failed", "doing", doing, "cause", err)
	fail(w, r, http.StatusInternalServerError, err)
}
