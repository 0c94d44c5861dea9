package kelly

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

// A roundTrip is a server without a network, for tests of time.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// reply makes an answer; headers are names and values in turn.
func reply(status int, body string, headers ...string) *http.Response {
	r := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// answersFrom makes a client whose server gives these answers in turn and the
// last one for ever; asked counts the requests.
func answersFrom(t *testing.T, answers ...roundTrip) (client *Client, asked *int) {
	t.Helper()
	asked = new(int)
	client, err := New(testKey, WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		answer := answers[min(*asked, len(answers)-1)]
		*asked++
		return answer(r)
	})))
	if err != nil {
		t.Fatal(err)
	}
	return client, asked
}

func status(code int, headers ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		return reply(code, `{"detail":"as scripted"}`, headers...), nil
	}
}

func refusedConnection(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

func pictureAnswer(t *testing.T) roundTrip {
	body := `{"image":"` + base64.StdEncoding.EncodeToString(encoded(t, PNG)) + `"}`
	return func(*http.Request) (*http.Response, error) { return reply(200, body), nil }
}

// broken answers with the first half of a body, then the connection fails.
func broken(*http.Request) (*http.Response, error) {
	r := reply(200, "")
	r.ContentLength = -1
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"image":"QUJD`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	return r, nil
}

// brokenRefusal is broken with a status that says little by itself.
func brokenRefusal(r *http.Request) (*http.Response, error) {
	resp, err := broken(r)
	resp.StatusCode = 400
	return resp, err
}

// hanging answers nothing until the request is given up.
func hanging(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestWhatIsTriedAgain(t *testing.T) {
	well := pictureAnswer(t)
	tests := []struct {
		name    string
		answers []roundTrip
		asked   int
		want    error // nil: a picture
		status  int
	}{
		{"nothing when it works", []roundTrip{well}, 1, nil, 0},
		{"a refused connection", []roundTrip{refusedConnection, refusedConnection, well}, 3, nil, 0},
		{"a connection that stays refused", []roundTrip{refusedConnection}, 3, ErrAway, 0},
		{"a connection that breaks in the answer", []roundTrip{broken, well}, 2, nil, 0},
		{"a connection that always breaks", []roundTrip{broken}, 3, ErrAway, 0},
		{"a connection that breaks in a refusal", []roundTrip{brokenRefusal, well}, 2, nil, 0},
		{"429", []roundTrip{status(429), well}, 2, nil, 0},
		{"502", []roundTrip{status(502), well}, 2, nil, 0},
		{"503", []roundTrip{status(503), well}, 2, nil, 0},
		{"504", []roundTrip{status(504), well}, 2, nil, 0},
		{"429 three times", []roundTrip{status(429)}, 3, ErrTooManyRequests, 429},
		{"503 three times", []roundTrip{status(503)}, 3, ErrAway, 503},
		{"the last failure counts", []roundTrip{status(503), refusedConnection, status(400)}, 3, ErrRefused, 400},
		{"not 500", []roundTrip{status(500)}, 1, ErrAway, 500},
		{"not 501", []roundTrip{status(501)}, 1, ErrAway, 501},
		{"not 599", []roundTrip{status(599)}, 1, ErrAway, 599},
		{"not 401", []roundTrip{status(401)}, 1, ErrBadKey, 401},
		{"not 403", []roundTrip{status(403)}, 1, ErrBadKey, 403},
		{"not 404", []roundTrip{status(404)}, 1, ErrRefused, 404},
		{"not 422", []roundTrip{status(422)}, 1, ErrRefused, 422},
		{"not a redirect", []roundTrip{status(307, "Location", "https://elsewhere.invalid/")}, 1, ErrInvalidContent, 307},
		{"not a refusal with 200", []roundTrip{status(200)}, 1, ErrRefused, 200},
		{"not an attempt's time-out", []roundTrip{hanging}, 1, ErrTimeout, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, asked := answersFrom(t, test.answers...)
				p, err := client.Generate(t.Context(), GenerateRequest{Prompt: "a fox"})
				defer p.Release()
				if !errors.Is(err, test.want) || (err == nil) != (p != nil) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				if e, ok := errors.AsType[*Error](err); ok && (e.Status != test.status || e.Op != "generate") {
					t.Errorf("status %d of %q, want %d", e.Status, e.Op, test.status)
				}
				if *asked != test.asked {
					t.Errorf("asked %d times, want %d", *asked, test.asked)
				}
			})
		})
	}
}

func TestRetryAfterIsHonouredWithinTheDeadline(t *testing.T) {
	tests := []struct {
		name     string
		after    string
		deadline time.Duration // 0: none
		waits    time.Duration // 0: returns at once
	}{
		{"seconds", "7", time.Minute, 7 * time.Second},
		{"a date", "Sat, 01 Jan 2000 00:00:09 GMT", time.Minute, 9 * time.Second},
		{"longer than an attempt", "600", time.Hour, 10 * time.Minute},
		{"beyond the deadline", "61", time.Minute, 0},
		{"without a deadline", "60", 0, time.Minute},
		{"without a deadline and too long", "61", 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // whose clock starts with the year 2000
				client, asked := answersFrom(t, status(429, "Retry-After", test.after), pictureAnswer(t))
				ctx := t.Context()
				if test.deadline != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
					defer cancel()
				}
				start := time.Now()
				p, err := client.Generate(ctx, GenerateRequest{Prompt: "a fox"})
				defer p.Release()
				waited := time.Since(start)
				if test.waits != 0 {
					if err != nil || waited < test.waits || waited > test.waits+time.Second || *asked != 2 {
						t.Errorf("%v after %v and %d requests", err, waited, *asked)
					}
					return
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || !errors.Is(err, ErrTooManyRequests) || e.RetryAfter < time.Minute || waited != 0 || *asked != 1 {
					t.Errorf("%v after %v and %d requests", err, waited, *asked)
				}
			})
		})
	}
}

func TestTheContextsOwnErrorWins(t *testing.T) {
	during := func(ctx context.Context, cancel context.CancelFunc) roundTrip {
		return func(r *http.Request) (*http.Response, error) {
			cancel()
			return reply(503, ``), nil
		}
	}
	tests := map[string]struct {
		answer func(context.Context, context.CancelFunc) roundTrip
		asked  int
	}{
		"before the call": {func(_ context.Context, cancel context.CancelFunc) roundTrip { cancel(); return hanging }, 0},
		"in an attempt":   {during, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			client, asked := answersFrom(t, test.answer(ctx, cancel))
			_, err := client.Generate(ctx, GenerateRequest{Prompt: "a fox"})
			if !errors.Is(err, context.Canceled) || *asked != test.asked {
				t.Errorf("got %v after %d requests", err, *asked)
			}
		})
	}
	t.Run("between two attempts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, _ := answersFrom(t, status(429, "Retry-After", "30"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			time.AfterFunc(time.Second, cancel)
			if _, err := client.Generate(ctx, GenerateRequest{Prompt: "a fox"}); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("a deadline in a hanging attempt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, _ := answersFrom(t, hanging)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := client.Generate(ctx, GenerateRequest{Prompt: "a fox"})
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimeout) {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestWaitingForTheBudgetCountsAgainstNoTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := answersFrom(t, pictureAnswer(t))
		held, err := client.budget.reserve(t.Context(), client.budget.size)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, held.release)
		start := time.Now()
		p, err := client.Generate(t.Context(), GenerateRequest{Prompt: "a fox"})
		defer p.Release()
		if err != nil || time.Since(start) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestWaitingForTheBudgetEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, asked := answersFrom(t, pictureAnswer(t))
		held, err := client.budget.reserve(t.Context(), client.budget.size)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = client.Generate(ctx, GenerateRequest{Prompt: "a fox"})
		if !errors.Is(err, context.DeadlineExceeded) || *asked != 1 {
			t.Errorf("%v after %d requests", err, *asked)
		}
		held.release()
		checkBudget(t, client)
	})
}

// A body that never ends or drips holds up others only as long as an attempt
// may take.
func TestASlowAnswerReleasesTheBudgetAtTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drip := func(r *http.Request) (*http.Response, error) {
			resp := reply(200, "")
			resp.ContentLength = -1
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"image":"QUJDQUJD`), readerFunc(func(p []byte) (int, error) {
				select {
				case <-time.After(time.Second):
					return copy(p, "A"), nil
				case <-r.Context().Done():
					return 0, r.Context().Err()
				}
			})))
			return resp, nil
		}
		slow, _ := answersFrom(t, drip, pictureAnswer(t))
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := slow.Generate(t.Context(), GenerateRequest{Prompt: "slow"})
			if !errors.Is(err, ErrTimeout) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		start := time.Now()
		p, err := slow.Generate(t.Context(), GenerateRequest{Prompt: "a fox"})
		if err != nil || time.Since(start) != DefaultTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		p.Release()
		wg.Wait()
		checkBudget(t, slow)
	})
}

func TestAnAnswerThatGoesOnForEverIsTooLarge(t *testing.T) {
	for name, start := range map[string]string{"in the image": `{"image":"`, "behind the image": `{"image":"QUJD"}`} {
		endless := func(*http.Request) (*http.Response, error) {
			resp := reply(200, "")
			resp.ContentLength = -1
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(start), readerFunc(func(p []byte) (int, error) {
				return copy(p, strings.Repeat(" ", len(p))), nil
			})))
			return resp, nil
		}
		client, asked := answersFrom(t, endless)
		_, err := client.Generate(t.Context(), GenerateRequest{Prompt: "a fox"})
		if want := map[string]error{"in the image": ErrTooLarge, "behind the image": ErrInvalidContent}[name]; !errors.Is(err, want) || *asked != 1 {
			t.Errorf("%s: got %v after %d requests", name, err, *asked)
		}
		checkBudget(t, client)
	}
}

// checkBudget fails the test when a part of the client's memory is lost.
func checkBudget(t *testing.T, client *Client) {
	t.Helper()
	client.budget.mu.Lock()
	defer client.budget.mu.Unlock()
	if f := client.budget.free; len(f) != 1 || f[0] != (span{0, client.budget.size}) {
		t.Errorf("of the budget only %v is free", f)
	}
}

func TestNoErrorHoldsTheKeyOrMuchOfTheAnswer(t *testing.T) {
	echo := strings.Repeat("Bearer "+testKey+" \x00\x1b[31m\u202e\xff ", 100)
	quoted := fmt.Sprintf("%q", strings.ToValidUTF8(strings.Map(func(r rune) rune { return max(r, ' ') }, echo), ""))
	for name, answer := range map[string]roundTrip{
		"a detail":       func(*http.Request) (*http.Response, error) { return reply(400, `{"detail":`+quoted+`}`), nil },
		"a refused key":  func(*http.Request) (*http.Response, error) { return reply(401, `{"detail":`+quoted+`}`), nil },
		"a strange form": func(*http.Request) (*http.Response, error) { return reply(400, `{"detail":{"x":`+quoted+`}}`), nil },
		"a validation": func(*http.Request) (*http.Response, error) {
			return reply(422, `{"detail":[{"loc":["body",`+quoted+`],"msg":`+quoted+`},{"loc":["body","width"],"msg":`+quoted+`}]}`), nil
		},
		"a page":      func(*http.Request) (*http.Response, error) { return reply(200, echo), nil },
		"a transport": func(*http.Request) (*http.Response, error) { return nil, errors.New(echo) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, _ := answersFrom(t, answer)
				_, err := client.Generate(t.Context(), GenerateRequest{Prompt: "a fox"})
				e, ok := errors.AsType[*Error](err)
				if !ok {
					t.Fatalf("got %v", err)
				}
				printed := fmt.Sprintf("%v %+v %#v %s", e, e, e, e.Fields)
				if strings.Contains(printed, testKey) {
					t.Errorf("the key is in %s", printed)
				}
				if len(e.Detail) > maxDetail || len(e.Error()) > maxDetail+100 || strings.ContainsAny(e.Error(), "\x00\x1b\u202e\n") {
					t.Errorf("%d bytes: %s", len(e.Detail), e)
				}
			})
		})
	}
}
