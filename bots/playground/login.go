package playground

import (
	"crypto/hmac"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"time"
)

var loginPage = template.Must(template.ParseFS(page, "page/login.html"))

// login asks for the password.
func (a *Adapter) login(w http.ResponseWriter, r *http.Request) {
	if a.door == nil || r.Method == http.MethodGet && a.visitor(r) != "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	if r.Method == http.MethodGet {
		a.askPassword(w, r, http.StatusOK, "")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	visitor := a.guest(r)
	if visitor == "" {
		a.askPassword(w, r, http.StatusForbidden, "Your browser did not keep this page's cookie: allow cookies, and open the page by https:// where it is not on this machine.")
		return
	}
	if !hmac.Equal([]byte(r.PostFormValue("token")), []byte(a.cookies.token(visitor))) {
		a.askPassword(w, r, http.StatusForbidden, "This form was too old: please try again.")
		return
	}
	right, wait := a.door.open(r.PostFormValue("password"), origin(r), time.Now())
	switch {
	case wait > 0:
		seconds := int(math.Ceil(wait.Seconds()))
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
		a.askPassword(w, r, http.StatusTooManyRequests, fmt.Sprintf("There were too many attempts: please wait %d s, and try again.", seconds))
	case !right:
		a.askPassword(w, r, http.StatusForbidden, "That is not the password: please try again.")
	default:
		http.SetCookie(w, newCookie(r, sessionName, a.door.session(visitor, time.Now()), sessionTime))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (a *Adapter) askPassword(w http.ResponseWriter, r *http.Request, code int, fault string) {
	token := a.cookies.token(a.welcome(w, r))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_ = loginPage.Execute(w, struct{ Token, Fault string }{token, fault}) // who has left sees nothing
}

// logout ends the session. The chat stays.
func (a *Adapter) logout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if visitor := a.visitor(r); a.door != nil && visitor != "" && hmac.Equal([]byte(r.PostFormValue("token")), []byte(a.cookies.token(visitor))) {
		if err := a.door.leave(r, time.Now()); err != nil {
			a.fault(w, r, "signing out", err)
			return
		}
		a.store.nudge(visitor) // for the streams to end
		http.SetCookie(w, newCookie(r, sessionName, "", -time.Second))
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
