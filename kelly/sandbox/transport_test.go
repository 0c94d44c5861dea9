package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"kellybot/kelly/sandbox"
)

func newRequest(t testing.TB, ctx context.Context, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, sandbox.BaseURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	return r
}

func TestTransportServesManyAtOnce(t *testing.T) {
	transport := sandbox.NewTransport()
	defer transport.Close()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			resp, err := transport.RoundTrip(newRequest(t, t.Context(), http.MethodPost, "image/generate",
				`{"prompt":"a lake","width":64,"height":64,"responseType":"base64data"}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("status %d, %v", resp.StatusCode, err)
			}
		})
	}
	all.Wait()
}

func TestTransportRefusesAfterClose(t *testing.T) {
	transport := sandbox.NewTransport()
	resp, err := transport.RoundTrip(newRequest(t, t.Context(), http.MethodGet, "sd/models", ""))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := transport.Close(); err != nil {
		t.Error(err)
	}
	if _, err := transport.RoundTrip(newRequest(t, t.Context(), http.MethodGet, "sd/models", "")); err == nil {
		t.Error("a closed transport answered")
	}
	if err := transport.Close(); err != nil {
		t.Errorf("a second Close failed: %v", err)
	}
}

func TestTransportHeedsTheContext(t *testing.T) {
	transport := sandbox.NewTransport()
	defer transport.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := transport.RoundTrip(newRequest(t, ctx, http.MethodGet, "sd/models", ""))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
