package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// cutOff sends what is too little, and waits for the end of the connection.
func cutOff(t *testing.T, sent string) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		defer end()
		listener := newPipes()
		ended := make(chan error)
		go func() {
			ended <- Serve(ctx, listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(w, r.Body)
			}), slog.New(slog.DiscardHandler))
		}()
		conn, begun := listener.dial(), time.Now()
		go func() { _, _ = io.WriteString(conn, sent) }()
		_, _ = io.Copy(io.Discard, conn)
		if lasted := time.Since(begun); lasted > 3*time.Minute {
			t.Errorf("it kept its connection for %s", lasted)
		}
		_ = conn.Close()
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
