package kelly_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

const key = "a-key-for-tests"

func newClient(t *testing.T, server *kellytest.Server, options ...kelly.Option) *kelly.Client {
	t.Helper()
	client, err := kelly.New(key, append([]kelly.Option{kelly.WithBaseURL(server.URL)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Every way in which a server goes wrong, and what the caller is told.
func TestFaultsBecomeTheRightKindOfError(t *testing.T) {
	tests := []struct {
		name     string
		fault    kellytest.Fault
		want     error // nil: the right picture after all
		requests int
		says     string // in the detail or the text
	}{
		{"401", kellytest.BadKey, kelly.ErrBadKey, 1, "Invalid API key"},
		{"403", kellytest.Forbidden, kelly.ErrBadKey, 1, "Not authorized"},
		{"400 with a detail", kellytest.Detail(400, "no such model"), kelly.ErrRefused, 1, "no such model"},
		{"422", kellytest.Invalid("width", "too wide"), kelly.ErrRefused, 1, "width: too wide"},
		{"200 with a detail", kellytest.Detail(200, "not today"), kelly.ErrRefused, 1, "not today"},
		{"404 page", kellytest.Status(404, "text/html", "<h1>Not Found</h1>"), kelly.ErrInvalidContent, 1, "no JSON"},
		{"400 without a detail", kellytest.Status(400, "text/html", `{"error":1}`), kelly.ErrRefused, 1, ""},
		{"429", kellytest.TooMany(""), kelly.ErrTooManyRequests, 3, "Too Many Requests"},
		{"429 at once", kellytest.TooMany("0"), kelly.ErrTooManyRequests, 3, ""},
		{"500", kellytest.Away(500), kelly.ErrAway, 1, ""},
		{"502 page", kellytest.Away(502), kelly.ErrAway, 3, ""},
		{"503", kellytest.Away(503), kelly.ErrAway, 3, ""},
		{"504", kellytest.Away(504), kelly.ErrAway, 3, ""},
		{"reset", kellytest.Reset, kelly.ErrAway, 3, ""},
		{"closed in the body", kellytest.CloseMidBody, kelly.ErrAway, 3, ""},
		{"page with 200", kellytest.HTML, kelly.ErrInvalidContent, 1, "no JSON"},
		{"words", kellytest.NotJSON, kelly.ErrInvalidContent, 1, "no JSON"},
		{"truncated JSON", kellytest.TruncatedJSON, kelly.ErrInvalidContent, 1, "breaks off"},
		{"bad base64", kellytest.BadBase64, kelly.ErrInvalidContent, 1, "not base64"},
		{"URL", kellytest.URL, kelly.ErrInvalidContent, 1, "a URL instead of a picture"},
		{"no image", kellytest.JSON(`{"picture":"QUJD"}`), kelly.ErrInvalidContent, 1, "no image"},
		{"image null", kellytest.JSON(`{"image":null}`), kelly.ErrInvalidContent, 1, "no text"},
		{"image a number", kellytest.JSON(`{"image":42,"detail":null}`), kelly.ErrInvalidContent, 1, "no text"},
		{"image empty", kellytest.JSON(`{"image":""}`), kelly.ErrInvalidContent, 1, "not a PNG"},
		{"a list", kellytest.JSON(`[{}]`), kelly.ErrInvalidContent, 1, "no object"},
		{"no picture", kellytest.NotAPicture, kelly.ErrInvalidContent, 1, "not a PNG"},
		{"too many pixels", kellytest.Oversized(20000, 20000), kelly.ErrTooLarge, 1, "megapixels"},
		{"larger than the budget", kellytest.Big(2 << 20), kelly.ErrTooLarge, 1, "budget"},
		{"a little larger than the budget", kellytest.Big(1<<20 + 1), kelly.ErrTooLarge, 1, "budget"},
		{"endless", kellytest.Endless, kelly.ErrTooLarge, 1, "budget"},
		{"a strange encoding", encoded("br"), kelly.ErrInvalidContent, 1, "encoding"},
		{"no gzip", encoded("gzip"), kelly.ErrInvalidContent, 1, "gzip"},
		{"data URI", kellytest.DataURI, nil, 1, ""},
		{"nested image first", kellytest.NestedImageFirst, nil, 1, ""},
		{"chunked", kellytest.Chunked, nil, 1, ""},
		{"gzip", kellytest.Gzip, nil, 1, ""},
		{"drip", kellytest.Drip(time.Microsecond), nil, 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := kellytest.New(t)
			server.Always(test.fault)
			client := newClient(t, server, kelly.WithBudget(1<<20))
			p, err := client.Generate(t.Context(), kelly.GenerateRequest{Prompt: "a fox"})
			defer p.Release()
			if got := len(server.Requests()); got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			if test.want == nil {
				if err != nil || !bytes.Equal(p.Bytes(), kellytest.Picture("a fox", kelly.DefaultModel, kelly.DefaultWidth, kelly.DefaultHeight)) {
					t.Errorf("got %v", err)
				}
				return
			}
			if p != nil || !errors.Is(err, test.want) || strings.Contains(err.Error(), key) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			fault, _ := errors.AsType[*kelly.Error](err)
			if !strings.Contains(fault.Detail+" "+err.Error(), test.says) || fault.Detail != "" && strings.Contains(err.Error(), fault.Detail) {
				t.Errorf("got %v with the detail %q, want %q, and the detail nowhere else", err, fault.Detail, test.says)
			}
			// What failed must not keep a part of the budget.
			server.Always(kellytest.Chunked)
			p, err = client.Generate(t.Context(), kelly.GenerateRequest{Prompt: "a fox"})
			if err != nil {
				t.Errorf("the next call: %v", err)
			}
			p.Release()
		})
	}
}

// encoded answers something that is not in the encoding that it names.
func encoded(encoding string) kellytest.Fault {
	return func(w http.ResponseWriter, r *kellytest.Request) {
		w.Header().Set("Content-Encoding", encoding)
		kellytest.JSON(`{"image":"QUJD"}`)(w, r)
	}
}

func TestHangingServersEndAtTheTimeout(t *testing.T) {
	for name, fault := range map[string]kellytest.Fault{"no answer": kellytest.Hang, "half an answer": kellytest.HangMidBody} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kellytest.New(t)
			server.Script(fault)
			client := newClient(t, server, kelly.WithTimeout(50*time.Millisecond))
			_, err := client.Generate(t.Context(), kelly.GenerateRequest{Prompt: "a fox"})
			if !errors.Is(err, kelly.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) || len(server.Requests()) > 1 {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCallersCanGiveUpAtAnyTime(t *testing.T) {
	for name, fault := range map[string]kellytest.Fault{
		"no answer": kellytest.Hang, "half an answer": kellytest.HangMidBody, "an answer that drips": kellytest.Drip(time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kellytest.New(t)
			server.Always(fault)
			client := newClient(t, server)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error)
			go func() {
				_, err := client.Generate(ctx, kelly.GenerateRequest{Prompt: "a fox"})
				done <- err
			}()
			if err := server.WaitFor(t.Context(), func(s kellytest.Stats) bool { return s.InFlight == 1 }); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Many calls share a budget that holds few of their pictures, among them ones
// of unknown length; every caller gets its own picture.
func TestManyCallsShareASmallBudget(t *testing.T) {
	server := kellytest.New(t)
	const size = 300_000
	server.Always(func(w http.ResponseWriter, r *kellytest.Request) {
		switch r.Width % 3 {
		case 0:
			kellytest.Big(size)(w, r)
		case 1:
			kellytest.Chunked(w, r)
		default:
			kellytest.Gzip(w, r)
		}
	})
	client := newClient(t, server, kelly.WithBudget(size+1000))
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			p, err := client.Generate(t.Context(), kelly.GenerateRequest{Prompt: "a fox", Width: 64 + i})
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Release()
			want := kellytest.Picture("a fox", kelly.DefaultModel, 64+i, kelly.DefaultHeight)
			if (64+i)%3 == 0 {
				want = kellytest.BigPicture(size)
			}
			if !bytes.Equal(p.Bytes(), want) {
				t.Errorf("caller %d has another picture", i)
			}
		})
	}
	wg.Wait()
}

func TestFieldsNameWhatDidNotPass(t *testing.T) {
	server := kellytest.New(t)
	server.Script(kellytest.JSON(`{"detail":[{"loc":["body","width"],"msg":"too wide"},{"loc":["body","items",0],"msg":"no\nitem"},{"msg":"odd"},{}]}`))
	_, err := newClient(t, server).Generate(t.Context(), kelly.GenerateRequest{Prompt: "a fox"})
	e, ok := errors.AsType[*kelly.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := []kelly.FieldError{{Field: "width", Message: "too wide"}, {Field: "items.0", Message: "no item"}, {Message: "odd"}}
	if !slices.Equal(e.Fields, want) || e.Detail != "width: too wide; items.0: no item; odd" {
		t.Errorf("got %q and %q", e.Fields, e.Detail)
	}
}
