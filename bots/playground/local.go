package playground

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// local reports whether a browser on this machine asks, for a page that it
// believes to be on this machine: not another site whose name was made to lead
// here, nor anybody behind a proxy. The port of the name may be another than
// ours, as of one that is forwarded by SSH.
func local(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() || forwarded(r.Header) {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return here(host)
}

// unproxied is local for a page that has no password. Proxies that name
// themselves nowhere pass on the Origin of a page that is elsewhere; and no
// browser speaks HTTP/1.0, as some of them do.
func unproxied(r *http.Request) bool {
	if !local(r) || !r.ProtoAtLeast(1, 1) {
		return false
	}
	for _, value := range r.Header.Values("Origin") {
		if origin, err := url.Parse(value); err != nil || !here(origin.Hostname()) {
			return false
		}
	}
	return true
}

// here reports whether the name of a host, with or without the brackets of an
// IPv6 address, is this machine's for itself.
func here(host string) bool {
	host = strings.Trim(strings.ToLower(host), "[]")
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// forwarded reports whether a proxy says that it passes on what another asks.
func forwarded(header http.Header) bool {
	for name := range header {
		switch {
		case strings.HasPrefix(name, "X-Forwarded"), strings.HasPrefix(name, "Cf-"):
			return true
		}
		switch name {
		case "Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "X-Original-Host", "True-Client-Ip", "Fastly-Client-Ip", "Fly-Client-Ip":
			return true
		}
	}
	return false
}
