package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// Local answers only requests for a name of this machine, and others with 403:
// a page elsewhere whose name was made to lead here would read what is answered
// through the browser of somebody here. It is for addresses that only this
// machine gets to.
func Local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ofThisMachine(r.Host) {
			http.Error(w, "Ask for this by localhost or 127.0.0.1.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ofThisMachine reports whether a Host names this machine, with any port: it
// may be forwarded.
func ofThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}
