package jobs

import (
	"context"
	"encoding/json"
	"time"

	"kellybot/commands"
)

// scrubEvery is how long a secret stays in the database after its use, at most.
const scrubEvery = 10 * time.Second

// scrub takes out of the database what may stay there no longer: secrets that
// are of no use any more, and what is to be forgotten.
func (j *Jobs) scrub(ctx context.Context) {
	tick := time.NewTicker(scrubEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-j.forgotten:
		}
		_ = j.scrubOnce(ctx) // watch says what is wrong with the database
	}
}

func (j *Jobs) scrubOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, scrubEvery)
	defer cancel()
	open, err := j.Store.Addresses(ctx)
	if err != nil {
		return err
	}
	for _, before := range open {
		var to commands.Address
		if json.Unmarshal(before.Address, &to) != nil {
			continue // its delivery says so
		}
		rest, dead := j.Deliver.Forget(to)
		if !dead {
			continue
		}
		after, _ := json.Marshal(rest) // it came from JSON
		if err := j.Store.Readdress(ctx, before, after); err != nil {
			return err
		}
	}
	if err := j.forgetMarked(ctx); err != nil {
		return err
	}
	return j.Store.Scrub(ctx)
}
