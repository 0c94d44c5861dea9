package playground

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A door lets those in who know the password. A session is a cookie that holds
// who it is of and its end, signed with the key and the password: it outlives
// the process, and ends with either.
type door struct {
	password [sha256.Size]byte
	sessions signer
	one, all *limiter
	store    *store

	mu   sync.Mutex
	left map[string]int64 // when those end that were signed out of before, by their hash
}

const sessionName = "kellybot-session"

// newDoor returns the door to what is in the store. The error is about the file
// of who has signed out.
func newDoor(password string, key []byte, chats *store) (*door, error) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("door:" + password))
	d := &door{
		password: sha256.Sum256([]byte(password)),
		sessions: mac.Sum(nil),
		one:      newLimiter(tryBurst, tryEvery),
		all:      newLimiter(allTryBurst, allTryEvery),
		store:    chats,
		left:     map[string]int64{},
	}
	data, err := chats.readOwn(leftFile)
	if err == nil && data != nil {
		err = json.Unmarshal(data, &d.left)
	}
	return d, err
}

// open reports whether the password, tried from an origin, is the right one. When there were too many
// wrong ones it does not look at it, and returns how long to wait.
func (d *door) open(password, from string, now time.Time) (right bool, wait time.Duration) {
	if wait = d.all.take("", now); wait > 0 {
		return false, wait
	}
	if wait = d.one.take(from, now); wait > 0 {
		d.all.giveBack("")
		return false, wait
	}
	given := sha256.Sum256([]byte(password))
	if subtle.ConstantTimeCompare(given[:], d.password[:]) != 1 {
		return false, 0
	}
	d.all.giveBack("")
	d.one.giveBack(from)
	return true, 0
}

// session is the cookie of a new session of the visitor.
func (d *door) session(visitor string, now time.Time) string {
	signed := visitor + "." + strconv.FormatInt(now.Add(sessionTime).Unix(), 10)
	return signed + "." + d.sessions.sign("session", signed)
}

// read returns whose session the cookie is, and when it ends; "" when it is
// none.
func (d *door) read(value string, now time.Time) (visitor string, end int64) {
	visitor, rest, _ := strings.Cut(value, ".")
	until, signature, _ := strings.Cut(rest, ".")
	end, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !chatID.MatchString(visitor) || now.Unix() >= end ||
		!hmac.Equal([]byte(signature), []byte(d.sessions.sign("session", visitor+"."+until))) {
		return "", 0
	}
	return visitor, end
}

// who returns whose the request's session is; "" outside.
func (d *door) who(r *http.Request, now time.Time) (visitor string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, cookie := range r.CookiesNamed(sessionName) {
		visitor, _ := d.read(cookie.Value, now)
		if _, over := d.left[hash(cookie.Value)]; visitor != "" && !over {
			return visitor
		}
	}
	return ""
}

// leave ends the request's sessions for good.
func (d *door) leave(r *http.Request, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for other, end := range d.left {
		if now.Unix() >= end || len(d.left) >= maxLeft {
			delete(d.left, other)
		}
	}
	for _, cookie := range r.CookiesNamed(sessionName) {
		if visitor, end := d.read(cookie.Value, now); visitor != "" {
			d.left[hash(cookie.Value)] = end
		}
	}
	data, err := json.Marshal(d.left)
	if err != nil {
		return err
	}
	return d.store.writeOwn(leftFile, data)
}

func hash(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// origin is the address that tries are counted by: of IPv6, the network that one
// customer usually has. Where a proxy of our own network asks it is the one that
// the proxy has added to those that anybody may write.
func origin(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address := at.Addr().Unmap()
	if address.IsLoopback() || address.IsPrivate() {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if named, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			address = named.Unmap()
		}
	}
	address = address.WithZone("")
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}
