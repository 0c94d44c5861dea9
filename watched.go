package main

import (
	"context"

	"kellybot/bots"
	"kellybot/internal/jobs"
	"kellybot/internal/metrics"
	"kellybot/internal/store"
)

// watched is what /metrics looks at.
func watched(adapters bots.Set, db *store.Store, requests *jobs.Jobs) metrics.Watch {
	return metrics.Watch{
		Line: func(ctx context.Context) (line metrics.Line, err error) {
			line.States, line.OldestWaiting, err = db.Queue(ctx)
			return line, err
		},
		Running: requests.Running,
		Receiving: func() map[string]bool {
			receiving := map[string]bool{}
			for _, adapter := range adapters {
				if receiver, ok := adapter.(bots.Receiver); ok {
					receiving[adapter.Name()] = receiver.Receiving()
				}
			}
			return receiving
		},
		Writable: requests.Writable,
		Away:     func() bool { return requests.ServiceState() == jobs.ServiceAway },
	}
}
