package store

import (
	"context"
	"fmt"
	"time"
)

// Showing marks that a status of the request is being shown, at the latest
// until that time, and reports whether it may be: a request that is being
// answered, or over, shows none any more.
func (s *Store) Showing(ctx context.Context, id string, until time.Time) (bool, error) {
	may, err := some(s.DB.ExecContext(ctx, `
		UPDATE requests SET showing_until = $2
		WHERE id = $1 AND state IN ('waiting', 'drawing', 'held')`, id, until.UnixMilli()))
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

// ShownBy returns the mark: what answers the request waits until it is cleared
// or that time has come. It is the zero Time when there is none.
func (s *Store) ShownBy(ctx context.Context, id string) (until time.Time, err error) {
	err = s.Read.QueryRowContext(ctx, `SELECT showing_until FROM requests WHERE id = $1`, id).Scan(moment{&until})
	return until, oneRow(err, "look for a status")
}
