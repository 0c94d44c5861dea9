package jobs

import (
	"testing"
	"time"

	"kellybot/commands"
)

func TestADeliveryHasTheTimeThatEightTakeOnASlowLine(t *testing.T) {
	for _, size := range []int{0, 3_000_000, 32 << 20} {
		reply := commands.Reply{Files: []commands.File{{Bytes: make([]byte, size)}}}
		took := time.Duration(8*size) * time.Second / 125_000
		// What an adapter takes beside: attempts that fail, and pauses.
		if has := deliverTime(reply); has < took+4*time.Minute {
			t.Errorf("%d bytes have %v and may take %v", size, has, took)
		}
	}
}
