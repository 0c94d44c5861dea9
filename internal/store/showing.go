package store

import (
	"context"
	"database/sql"
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

// An Address is where a request that is not answered yet is answered, as JSON.
type Address struct {
	ID      string
	Address []byte
}

// Addresses returns those of all requests that are not answered yet.
func (s *Store) Addresses(ctx context.Context) ([]Address, error) {
	rows, err := s.Read.QueryContext(ctx, addressesQuery)
	all, err := collect(rows, err, func(rows *sql.Rows) (a Address, err error) { return a, rows.Scan(&a.ID, &a.Address) })
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	return all, nil
}

const addressesQuery = `SELECT id, address FROM requests WHERE address IS NOT NULL AND ` + open

// Readdress stores another address, unless it has changed meanwhile.
func (s *Store) Readdress(ctx context.Context, before Address, after []byte) error {
	_, err := s.DB.ExecContext(ctx, `UPDATE requests SET address = $3 WHERE id = $1 AND address = $2`, before.ID, text(before.Address), text(after))
	if err != nil {
		return fmt.Errorf("store an address: %w", err)
	}
	return nil
}

// Shows reports whether a status of the request is being shown: what answers it
// waits until that is over.
func (s *Store) Shows(ctx context.Context, id string) (now bool, err error) {
	err = s.Read.QueryRowContext(ctx, s.render(`SELECT coalesce(showing_until, 0) > @now FROM requests WHERE id = $1`), id).Scan(&now)
	return now, oneRow(err, "look for a status")
}
