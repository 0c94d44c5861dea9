package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
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

func (w *world) SDModels(context.Context) ([]string, error)   { return []string{"PhotoPerfect"}, nil }
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

func TestWhatIsAcceptedIsDrawnAndDeliveredOnce(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		requests := ids("r", 20)
		for i, id := range requests {
			w.accept(fmt.Sprint("u", i%5), id)
			w.accept(fmt.Sprint("u", i%5), id) // the same event again
		}
		w.answered(requests...)
		for id, n := range w.drawn {
			if n != 1 {
				t.Errorf("%s is drawn %d times", id, n)
			}
		}
		w.accept("u0", "r0") // and once more after its answer
		w.accept("u0", "last")
		w.answered("last", "r0")
	})
}

func TestOneUserDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		release := w.hold()
		w.accept("greedy", ids("g", 30)...)
		w.wait("two of the greedy user's", func() bool { return len(w.order) == 2 })
		w.accept("modest", "m0")
		w.wait("the modest user's", func() bool { return slices.Contains(w.order, "m0") })
		w.mu.Lock()
		if len(w.order) != 3 {
			t.Errorf("at once are drawn %v", w.order)
		}
		w.mu.Unlock()
		release()
		w.answered(append(ids("g", 30), "m0")...)
	})
}

func TestLimitsRefuseWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.UserQueue, c.QueueLimit, c.DailyLimit, c.Workers = 3, 5, 7, 1 })
		release := w.hold()
		limited := func(user, id string, limit commands.Limit) {
			t.Helper()
			err := w.Accept(t.Context(), job(user, id))
			if e, ok := errors.AsType[*commands.LimitError](err); !ok || e.Limit != limit {
				t.Errorf("%s: %v, want limit %d", id, err, limit)
			}
		}
		w.accept("a", "a0")
		w.wait("the first to be drawn", func() bool { return len(w.order) == 1 })
		w.accept("a", "a1", "a2", "a3")
		limited("a", "a4", commands.UserLimit)
		w.accept("a", "a3") // the same event is no new request
		w.accept("b", "b0", "b1")
		limited("c", "c0", commands.TotalLimit)
		release()
		w.answered("a0", "a1", "a2", "a3", "b0", "b1")
		w.accept("d", "d0")
		limited("d", "d1", commands.DailyLimit)
		w.answered("d0")
	})
}

func TestARestartGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		requests := ids("r", 6)
		w.hold()
		for i, id := range requests {
			w.accept(fmt.Sprint("u", i), id)
		}
		w.wait("four to be drawn", func() bool { return len(w.order) == 4 })
		w.close(w.Jobs, 0)
		w.set(func() {
			if len(w.answers) != 0 {
				t.Errorf("answers at the end: %v", w.answers)
			}
			w.draw = nil
		})
		w.open(nil)
		w.answered(requests...)
	})
}

func TestWhatAnOpenBreakerHeldGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.breaker.mu.Lock()
	w.breaker.opened, w.breaker.since = true, time.Now()
	w.breaker.mu.Unlock()
	w.set(func() { w.draw = func(context.Context, string) error { return errAway } })
	w.accept("a", "a0")
	w.wait("its status", func() bool { return len(w.statuses["a0"]) > 0 })
	w.close(w.Jobs, 0)
	w.set(func() { w.draw = nil })
	began := time.Now()
	w.open(nil)
	w.answered("a0")
	if took := time.Since(began); took > openHold-lastTry {
		t.Errorf("it went on after %v, as if nobody had woken it", took)
	}
}

// lastTry is much less than openHold, and much more than a start takes.
const lastTry = 5 * time.Second

func TestWhatItsWorkflowLeftBehindGoesOn(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		release := w.hold()
		w.accept("a", "a0")
		w.wait("it to be drawn", func() bool { return len(w.order) == 1 })
		// The engine takes this for the end of the workflow; our row does not.
		if err := dbos.CancelWorkflow(w.engine, generateID("a0", 0)); err != nil {
			t.Fatal(err)
		}
		w.interrupt(generateID("a0", 0), errCancelled)
		release()
		w.answered("a0")
	})
}

func TestAStopLetsWhatRunsFinish(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0")
		w.accept("b", "b0")
		w.wait("one to be drawn", func() bool { return len(w.order) == 1 })
		first := w.order[0]
		closed := make(chan struct{})
		go func() {
			w.close(w.Jobs, patience)
			close(closed)
		}()
		w.wait("the stop", func() bool { return w.closing() })
		if err := w.Accept(t.Context(), job("c", "c0")); !errors.Is(err, context.Canceled) {
			t.Errorf("accepted while stopping: %v", err)
		}
		release()
		<-closed
		w.mu.Lock()
		if w.drawn[first] != 1 || len(w.drawn) != 1 {
			t.Errorf("drawn %v", w.drawn)
		}
		w.mu.Unlock()
		w.open(nil)
		w.answered("a0", "b0")
		if w.drawn[first] != 1 {
			t.Errorf("%s was drawn and is drawn again", first)
		}
	})
}

func TestAPanicInWhatShowsAStatusCostsNobodyTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Workers = 1 })
	w.set(func() { w.broken = true })
	release := w.hold()
	w.accept("a", "a0", "a1")
	for _, what := range []string{"progress could not be shown", "a status could not be shown"} {
		w.wait(what, func() bool { return strings.Contains(w.log.String(), what) })
	}
	release()
	w.answered("a0", "a1")
	if strings.Contains(w.said(), "a prompt") {
		t.Error("the log quotes the panic")
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() { w.draw = func(context.Context, string) error { panic("prompt") } })
	w.accept("a", "a0")
	if reply := w.failed("a0", "Something went wrong"); !reply.Failed || len(reply.Buttons) != 1 {
		t.Errorf("the answer is %+v", reply)
	}
	if strings.Contains(w.said(), "prompt") || !strings.Contains(w.said(), "panic") {
		t.Errorf("the log says %s", w.said())
	}
}

func TestAnAwayServiceIsWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		w.set(func() {
			w.draw = func(context.Context, string) error {
				if w.times("a0") < 3 {
					return errAway
				}
				return nil
			}
		})
		w.accept("a", "a0")
		w.wait("a status", func() bool { return len(w.statuses["a0"]) > 0 })
		if got := w.statuses["a0"][0]; !strings.HasPrefix(got, "⏳ Kelly has been away since ") {
			t.Errorf("people read %q", got)
		}
		w.answered("a0")
	})
}

func (w *world) times(prompt string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.drawn[prompt]
}

func TestHoldingEndsWithItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.HoldFor = 3 * time.Second })
	w.set(func() { w.draw = func(context.Context, string) error { return errAway } })
	w.accept("a", "a0")
	if reply := w.failed("a0", "is away right now"); len(reply.Buttons) != 1 || reply.Buttons[0].Command != "retry" {
		t.Errorf("the answer is %+v", reply)
	}

	w = newWorld(t, storetest.SQLite(t), nil)
	w.set(func() {
		w.draw = func(context.Context, string) error { return errAway }
		w.until = time.Now().Add(3 * time.Second) // the event can be answered no longer
	})
	w.accept("a", "a0")
	w.failed("a0", "is away right now")
}

func TestWhatTimesOutIsTriedTwiceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() {
		w.draw = func(context.Context, string) error { return &kelly.Error{Kind: kelly.ErrTimeout, Op: "generate"} }
	})
	w.accept("a", "a0")
	w.failed("a0", "took too long")
	if n := w.times("a0"); n != 3 {
		t.Errorf("drawn %d times", n)
	}
}

func TestARefusalIsNotHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.DailyLimit = 1 })
	w.set(func() {
		w.draw = func(context.Context, string) error {
			return &kelly.Error{Kind: kelly.ErrRefused, Op: "generate", Detail: "not this prompt"}
		}
	})
	w.accept("a", "a0")
	if reply := w.failed("a0", "not this prompt"); len(reply.Buttons) != 0 {
		t.Errorf("the answer is %+v", reply)
	}
	if strings.Contains(w.said(), "not this prompt") {
		t.Error("the log quotes the service")
	}
	// What failed does not count for the day.
	w.set(func() { w.draw = nil })
	w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
	w.accept("a", "a1")
	w.answered("a1")
}

func TestAPlatformIsLeftAloneForAsLongAsItDemands(t *testing.T) {
	t.Parallel()
	for demanded, pause := range map[time.Duration]string{7 * time.Minute: "pause=7m0s", 24 * time.Hour: "pause=1h0m0s"} {
		w := newWorld(t, storetest.SQLite(t), nil)
		w.set(func() {
			w.deliver = func(commands.Address) error {
				return fmt.Errorf("sendPhoto: %w", &commands.RetryError{Err: errors.New("429"), After: demanded})
			}
		})
		w.accept("a", "a0")
		w.wait("a delivery that failed", func() bool { return strings.Contains(w.log.String(), "try=1") })
		if !strings.Contains(w.said(), pause) {
			t.Errorf("a demand of %v: the log says\n%s", demanded, w.said())
		}
	}
}

func TestAnAwayPlatformIsWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		tries := 0
		w.set(func() {
			w.deliver = func(commands.Address) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				if tries++; tries < 3 {
					return errors.New("502")
				}
				return nil
			}
		})
		w.accept("a", "a0")
		w.answered("a0")
		if n := w.times("a0"); n != 1 || tries != 3 {
			t.Errorf("drawn %d times, delivered in %d tries", n, tries)
		}
	})
}

func TestWhatCanNeverBeDeliveredIsOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cause  error
		change func(*commands.Job)
		level  string
		state  string
	}{
		"the platform refuses it":    {commands.ErrUndeliverable, nil, "ERROR", "failed"},
		"its user is gone":           {commands.ErrClosed, nil, "INFO", "refused"},
		"its user is gone, in vain":  {commands.ErrClosed, func(j *commands.Job) { j.Work = "nonsense" }, "INFO", "failed"},
		"an admin takes no messages": {commands.ErrClosed, func(j *commands.Job) { j.Work = commands.ToTell }, "ERROR", "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), nil)
			w.set(func() {
				w.deliver = func(commands.Address) error { return fmt.Errorf("blocked: %w", c.cause) }
			})
			if err := w.asked("a", "a0", c.change); err != nil {
				t.Fatal(err)
			}
			w.wait("the record", func() bool { return strings.Contains(w.log.String(), "a request is over") })
			told := regexp.MustCompile(`level=` + c.level + ` msg="a request is over".* outcome=` + c.state + ` .*cause="blocked: `)
			if !told.MatchString(w.said()) {
				t.Errorf("the log says %s", w.said())
			}
		})
	}
}

func TestAPictureOfALostMachineIsDrawnAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	var once sync.Once
	w.set(func() {
		w.deliver = func(commands.Address) error {
			var err error
			once.Do(func() {
				w.losePictures("a0")
				err = errors.New("502")
			})
			return err
		}
	})
	w.accept("a", "a0")
	w.answered("a0")
	if n := w.times("a0"); n != 2 {
		t.Errorf("drawn %d times", n)
	}
}

func TestAPictureWhoseFileIsLostEachTimeIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.set(func() {
		w.deliver = func(commands.Address) error {
			if pictures, err := w.Store.Pictures(context.Background(), "a0"); err != nil || len(pictures) == 0 {
				return err // the words
			}
			w.losePictures("a0")
			return errors.New("502")
		}
	})
	w.accept("a", "a0")
	for lost := range 1 + maxLost {
		try := 2*lost + 1 // between them lies the one that misses the file
		w.wait("the delivery that fails", func() bool { return strings.Contains(w.log.String(), fmt.Sprintf(" try=%d ", try)) })
		if err := w.goOn(t.Context(), deliverID(run{ID: "a0", Round: try})); err != nil {
			t.Fatal(err)
		}
		if lost == maxLost {
			break
		}
		w.wait("the next drawing", func() bool { return strings.Count(w.log.String(), "it is drawn again") > lost })
		if err := w.goOn(t.Context(), generateID("a0", lost+1)); err != nil {
			t.Fatal(err)
		}
	}
	w.failed("a0", "has no room for pictures")
	if n := w.times("a0"); n != 1+maxLost {
		t.Errorf("drawn %d times", n)
	}
}

func TestAPlatformThatMissesAFileOfItsOwnCostsNoDrawing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	tries := 0
	w.set(func() {
		w.deliver = func(commands.Address) error {
			if tries++; tries > 2 {
				return nil
			}
			return fmt.Errorf("write down what is shown: %w", fs.ErrNotExist)
		}
	})
	w.accept("a", "a0")
	w.answered("a0")
	if n := w.times("a0"); n != 1 {
		t.Errorf("drawn %d times", n)
	}
}
