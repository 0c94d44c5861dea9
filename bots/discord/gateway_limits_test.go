package discord

import (
	"context"
	"net/http"
	"testing"
	"time"
)

// connecting has the gateway's address asked for as often as the adapter does
// within the time, and returns how often that is.
func (b *bench) connecting(t *testing.T, within time.Duration, answer http.HandlerFunc) (asked int) {
	b.faults(-1, http.MethodGet, "/gateway", func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := b.adapter.connectAll(ctx, func([]byte) {}, func() {}); err != nil {
		t.Errorf("it ended with %v", err)
	}
	return asked
}

func TestTheGatewayIsAskedForAgainOnlyAfterThePauseThatDiscordDemands(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		flood := tooMany("120", `{"message":"You are being rate limited.","retry_after":120.0,"global":false}`)
		if asked := b.connecting(t, 119*time.Second, flood); asked != 1 {
			t.Errorf("it is asked for %d times in a pause of 120 s", asked)
		}
		if asked := b.connecting(t, 10*time.Minute, flood); asked != 5 {
			t.Errorf("it is asked for %d times in five pauses of 120 s", asked)
		}
	})
}
