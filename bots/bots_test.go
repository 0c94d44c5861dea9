package bots

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"kellybot/commands"
)

// stars is a markup that counts, plain one that does not.
var (
	stars = Markup{Raw: true, Span: func(s commands.Span) string {
		text := strings.ReplaceAll(s.Text, "*", `\*`)
		if s.Style == commands.Bold {
			return "**" + text + "**"
		}
		return text
	}}
	plain = Markup{Span: func(s commands.Span) string { return "<" + s.Text + ">" }}
)

func caption(prompt string) commands.Text {
	return commands.Text{{Text: prompt, Style: commands.Bold, Cut: true}, {Text: "\nmodel"}}
}

func TestTextIsCutWhereItMayBe(t *testing.T) {
	for _, c := range []struct {
		name   string
		markup Markup
		text   commands.Text
		limit  int
		want   string
	}{
		{"what fits stays", stars, caption("a*b"), 14, `**a\*b**` + "\nmodel"},
		{"one less is cut", stars, caption("a*b"), 13, "**a…**\nmodel"},
		{"markup that does not count", plain, caption("abc"), 9, "<abc><\nmodel>"},
		{"a word less", plain, caption("abc def"), 10, "<abc…><\nmodel>"},
		{"UTF-16 units count", plain, caption("🦊🦊🦊🦊"), 11, "<🦊🦊…><\nmodel>"},
		{"no half of a combined character", plain, caption("e\u0301e\u0301e\u0301"), 10, "<e\u0301…><\nmodel>"},
		{"no half of a family", plain, caption("a👩\u200d👧bcdef"), 10, "<a…><\nmodel>"},
		{"nothing left of the prompt", plain, caption("abc"), 6, "<\nmodel>"},
		{"too long without it", plain, caption("abc"), 4, "<\nmo…>"},
		{"empty spans write nothing", plain, commands.Text{{}, {Text: "a"}}, 4, "<a>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.markup.Render(c.text, c.limit); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func FuzzRender(f *testing.F) {
	f.Add("a*b 🦊 e\u0301", 12)
	f.Add("\xff\xfe", 3)
	f.Fuzz(func(t *testing.T, prompt string, limit int) {
		limit = 1 + max(limit, -limit)%3000
		got := stars.Render(commands.Text{{Text: prompt, Cut: true}, {Text: " tail"}}, limit)
		if UTF16Len(got) > limit {
			t.Errorf("%d units of %d", UTF16Len(got), limit)
		}
		if utf8.ValidString(prompt) && !utf8.ValidString(got) {
			t.Errorf("%q is cut inside a character", got)
		}
		if limit > 10 && !strings.HasSuffix(got, " tail") {
			t.Errorf("%q lost its tail", got)
		}
	})
}

func TestARedirectedFormIsNotSentElsewhereAndLetGo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	here := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, client := range []*http.Client{here, {}} {
		form := NewForm(Part{Name: "a", Body: []byte("b")})
		resp, _, err := form.Do(t.Context(), client, http.MethodPost, server.URL, nil)
		if err != nil || resp.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("%v, %v", resp, err)
		}
	}
}

func TestAFormIsWhatServersRead(t *testing.T) {
	picture := bytes.Repeat([]byte("picture"), 1<<20)
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(proto, func(t *testing.T) {
			var length int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				length = r.ContentLength
				_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
				form, err := multipart.NewReader(r.Body, params["boundary"]).ReadForm(1 << 30)
				if err != nil {
					t.Error(err)
					return
				}
				if got := form.Value["payload_json"]; !slices.Equal(got, []string{`{"a":1}`}) {
					t.Errorf("the field is %q", got)
				}
				head := form.File["files[0]"][0]
				file, _ := head.Open()
				got, _ := io.ReadAll(file)
				if head.Filename != `a"b.png` || head.Header.Get("Content-Type") != "image/png" || !bytes.Equal(got, picture) {
					t.Errorf("the file is %q, %q, %d bytes", head.Filename, head.Header.Get("Content-Type"), len(got))
				}
				_, _ = io.WriteString(w, "thanks, by "+r.Proto)
			}))
			transport := NewTransport(1)
			if server.EnableHTTP2 = proto == "HTTP/2.0"; server.EnableHTTP2 {
				server.StartTLS()
				transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig
			} else {
				server.Start()
			}
			defer server.Close()
			defer transport.CloseIdleConnections()
			form := NewForm(
				Part{Name: "payload_json", ContentType: "application/json", Body: []byte(`{"a":1}`)},
				Part{Name: "files[0]", FileName: `a"b.png`, ContentType: "image/png", Body: picture},
			)
			for range 2 {
				resp, body, err := form.Do(t.Context(), &http.Client{Transport: transport}, http.MethodPatch, server.URL, http.Header{"X-A": {"b"}})
				if err != nil || resp.StatusCode != http.StatusOK || string(body) != "thanks, by "+proto || length < int64(len(picture)) {
					t.Errorf("%v, %q, length %d", err, body, length)
				}
			}
		})
	}
}

// The race detector sees it when something reads the picture after Do.
func TestNothingReadsThePictureAfterwards(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"answered early": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) },
		"cut off":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cancelled":      nil, // see below
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan struct{})
			if handler == nil {
				handler = func(_ http.ResponseWriter, r *http.Request) {
					_, _ = r.Body.Read(make([]byte, 1))
					<-ended
				}
			}
			server := httptest.NewServer(handler)
			defer server.Close()
			defer close(ended)
			picture := make([]byte, 64<<20)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				if name == "cancelled" {
					cancel()
				}
			}()
			defer cancel()
			_, _, _ = NewForm(Part{Name: "photo", FileName: "a.png", Body: picture}).Do(ctx, server.Client(), http.MethodPost, server.URL, nil)
			for i := range picture {
				picture[i] = 1
			}
		})
	}
}

func TestRetry(t *testing.T) {
	fault := errors.New("away")
	for _, c := range []struct {
		name     string
		attempts int
		deadline time.Duration
		answers  []error
		want     error
		calls    int
		least    time.Duration
	}{
		{"success", 3, time.Hour, []error{nil}, nil, 1, 0},
		{"a fault that passes", 3, time.Hour, []error{Again(fault, 0), nil}, nil, 2, 0},
		{"a fault that stays", 3, time.Hour, []error{Again(fault, 0), Again(fault, 0), Again(fault, 0)}, fault, 3, 0},
		{"an error for good", 3, time.Hour, []error{fault}, fault, 1, 0},
		{"a demanded pause", 3, time.Hour, []error{Again(fault, time.Minute), nil}, nil, 2, time.Minute},
		{"a demand beyond the deadline", 3, time.Second, []error{Again(fault, time.Minute), nil}, fault, 1, 0},
		{"a demand beyond the attempts", 2, time.Hour, []error{Again(fault, 0), Again(fault, time.Minute)}, fault, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				began, calls := time.Now(), 0
				err := Retry(ctx, c.attempts, func(context.Context) error {
					calls++
					return c.answers[calls-1]
				})
				demand, demanded := errors.AsType[*commands.RetryError](err)
				if wants := strings.Contains(c.name, "beyond"); demanded != wants || wants && demand.After != time.Minute {
					t.Errorf("what is demanded afterwards is %+v", demand)
				}
				if !errors.Is(err, c.want) || calls != c.calls || time.Since(began) < c.least {
					t.Errorf("%v after %d calls and %v", err, calls, time.Since(began))
				}
			})
		})
	}
}

func TestAPauseIsReadHoweverItIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
		for field, want := range map[string]time.Duration{
			"7": 7 * time.Second, "0.5": 500 * time.Millisecond, in(90 * time.Second): 90 * time.Second,
			"": 0, "soon": 0, "0": 0, "-5": 0, "NaN": 0, in(-time.Hour): 0,
			"1e300": 24 * time.Hour, "1e400": 24 * time.Hour, "99999999999999999999": 24 * time.Hour, in(1000 * time.Hour): 24 * time.Hour,
		} {
			if got := RetryAfter(http.Header{"Retry-After": {field}}); got != want {
				t.Errorf("%q is %v, want %v", field, got, want)
			}
		}
	})
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := errors.New("away")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		err := Retry(ctx, 1000, func(context.Context) error { return Again(fault, time.Hour) })
		if !errors.Is(err, fault) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestPausesGrowToHalfAMinute(t *testing.T) {
	for attempt := 1; attempt < 100; attempt++ {
		limit := min(500*time.Millisecond<<min(attempt-1, 10), 30*time.Second)
		for range 20 {
			if pause := Pause(attempt); pause < 0 || pause >= limit {
				t.Errorf("the pause after failure %d is %v", attempt, pause)
			}
		}
	}
}

// alone is the Lease of a process that has nobody to share with.
type alone struct{}

func (alone) Hold(ctx context.Context, _ string, run func(context.Context) error) error {
	return run(ctx)
}

// dummy is an Adapter that ends with err, or with its context.
type dummy struct {
	Adapter
	name string
	err  error
	got  []commands.Address
}

func (d *dummy) Name() string { return d.name }

func (d *dummy) Run(ctx context.Context, ready func()) error {
	if d.err != nil {
		return d.err
	}
	ready()
	<-ctx.Done()
	return nil
}

func (d *dummy) Deliver(_ context.Context, to commands.Address, _ commands.Reply) (commands.Receipt, error) {
	d.got = append(d.got, to)
	return commands.Receipt{MessageID: d.name}, nil
}

func (d *dummy) Progress(_ context.Context, to commands.Address) error {
	d.got = append(d.got, to)
	return nil
}

func TestOneAdapterThatEndsLeavesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, nil))
		set := Set{&dummy{name: "a"}, &dummy{name: "b", err: ErrToken}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := set.Run(ctx, alone{}, log); err != nil || time.Since(began) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if got := out.String(); !strings.Contains(got, `platform=b cause="the platform refuses the token"`) || !strings.Contains(got, "platform=a") {
			t.Errorf("the log says %s", got)
		}
		if err := set[1:].Run(t.Context(), alone{}, log); !errors.Is(err, ErrNoneLeft) {
			t.Errorf("with none left: %v", err)
		}
	})
}

// loop is an Adapter whose event loop turns once a minute until it hangs, and
// then ends for nobody.
type loop struct {
	dummy
	turned atomic.Pointer[time.Time]
	hangs  <-chan struct{}
	left   chan struct{}
}

func (l *loop) Turned() time.Time {
	if turned := l.turned.Load(); turned != nil {
		return *turned
	}
	return time.Time{}
}

func (l *loop) Run(ctx context.Context, ready func()) error {
	ready()
	for Sleep(ctx, time.Minute) {
		l.turned.Store(new(time.Now()))
		select {
		case <-l.hangs:
			<-l.left
			return nil
		default:
		}
	}
	return nil
}

func TestAnEventLoopThatHangsEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang, left := make(chan struct{}), make(chan struct{})
		defer close(left)
		other := &dummy{name: "b"}
		set := Set{&loop{dummy: dummy{name: "a"}, hangs: hang, left: left}, other}
		time.AfterFunc(24*time.Hour, func() {
			if hung := set.Hung(); len(hung) > 0 {
				t.Errorf("%q hang, and all turn", hung)
			}
			close(hang)
		})
		began := time.Now()
		err := set.Run(t.Context(), alone{}, slog.New(slog.DiscardHandler))
		if took := time.Since(began) - 24*time.Hour; !errors.Is(err, ErrHung) || !strings.HasPrefix(err.Error(), "a: ") || took < (looksInVain-1)*lookEvery || took > (looksInVain+3)*lookEvery {
			t.Errorf("%v after %v", err, took)
		}
		if hung := set.Hung(); !slices.Equal(hung, []string{"a"}) {
			t.Errorf("%q hang", hung)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		if err := (Set{&loop{dummy: dummy{name: "a"}}}).Run(ctx, alone{}, slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("one that turns: %v", err)
		}
	})
}

func TestRepliesGoToTheAdapterOfTheirAddress(t *testing.T) {
	a, b := &dummy{name: "a"}, &dummy{name: "b"}
	set := Set{a, b}
	receipt, err := set.Deliver(t.Context(), commands.Address{Platform: "b"}, commands.Reply{})
	if err != nil || receipt.MessageID != "b" || len(a.got) != 0 {
		t.Errorf("%v, %v", receipt, err)
	}
	if err := set.Progress(t.Context(), commands.Address{Platform: "a"}); err != nil || len(a.got) != 1 {
		t.Errorf("progress: %v", err)
	}
	if _, err := set.Deliver(t.Context(), commands.Address{Platform: "c"}, commands.Reply{}); err == nil {
		t.Error("a reply for nobody is delivered")
	}
	if err := set.Progress(t.Context(), commands.Address{Platform: "c"}); err == nil {
		t.Error("progress for nobody is shown")
	}
}
