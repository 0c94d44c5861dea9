package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
)

// chat is a Deliverer that keeps what it gets.
type chat struct {
	mu       sync.Mutex
	replies  map[string]commands.Reply // by the address's platform
	progress int
	err      error
	upload   time.Duration // how long a delivery takes
}

func (c *chat) Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	select {
	case <-time.After(c.upload):
	case <-ctx.Done():
		return commands.Receipt{}, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, twice := c.replies[to.Platform]; twice {
		panic("answered twice")
	}
	c.replies[to.Platform] = reply
	return commands.Receipt{MessageID: "1"}, c.err
}

func (c *chat) Progress(context.Context, commands.Address) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.progress++
	return errors.New("progress does not matter")
}

func start(draw Draw, workers int) (*Queue, *chat, *bytes.Buffer) {
	var log bytes.Buffer
	c := &chat{replies: map[string]commands.Reply{}}
	return New(draw, c, workers, slog.New(slog.NewTextHandler(&log, nil))), c, &log
}

func job(n int) commands.Job {
	return commands.Job{Request: commands.Request{ID: fmt.Sprint(n), Address: commands.Address{Platform: fmt.Sprint(n)}}}
}

// drawIn draws for d.
func drawIn(d time.Duration) Draw {
	return func(ctx context.Context, _ commands.Job) (commands.Reply, error) {
		select {
		case <-time.After(d):
			return commands.Reply{Text: commands.T("drawn")}, nil
		case <-ctx.Done():
			return commands.Reply{}, ctx.Err()
		}
	}
}

func accept(t *testing.T, q *Queue, jobs int) {
	t.Helper()
	for n := range jobs {
		if err := q.Accept(t.Context(), job(n)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEverythingAcceptedIsAnsweredByAFewWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, c, _ := start(drawIn(11*time.Second), 4)
		c.upload = time.Minute // holds no worker
		began := time.Now()
		accept(t, q, 10)
		q.Close(t.Context())
		if took := time.Since(began); took != 33*time.Second+time.Minute {
			t.Errorf("10 pictures by 4 workers took %v", took)
		}
		for n := range 10 {
			if got := c.replies[fmt.Sprint(n)].Text.String(); got != "drawn" {
				t.Errorf("request %d is answered with %q", n, got)
			}
		}
		// Every 4 s: 4 requests are at it for 11 s, 4 for 22 s and 2 for 33 s.
		if want := 4*3 + 4*6 + 2*9; c.progress != want {
			t.Errorf("progress was shown %d times, want %d", c.progress, want)
		}
	})
}

func TestAFailureIsAnsweredAndLogged(t *testing.T) {
	for name, draw := range map[string]Draw{
		"an error": func(context.Context, commands.Job) (commands.Reply, error) {
			return commands.Reply{}, errors.New("broken pipe")
		},
		"a panic": func(context.Context, commands.Job) (commands.Reply, error) { panic("broken pipe") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, c, log := start(draw, 1)
				accept(t, q, 2)
				q.Close(t.Context())
				for n := range 2 {
					if got := c.replies[fmt.Sprint(n)]; !got.Failed || !strings.HasPrefix(got.Text.String(), "Something went wrong") {
						t.Errorf("answered with %q", got.Text)
					}
				}
				if strings.Count(log.String(), "level=ERROR") != 2 {
					t.Errorf("the log says %s", log)
				}
			})
		})
	}
}

func TestWhatCannotBeDeliveredIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, c, log := start(drawIn(0), 1)
		c.err = errors.New("the chat is gone")
		accept(t, q, 1)
		q.Close(t.Context())
		if !strings.Contains(log.String(), "could not be delivered") || !strings.Contains(log.String(), "the chat is gone") {
			t.Errorf("the log says %s", log)
		}
	})
}

func TestTooManyRequestsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _, _ := start(drawIn(time.Second), 4)
		accept(t, q, maxWaiting)
		if err := q.Accept(t.Context(), job(maxWaiting)); !errors.Is(err, commands.ErrBusy) {
			t.Errorf("one more is answered with %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := q.Accept(t.Context(), job(maxWaiting)); err != nil {
			t.Errorf("later it is answered with %v", err)
		}
		q.Close(t.Context())
	})
}

func TestAtTheEndWhatIsInFlightGetsItsGraceAndTheRestIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, c, _ := start(drawIn(15*time.Second), 1)
		accept(t, q, 3)
		grace, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		q.Close(grace)
		answers := map[string]int{}
		for _, reply := range c.replies {
			answers[reply.Text.String()]++
		}
		if answers["drawn"] != 1 || answers["The bot is restarting: please send the request again in a minute."] != 2 {
			t.Errorf("answers: %v", answers)
		}
		if err := q.Accept(t.Context(), job(4)); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end a request is answered with %v", err)
		}
	})
}

func TestTheEndDoesNotWaitForAHangingPlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, c, log := start(drawIn(0), 1)
		c.upload = time.Hour
		accept(t, q, 1)
		grace, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		q.Close(grace)
		if took := time.Since(began); took != 25*time.Second || !strings.Contains(log.String(), "could not be delivered") {
			t.Errorf("the end took %v; the log says %s", took, log)
		}
	})
}
