package metrics

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheDatabaseIsAskedOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		m := New("v1", "go1")
		page := m.Handler(t.Context(), watchOf(func(context.Context) (Line, error) {
			asked++
			return Line{States: map[string]int{"waiting": 2}, OldestWaiting: time.Now().Add(-time.Minute)}, nil
		}), slog.New(slog.DiscardHandler))
		var said string
		for range 50 {
			said = scrape(page)
		}
		if asked != 1 || !strings.Contains(said, `kellybot_queue_requests{state="waiting"} 2`) || !strings.Contains(said, "\nkellybot_queue_oldest_waiting_seconds 60\n") {
			t.Errorf("asked %d times:\n%s", asked, said)
		}
		time.Sleep(lineAge)
		if scrape(page); asked != 2 {
			t.Errorf("asked %d times after a second", asked)
		}
	})
}

func TestADatabaseThatHangsCostsTheQueueAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := New("v1", "go1")
		page := m.Handler(t.Context(), watchOf(func(ctx context.Context) (Line, error) {
			<-ctx.Done()
			return Line{}, errors.New("gone")
		}), slog.New(slog.NewTextHandler(&log, nil)))
		for range 3 {
			said := scrape(page)
			if strings.Contains(said, "kellybot_queue") || !strings.Contains(said, "kellybot_database_writable 1") || !strings.Contains(said, "kellybot_build_info") {
				t.Errorf("it says\n%s", said)
			}
			time.Sleep(lineAge)
		}
		if strings.Count(log.String(), "\n") != 1 {
			t.Errorf("the log says\n%s", &log)
		}
	})
}

func watchOf(line func(context.Context) (Line, error)) Watch {
	return Watch{
		Line: line, Running: func() (int, int) { return 1, 2 },
		Receiving: func() map[string]bool { return map[string]bool{"discord": true} },
		Writable:  func() bool { return true }, Away: func() bool { return false },
	}
}

func scrape(page http.Handler) string {
	answer := httptest.NewRecorder()
	page.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return answer.Body.String()
}
