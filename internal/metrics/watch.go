package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Line is how many requests stand where, in the whole database.
type Line struct {
	States        map[string]int // how many are in each state
	OldestWaiting time.Time      // when the oldest that waits was accepted; zero when none does
}

// A Watch is what is looked at when somebody asks. All but Line cost nothing.
type Watch struct {
	// Line asks the database.
	Line func(ctx context.Context) (Line, error)
	// Running is how many requests this process draws and delivers.
	Running func() (drawing, delivering int)
	// Receiving is whether each platform's events reach this process.
	Receiving func() map[string]bool
	// Writable is whether the database takes writes.
	Writable func() bool
	// Away is whether the breaker keeps requests from Kelly.
	Away func() bool
}

const (
	// lineTime bounds a look at the line, and lineAge is how long it is good for.
	lineTime = 2 * time.Second
	lineAge  = time.Second
)

// A watcher collects what a Watch sees.
type watcher struct {
	Watch
	ctx context.Context // of the process: a Collector is given none
	log *slog.Logger

	depth, oldest, running, receiving, writable, away *prometheus.Desc

	mu   sync.Mutex
	at   time.Time // of the last look
	line Line
	err  error
}

func newWatcher(ctx context.Context, watch Watch, log *slog.Logger) *watcher {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return &watcher{
		Watch: watch, ctx: ctx, log: log,
		depth:     describe("queue_requests", "Requests that are not over, in the whole database.", "state"),
		oldest:    describe("queue_oldest_waiting_seconds", "How long the oldest request has waited that waits for its first turn, in the whole database; 0 when none does."),
		running:   describe("running_requests", "Requests that this process works on.", "step"),
		receiving: describe("platform_receiving", "Whether events of the platform reach this process.", "platform"),
		writable:  describe("database_writable", "Whether the database takes this process's writes."),
		away:      describe("kelly_breaker_open", "Whether Kelly is away, and requests are kept from it."),
	}
}

// Describe implements prometheus.Collector.
func (w *watcher) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{w.depth, w.oldest, w.running, w.receiving, w.writable, w.away} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (w *watcher) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	drawing, delivering := w.Running()
	gauge(w.running, float64(drawing), "generate")
	gauge(w.running, float64(delivering), "deliver")
	for platform, receiving := range w.Receiving() {
		gauge(w.receiving, truth(receiving), platform)
	}
	gauge(w.writable, truth(w.Writable()))
	gauge(w.away, truth(w.Away()))
	line, err := w.look()
	if err != nil {
		return // look has said so; the others are known all the same
	}
	for state, n := range line.States {
		gauge(w.depth, float64(n), state)
	}
	waited := 0.0
	if !line.OldestWaiting.IsZero() {
		waited = max(time.Since(line.OldestWaiting).Seconds(), 0)
	}
	gauge(w.oldest, waited)
}

// look looks at the line, once a second at most, however many ask.
func (w *watcher) look() (Line, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.at.IsZero() && time.Since(w.at) < lineAge {
		return w.line, w.err
	}
	ctx, cancel := context.WithTimeout(w.ctx, lineTime)
	defer cancel()
	before := w.err
	w.line, w.err = w.Line(ctx)
	w.at = time.Now()
	if w.err != nil && before == nil && w.ctx.Err() == nil {
		w.log.Warn("the queue cannot be counted: /metrics is without it", "cause", w.err)
	}
	return w.line, w.err
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
