package playground_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/playground"
)

func TestConformance(t *testing.T) {
	botstest.Run(t, func(t *testing.T) botstest.Platform {
		t.Parallel()
		return start(t)
	})
}

// A platform is the page's API as people's browsers use it. Its adapters have
// one folder, of which the last one is asked.
type platform struct {
	tb  testing.TB
	dir string

	mu       sync.Mutex
	adapter  *playground.Adapter
	server   *httptest.Server
	people   map[string]bool
	watched  map[string]bool // by server and person
	changed  chan struct{}
	again    func() // makes the last request once more
	events   int
	busy     int
	posting  sync.WaitGroup
	browsing sync.WaitGroup
}

func start(tb testing.TB) *platform {
	p := &platform{tb: tb, dir: tb.TempDir(), people: map[string]bool{}, watched: map[string]bool{}, changed: make(chan struct{})}
	tb.Cleanup(p.browsing.Wait)
	return p
}

// Solitary implements botstest.Solitary.
func (*platform) Solitary() {}

// RefuseToken implements botstest.Platform.
func (*platform) RefuseToken() {}

// Adapter implements botstest.Platform.
func (p *platform) Adapter(tb testing.TB, router bots.Router) bots.Adapter {
	tb.Helper()
	adapter, err := playground.New(playground.Config{
		Dir:    p.dir,
		Router: router,
		Log:    slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(adapter)
	tb.Cleanup(func() {
		p.posting.Wait()
		server.Close()
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.adapter, p.server = adapter, server
	return adapter
}

// Say implements botstest.Platform.
func (p *platform) Say(from botstest.From, line string, attached ...botstest.File) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("event", p.event())
	_ = form.WriteField("text", line)
	for _, f := range attached {
		part, _ := form.CreateFormFile("picture", f.Name)
		_, _ = part.Write(f.Bytes)
	}
	_ = form.Close()
	p.post(from.UserID, "/api/say", form.FormDataContentType(), body.Bytes())
}

// Press implements botstest.Platform.
func (p *platform) Press(from botstest.From, below botstest.Message, label string) {
	all := p.all()
	m := all[slices.IndexFunc(all, func(m seen) bool { return m.ID == below.ID })]
	for _, b := range slices.Concat(m.Buttons...) {
		if b.Label == label {
			p.postJSON(from.UserID, "/api/press", map[string]any{"event": p.event(), "message": m.ID, "command": b.Command, "id": b.ID})
			return
		}
	}
	p.tb.Errorf("below message %s is no button %s", m.ID, label)
}

// Fill implements botstest.Platform.
func (p *platform) Fill(from botstest.From, text string) bool {
	for _, m := range slices.Backward(p.all()) {
		if m.Form == nil {
			continue
		}
		values := map[string]string{}
		for i, f := range m.Form.Fields {
			if values[f.Name] = f.Value; i == 0 {
				values[f.Name] = text
			}
		}
		p.postJSON(from.UserID, "/api/fill", map[string]any{"event": p.event(), "message": m.ID, "values": values})
		return true
	}
	return false
}

// Repeat implements botstest.Platform.
func (p *platform) Repeat() {
	p.mu.Lock()
	again := p.again
	p.mu.Unlock()
	again()
}

// Messages implements botstest.Platform.
func (p *platform) Messages() []botstest.Message {
	var seen []botstest.Message
	for _, m := range p.all() {
		one := botstest.Message{Chat: m.by, ID: m.ID}
		if m.Private {
			one.For = m.by
		}
		for _, s := range m.Text {
			one.Text += s.Text
		}
		for _, f := range slices.Concat(m.Images, m.Files) {
			resp, body := p.get(m.by, "/files/"+f.ID+"/x")
			_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
			if err != nil || resp.StatusCode != http.StatusOK {
				p.tb.Errorf("a file comes as %s, %v", resp.Status, err)
			}
			one.Files = append(one.Files, botstest.File{
				Name: params["filename"], ContentType: resp.Header.Get("Content-Type"), Alt: f.Alt, Bytes: body, Spoiler: f.Spoiler,
			})
		}
		for _, b := range slices.Concat(m.Buttons...) {
			one.Buttons = append(one.Buttons, b.Label)
		}
		seen = append(seen, one)
	}
	return seen
}

// Changed implements botstest.Platform.
func (p *platform) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// Menu implements botstest.Platform.
func (p *platform) Menu() (names []string) {
	for _, c := range p.hello("1").Commands {
		names = append(names, c.Name)
	}
	return names
}

// Busy implements botstest.Platform.
func (p *platform) Busy() int {
	p.all()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.busy
}

// A seen is a message as the API has it.
type seen struct {
	by      string // whose chat it is in
	ID      string
	At      int64
	Own     bool
	Private bool
	Text    []struct{ Text string }
	Images  []shown
	Files   []shown
	Buttons [][]struct{ Label, Command, ID string }
	Form    *struct {
		Fields []struct{ Name, Value string }
	}
}

type shown struct {
	ID, Alt string
	Spoiler bool
}

// all are the bot's messages to everybody.
func (p *platform) all() []seen {
	p.mu.Lock()
	people := slices.Sorted(maps.Keys(p.people))
	p.mu.Unlock()
	var all []seen
	for _, person := range people {
		ctx, cancel := context.WithCancel(p.tb.Context())
		resp := p.request(ctx, person, http.MethodGet, "/api/events", "", nil)
		d, _ := nextEvent(p.tb, bufio.NewReader(resp.Body))
		cancel()
		resp.Body.Close()
		if d.Busy > 0 {
			p.mu.Lock()
			p.busy++
			p.mu.Unlock()
		}
		for _, m := range d.Messages {
			if !m.Own {
				m.by = person
				all = append(all, m)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b seen) int { return cmp.Compare(a.At, b.At) })
	return all
}

type change struct {
	Rev, Busy int64
	IDs       []string
	Messages  []seen
}

// nextEvent reads the next event of a stream; ok is false at its end.
func nextEvent(tb testing.TB, stream *bufio.Reader) (d change, ok bool) {
	tb.Helper()
	for {
		line, err := stream.ReadString('\n')
		if err != nil {
			return change{}, false
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &d); err != nil {
				tb.Errorf("an event is %q", data)
			}
			return d, true
		}
	}
}

func (p *platform) event() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events++
	return fmt.Sprintf("event%027d", p.events)
}

type hello struct {
	Token    string
	Commands []struct{ Name string }
}

func (p *platform) hello(person string) (h hello) {
	_, body := p.get(person, "/api/hello")
	if err := json.Unmarshal(body, &h); err != nil {
		p.tb.Errorf("the hello is %q", body)
	}
	return h
}

func (p *platform) get(person, path string) (*http.Response, []byte) {
	resp := p.request(p.tb.Context(), person, http.MethodGet, path, "", nil)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.tb.Errorf("%s: %v", path, err)
	}
	return resp, body
}

func (p *platform) postJSON(person, path string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		p.tb.Error(err)
	}
	p.post(person, path, "application/json", body)
}

// post sends a request, and does not wait for its answer.
func (p *platform) post(person, path, kind string, body []byte) {
	p.watch(person)
	send := func() {
		p.posting.Go(func() {
			resp := p.request(context.WithoutCancel(p.tb.Context()), person, http.MethodPost, path, kind, body)
			defer resp.Body.Close()
			// What comes when the adapter has ended is for the next one.
			if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable {
				p.tb.Errorf("%s is answered with %s: %s", path, resp.Status, said)
			}
		})
	}
	p.mu.Lock()
	p.again = send
	p.mu.Unlock()
	send()
}

// watch follows the person's chat until the test ends.
func (p *platform) watch(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[person] = true
	key := p.server.URL + person
	if p.watched[key] {
		return
	}
	p.watched[key] = true
	p.browsing.Go(func() {
		resp := p.request(p.tb.Context(), person, http.MethodGet, "/api/events", "", nil)
		defer resp.Body.Close()
		stream := bufio.NewReader(resp.Body)
		for {
			if _, ok := nextEvent(p.tb, stream); !ok {
				return
			}
			p.mu.Lock()
			close(p.changed)
			p.changed = make(chan struct{})
			p.mu.Unlock()
		}
	})
}

func (p *platform) request(ctx context.Context, person, method, path, kind string, body []byte) *http.Response {
	p.mu.Lock()
	adapter, server := p.adapter, p.server
	p.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, method, server.URL+path, bytes.NewReader(body))
	if err != nil {
		p.tb.Fatal(err)
	}
	req.Header.Set("Cookie", adapter.Cookie(person))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Origin", server.URL)
		req.Header.Set("X-Csrf-Token", p.hello(person).Token)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		if ctx.Err() == nil {
			p.tb.Errorf("%s: %v", path, err)
		}
		return &http.Response{Header: http.Header{}, Body: http.NoBody}
	}
	return resp
}
