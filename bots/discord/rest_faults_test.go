package discord

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kellybot/bots/discord/discordtest"
)

func TestAnAbsurdDemandDoesNotKeepTheBotAwayForLong(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.faults(1, http.MethodGet, "/applications/@me", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		start := time.Now()
		if app, err := b.adapter.application(t.Context()); app != discordtest.AppID || err != nil {
			t.Errorf("got %q, %v", app, err)
		}
		if took := time.Since(start); took < longestPause || took > longestPause+time.Minute {
			t.Errorf("it took %v", took)
		}
		if !strings.Contains(b.log.String(), "pause=5m0s") {
			t.Errorf("the operator does not read how long it takes:\n%s", b.log)
		}
	})
}
