// Package metrics counts what the program does, for Prometheus. Labels are of
// a bounded set: never an id, and never what somebody wrote.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Buckets in seconds: from what is over at once to what waited for a worker,
// or for a service that was away for half an hour.
var (
	ofRequests = []float64{0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800}
	ofCalls    = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120}
)

// Metrics is what one process has counted. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec
	generated *prometheus.HistogramVec
	delivered *prometheus.HistogramVec

	calls    *prometheus.CounterVec
	took     *prometheus.HistogramVec
	pauses   *prometheus.CounterVec
	sent     *prometheus.CounterVec
	received *prometheus.CounterVec
}

// New returns a Metrics of a program of that version that has counted nothing.
func New(version, goVersion string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.requests = m.counter("requests_total", "Requests that are over.", "platform", "command", "outcome")
	m.generated = m.histogram("request_generated_seconds", "Time from a request to its pictures.", ofRequests, "platform")
	m.delivered = m.histogram("request_delivered_seconds", "Time from a request to its answer on the platform.", ofRequests, "platform")
	m.calls = m.counter("calls_total", "Calls to Kelly and to the platforms, each attempt.", "peer", "operation", "result")
	m.took = m.histogram("call_duration_seconds", "Time of a call, from its start to the end of its answer.", ofCalls, "peer", "operation")
	m.pauses = m.counter("rate_limit_pause_seconds_total", "Pauses that peers demanded by answering 429.", "peer")
	m.sent = m.counter("sent_bytes_total", "Bytes of the bodies that were sent to peers.", "peer")
	m.received = m.counter("received_bytes_total", "Bytes of the bodies that came from peers.", "peer")
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "The program that runs; always 1."}, []string{"version", "goversion"})
	build.WithLabelValues(version, goVersion).Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const namespace = "kellybot"

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// Over counts a request that is over. generated and delivered are the times
// since it came; 0 when it has no pictures, or was not delivered.
func (m *Metrics) Over(platform, command, outcome string, generated, delivered time.Duration) {
	m.requests.WithLabelValues(platform, command, outcome).Inc()
	if generated > 0 {
		m.generated.WithLabelValues(platform).Observe(generated.Seconds())
	}
	if delivered > 0 {
		m.delivered.WithLabelValues(platform).Observe(delivered.Seconds())
	}
}

const (
	// scrapeTime bounds an answer, and scrapesAtOnce how many are made.
	scrapeTime    = 10 * time.Second
	scrapesAtOnce = 4
)

// Handler answers with everything that is counted, and what watch sees. What
// cannot be known at the moment is left out of the answer.
func (m *Metrics) Handler(ctx context.Context, watch Watch, log *slog.Logger) http.Handler {
	m.registry.MustRegister(newWatcher(ctx, watch, log))
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: scrapesAtOnce,
		Timeout:             scrapeTime,
	})
}
