package playground

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// keySize is of the key that cookies are signed with, in bytes.
const keySize = 32

// A signer tells people by a cookie that holds their id and its signature:
// nothing is stored of somebody who only looks at the page.
type signer []byte

const (
	cookieName = "kellybot"
	cookieTime = 400 * 24 * time.Hour // the longest that browsers keep one
)

func (s signer) sign(what, id string) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(what + ":" + id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// value is the cookie of the id.
func (s signer) value(id string) string { return id + "." + s.sign("visitor", id) }

// id is whose cookie the value is; "" when it is nobody's.
func (s signer) id(value string) string {
	id, signature, _ := strings.Cut(value, ".")
	if !chatID.MatchString(id) || !hmac.Equal([]byte(signature), []byte(s.sign("visitor", id))) {
		return ""
	}
	return id
}

// token is what every request of theirs must carry that does something.
func (s signer) token(id string) string { return s.sign("csrf", id) }

// newID is the id of somebody new: 15 digits or a little less, so that nobody
// meets another and JavaScript can count so far.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return strconv.FormatUint(1+binary.BigEndian.Uint64(b[:])>>15, 10)
}

// visitor is who asks, and has signed in where there is a password; "" when
// nothing tells. A session has one visitor, so that the limits of one hold
// whatever other cookies say.
func (a *Adapter) visitor(r *http.Request) string {
	if a.door != nil {
		return a.door.who(r, time.Now())
	}
	return a.guest(r)
}

// guest is who was here before with this browser; "" when nothing tells.
func (a *Adapter) guest(r *http.Request) string {
	for _, cookie := range r.CookiesNamed(cookieName) {
		if id := a.cookies.id(cookie.Value); id != "" {
			return id
		}
	}
	return ""
}

// welcome returns who asks, and gives somebody new an id.
func (a *Adapter) welcome(w http.ResponseWriter, r *http.Request) string {
	id := cmp.Or(a.visitor(r), a.guest(r))
	if id == "" {
		id = newID()
	}
	http.SetCookie(w, newCookie(r, cookieName, a.cookies.value(id), cookieTime))
	return id
}

// newCookie is kept for so long, and deleted when that is negative. Only a
// browser on this machine gets it without TLS.
func newCookie(r *http.Request, name, value string, keep time.Duration) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // G124 takes what is decided here for missing
		Name: name, Value: value, Path: "/", MaxAge: int(keep.Seconds()),
		Secure: !local(r), HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}
