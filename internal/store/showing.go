package store

import (
	"context"
	"fmt"
	"time"
)

// Showing marks that a status of the request is being shown for so long at
// most, by the database's clock, and reports whether it may be: a request that
// is being answered, or over, shows none any more.
func (s *Store) Showing(ctx context.Context, id string, most time.Duration) (bool, error) {
	may, err := some(s.DB.ExecContext(ctx, s.render(`
		UPDATE requests SET showing_until = @now + $2
		WHERE id = $1 AND state IN ('waiting', 'drawing', 'held')`), id, most.Milliseconds()))
	if err != nil {
		return false, fmt.Errorf("mark a status: %w", err)
	}
	return may, nil
}

// Shown clears the mark and stores the address that the status changed; with
// nil the address stays. It returns ErrGone, and stores nothing, when the
// request was answered in the meantime.
func (s *Store) Shown(ctx context.Context, id string, address []byte) error {
	return step(ctx, s.DB, "record a status", `
		UPDATE requests SET address = coalesce($2, address), showing_until = NULL
		WHERE id = $1 AND address IS NOT NULL`, id, text(address))
}

// Shows reports whether a status of the request is being shown: what answers it
// waits until that is over.
func (s *Store) Shows(ctx context.Context, id string) (now bool, err error) {
	err = s.Read.QueryRowContext(ctx, s.render(`SELECT coalesce(showing_until, 0) > @now FROM requests WHERE id = $1`), id).Scan(&now)
	return now, oneRow(err, "look for a status")
}
