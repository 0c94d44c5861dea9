package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// patience bounds each wait for something that must happen.
const patience = time.Minute

// A world is jobs with everything around them faked but the database.
type world struct {
	t   testing.TB
	url string // of the database
	dir string

	*Jobs
	log bytes.Buffer

	mu         sync.Mutex
	changed    chan struct{}
	draw       func(ctx context.Context, prompt string) error // before a picture is drawn
	deliver    func(to commands.Address) error                // before a reply is taken
	drawn      map[string]int                                 // times, by prompt
	order      []string                                       // prompts, as their drawing began
	answers    map[string][]commands.Reply                    // by request
	pictures   map[string][]byte
	statuses   map[string][]string
	nextShow   int
	until      time.Time
	broken     bool     // what shows statuses and progress
	speechless bool     // Describe fails
	removed    []string // messages
	refuse     error    // of Remove
}

func newWorld(t testing.TB, url string, change func(*Config)) *world {
	w := &world{
		t: t, url: url, dir: t.TempDir(), changed: make(chan struct{}),
		drawn: map[string]int{}, answers: map[string][]commands.Reply{}, pictures: map[string][]byte{}, statuses: map[string][]string{},
	}
	w.open(change)
	return w
}

// open starts the jobs, as after a restart when they ran before.
func (w *world) open(change func(*Config)) {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	files, err := store.OpenFiles(filepath.Join(w.dir, "pictures"))
	if err != nil {
		w.t.Fatal(err)
	}
	catalog := commands.NewCatalog(w)
	cfg := Config{
		Store: db, Files: files, Service: w, Catalog: catalog, Deliver: w, Executor: NewExecutor(db),
		Workers: 4, UserConcurrency: 2, Limits: Limits{UserQueue: 100, QueueLimit: 1000}, HoldFor: time.Hour,
		KeepOriginals: time.Hour, OriginalsLimit: 1 << 30, Metadata: NoMetadata,
		Log: slog.New(slog.NewTextHandler(locked{w}, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	if w.Jobs, err = Open(cfg); err != nil {
		w.t.Fatal(err)
	}
	running := w.Jobs
	w.t.Cleanup(func() {
		catalog.Close()
		w.close(running, 0)
	})
}

// close stops the jobs, with a grace.
func (w *world) close(j *Jobs, grace time.Duration) {
	if j.closing() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := j.Close(ctx); err != nil {
		w.t.Logf("close: %v", err)
	}
	_ = j.Store.Close()
}

// locked writes to a world's log.
type locked struct{ w *world }

func (l locked) Write(p []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.w.change()
	return l.w.log.Write(p)
}

// said is what the log says.
func (w *world) said() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// change tells those who wait that something has happened. w.mu is held.
func (w *world) change() {
	close(w.changed)
	w.changed = make(chan struct{})
}

// wait waits until done, which is called with w.mu held, is true.
func (w *world) wait(what string, done func() bool) {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		ok, changed := done(), w.changed
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("waited in vain for %s; answers %v, drawn %v\n%s", what, w.answers, w.drawn, w.log.String())
		}
	}
}

func (w *world) Generate(ctx context.Context, req kelly.GenerateRequest) (*kelly.Picture, error) {
	w.mu.Lock()
	w.drawn[req.Prompt]++
	w.order = append(w.order, req.Prompt)
	draw := w.draw
	w.change()
	w.mu.Unlock()
	if draw != nil {
		if err := draw(ctx, req.Prompt); err != nil {
			return nil, err
		}
	}
	return kelly.NewPicture(kellytest.Picture(req.Prompt, req.Model, req.Width, req.Height))
}

func (w *world) Edit(ctx context.Context, req kelly.EditRequest) (*kelly.Picture, error) {
	return w.Generate(ctx, kelly.GenerateRequest{Prompt: fmt.Sprintf("%s of %d bytes", req.Prompt, len(req.Image)), Width: req.Width, Height: req.Height})
}

func (w *world) Upscale(ctx context.Context, image []byte) (*kelly.Picture, error) {
	return w.Generate(ctx, kelly.GenerateRequest{Prompt: fmt.Sprintf("upscaled of %d bytes", len(image)), Width: 128, Height: 128})
}

func (w *world) RemoveBackground(ctx context.Context, image []byte) (*kelly.Picture, error) {
	return w.Generate(ctx, kelly.GenerateRequest{Prompt: fmt.Sprintf("cut out of %d bytes", len(image)), Width: 64, Height: 64})
}

func (w *world) Describe(_ context.Context, question string, image []byte) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.speechless {
		return "", errAway
	}
	return fmt.Sprintf("%s A picture of %d bytes.", question, len(image)), nil
}

func (w *world) SDModels(context.Context) ([]string, error) { return []string{"PhotoPerfect"}, nil }

func (w *world) SDXLModels(context.Context) ([]string, error) { return []string{}, nil }

// key is the request that an address belongs to.
func key(to commands.Address) string {
	var id string
	_ = json.Unmarshal(to.Data, &id)
	id, _, _ = strings.Cut(id, "+")
	return id
}

func (w *world) Deliver(_ context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	w.mu.Lock()
	deliver := w.deliver
	w.mu.Unlock()
	if deliver != nil {
		if err := deliver(to); err != nil {
			return commands.Receipt{}, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	id := key(to)
	w.answers[id] = append(w.answers[id], reply)
	for _, image := range reply.Images {
		w.pictures[id] = slices.Clone(image.Picture.Bytes())
	}
	w.change()
	receipt := commands.Receipt{MessageID: "m" + id, Link: "https://chat/" + id}
	for n := range reply.Images {
		copied, _ := json.Marshal(id)
		receipt.Images = append(receipt.Images, commands.Delivered{
			MessageID: fmt.Sprintf("m%s.%d", id, n+1), File: commands.Attachment{Data: copied},
		})
	}
	return receipt, nil
}

// Fetch gives out what was delivered last to the request that the attachment
// names, or what people sent under that name.
func (w *world) Fetch(_ context.Context, _ string, a commands.Attachment) (io.ReadCloser, int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var id string
	_ = json.Unmarshal(a.Data, &id)
	picture, ok := w.pictures[id]
	if !ok {
		return nil, 0, commands.ErrUnfetched
	}
	return io.NopCloser(bytes.NewReader(picture)), int64(len(picture)), nil
}

func (w *world) Private(platform, _, event string) (commands.Address, error) {
	if platform == "mute" {
		return commands.Address{}, errAway
	}
	data, err := json.Marshal(event)
	return commands.Address{Platform: platform, Data: data}, err
}

func (w *world) Chat(platform, id string) (commands.Address, error) {
	data, err := json.Marshal(id)
	return commands.Address{Platform: platform, Data: data}, err
}

func (w *world) Remove(_ context.Context, _ commands.Address, messages []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removed = append(w.removed, messages...)
	return w.refuse
}

func (w *world) Progress(context.Context, commands.Address) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		panic("a prompt")
	}
	return nil
}

func (w *world) Show(_ context.Context, to commands.Address, status commands.Status) (commands.Address, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		panic("a prompt")
	}
	id := key(to)
	if len(w.answers[id]) > 0 {
		w.t.Errorf("a status of %s is shown after its answer", id)
	}
	w.statuses[id] = append(w.statuses[id], status.Text.String())
	w.nextShow++
	to.Data, _ = json.Marshal(fmt.Sprintf("%s+%d", id, w.nextShow))
	w.change()
	return to, nil
}

// dead is what Forget takes for dead in an address.
const dead = "token-dead"

func (w *world) Forget(to commands.Address) (commands.Address, bool) {
	held := bytes.Contains(to.Data, []byte(dead))
	to.Data = bytes.ReplaceAll(to.Data, []byte(dead), nil)
	return to, held
}

// homeless is what no address is kept of.
const homeless = "homeless"

func (w *world) Keep(to commands.Address) (commands.Address, bool) {
	if bytes.Contains(to.Data, []byte(homeless)) {
		return commands.Address{}, false
	}
	to.Data, _ = json.Marshal(key(to))
	return to, true
}

func (w *world) Until(commands.Address) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.until
}

// job is a job of a user; its id and prompt are id.
func job(user, id string) commands.Job {
	data, _ := json.Marshal(id)
	return commands.Job{
		Request: commands.Request{
			ID: id, Address: commands.Address{Platform: "telegram", Data: data},
			User: commands.User{ID: user}, Chat: commands.Chat{ID: "c" + user}, Command: "imagine",
		},
		Generate: kelly.GenerateRequest{Prompt: id, Model: "PhotoPerfect", Width: 64, Height: 64},
	}
}

func (w *world) accept(user string, ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		if err := w.Accept(w.t.Context(), job(user, id)); err != nil {
			w.t.Fatalf("accept %s: %v", id, err)
		}
	}
}

// answered waits until the requests are answered, and checks that each got
// its own picture, once.
func (w *world) answered(ids ...string) {
	w.t.Helper()
	w.wait("answers to "+strings.Join(ids, ", "), func() bool {
		return !slices.ContainsFunc(ids, func(id string) bool { return len(w.answers[id]) == 0 })
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		if !bytes.Equal(w.pictures[id], kellytest.Picture(id, "PhotoPerfect", 64, 64)) || len(w.answers[id]) != 1 {
			w.t.Errorf("%s got %d answers: %v", id, len(w.answers[id]), w.answers[id])
		}
	}
}

// failed waits for the one answer, which must say why there is no picture.
func (w *world) failed(id, words string) commands.Reply {
	w.t.Helper()
	w.wait("the answer to "+id, func() bool { return len(w.answers[id]) > 0 })
	w.mu.Lock()
	defer w.mu.Unlock()
	reply := w.answers[id][0]
	if len(w.answers[id]) != 1 || len(reply.Images) != 0 || !strings.Contains(reply.Text.String(), words) {
		w.t.Errorf("%s got %v, want %q", id, w.answers[id], words)
	}
	return reply
}

// hold makes drawing wait until release is called.
func (w *world) hold() (release func()) {
	gate := make(chan struct{})
	w.set(func() {
		w.draw = func(ctx context.Context, _ string) error {
			select {
			case <-gate:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return sync.OnceFunc(func() { close(gate) })
}

func (w *world) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

func ids(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return all
}

var errAway = &kelly.Error{Kind: kelly.ErrAway, Op: "generate"}
