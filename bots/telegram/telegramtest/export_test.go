package telegramtest

import (
	"net/http"
	"testing"
)

// StartUnchecked starts a server that may be sent what the specification does
// not allow.
func StartUnchecked(tb testing.TB) *Server {
	return start(tb, func(s http.Handler) http.Handler { return s })
}
