package discord

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"kellybot/commands"
)

func TestEditsOfDifferentInteractionsDoNotWaitForEachOther(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		const edits, each = 100, 300 * time.Millisecond
		addresses := make([]commands.Address, edits)
		for n := range addresses {
			addresses[n] = b.accepted(t)
		}
		b.SetFault(func(http.ResponseWriter, *http.Request) bool {
			time.Sleep(each) // on a synctest clock
			return false
		})
		start := time.Now()
		var editing sync.WaitGroup
		for n, address := range addresses {
			editing.Go(func() {
				var err error
				if n%2 == 0 {
					_, err = b.adapter.Show(t.Context(), address, waiting)
				} else {
					_, err = b.adapter.Deliver(t.Context(), address, commands.Reply{Text: commands.T("Done.")})
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		editing.Wait()
		if took := time.Since(start); took != each {
			t.Errorf("%d edits of %v took %v", edits, each, took)
		}
	})
}

// obliging is a Discord that takes everything, and remembers nothing.
type obliging struct{}

func (obliging) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"id":"1"}`)), Request: r}, nil
}

func TestInteractionsLeaveNothingBehind(t *testing.T) {
	router := &forgetful{}
	a, err := New(Config{Token: "x", Router: router, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	a.client.Transport = obliging{}
	in := newInbox(t.Context(), a)
	defer in.close()
	picture := drawn(t, 0)
	answered := 0
	answer := func(n int) {
		for range n {
			answered++
			in.event(fmt.Appendf(nil, `{"id":"%d","application_id":"2","token":"token-%d","type":2,"user":{"id":"4"},"channel_id":"5",`+
				`"data":{"id":"6","name":"imagine","type":1,"options":[{"name":"prompt","type":3,"value":"a red fox"}]}}`, answered, answered))
			in.running.Wait()
			if _, err := a.Deliver(t.Context(), router.last, picture); err != nil {
				t.Fatal(err)
			}
		}
	}
	memory := func() (heap int64, goroutines int) {
		runtime.GC()
		runtime.GC() // pools give up what they hold at the second
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		return int64(now.HeapAlloc), runtime.NumGoroutine()
	}
	answer(500)
	heap, goroutines := memory()
	answer(10_000)
	after, running := memory()
	// What kept 100 bytes of each would be seen.
	if grown := after - heap; grown > 1<<20 || running > goroutines+10 {
		t.Errorf("after 10,000 interactions there are %d bytes and %d goroutines more", grown, running-goroutines)
	}
}

// forgetful accepts everything and remembers the latest address alone.
type forgetful struct {
	router
	last commands.Address
}

func (f *forgetful) Handle(_ context.Context, req *commands.Request) (commands.Reply, bool) {
	f.last = req.Address
	return commands.Reply{}, true
}
