package jobs

import (
	"context"
	"fmt"
	"time"

	"kellybot/commands"
)

// keep stores a picture.
func (j *Jobs) keep(key string, parts ...[]byte) error {
	err := j.Files.Write(key, parts...)
	if err == nil {
		return nil
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	if j.noRoom.Swap(int64(size)) == 0 {
		j.Log.Error("a picture could not be stored: make room on the disk of DATA_DIR, and let the bot's user write there; "+
			"until then no picture is drawn, and requests are kept", "cause", err)
	}
	return commands.ErrNoRoom
}

// room makes sure that a picture could be stored, after one could not: what is
// drawn in vain is paid for.
func (j *Jobs) room() error {
	size := j.noRoom.Load()
	if size == 0 {
		return nil
	}
	if err := j.Files.Room(size); err != nil {
		return fmt.Errorf("%w: %w", commands.ErrNoRoom, err)
	}
	if j.noRoom.CompareAndSwap(size, 0) {
		j.Log.Info("pictures can be stored again: all that was kept goes on")
	}
	return nil
}

// roomEvery is how often room is looked for while there is none.
const roomEvery = 30 * time.Second

// lookForRoom notices that there is room again though nobody waits for it.
func (j *Jobs) lookForRoom(ctx context.Context) {
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = j.room() // it has told that there is none
		}
	}
}
