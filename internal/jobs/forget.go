package jobs

import (
	"context"
	"database/sql"

	"kellybot/commands"
	"kellybot/internal/store"
)

// Forget implements commands.Records: one transaction says that everything of
// by's is to go and cancels what is open, and scrub does it.
func (j *Jobs) Forget(ctx context.Context, by *commands.Request) error {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	platform, rounds := by.Address.Platform, map[string]int{}
	err := j.Store.InTx(ctx, func(tx *sql.Tx) error {
		open, err := j.Store.Forget(ctx, tx, platform, by.User.ID, string(commands.UserScope(by)))
		if err != nil {
			return err
		}
		for _, id := range open {
			if rounds[id], err = j.cancelIn(ctx, tx, store.Request{ID: id, Platform: platform, User: by.User.ID}, ""); err != nil {
				return err
			}
		}
		if j.Policy.Cooldown == 0 {
			return nil
		}
		// Nobody cuts it short so.
		last, err := store.LastAsked(ctx, tx, platform, by.User.ID, "")
		if err != nil {
			return err
		}
		return store.TraceAsked(ctx, tx, j.Store.Hash(string(commands.UserScope(by))), last)
	})
	if err != nil {
		return err
	}
	for id, round := range rounds {
		j.cancelled(ctx, id, round)
	}
	select {
	case j.forgotten <- struct{}{}:
	default: // scrub knows already
	}
	return nil
}

// forgetMarked deletes requests that their users want forgotten, as far as
// they are over, with the files that are here.
func (j *Jobs) forgetMarked(ctx context.Context) error {
	for {
		marked, err := j.Store.Forgotten(ctx, pruneBatch)
		if err != nil {
			return err
		}
		for _, r := range marked {
			pictures, err := j.Store.Pictures(ctx, r.ID)
			if err != nil {
				return err
			}
			for _, p := range pictures {
				if err := j.Files.Remove(p.Key); err != nil {
					return err
				}
			}
		}
		if err := j.forget(ctx, marked); err != nil || len(marked) < pruneBatch {
			return err
		}
	}
}

// removeUnknown removes the files of pictures whose requests are gone: another
// process may have forgotten them.
func (j *Jobs) removeUnknown(ctx context.Context) error {
	keys, err := j.Files.Keys()
	if err != nil {
		return err
	}
	unknown, err := j.Store.Unknown(ctx, keys)
	if err != nil {
		return err
	}
	for _, key := range unknown {
		if err := j.Files.Remove(key); err != nil {
			return err
		}
	}
	return nil
}
