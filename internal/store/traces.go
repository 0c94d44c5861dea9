package store

import (
	"context"
	"fmt"
	"time"
)

// TraceAsked keeps when a user who is being forgotten asked last, by their
// hashed scope, so that a pause between two requests holds on.
func TraceAsked(ctx context.Context, tx Execer, scope string, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO traces (scope, what, at) VALUES ($1, 'asked', $2)`, scope, at.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep when a user asked: %w", err)
	}
	return nil
}

// TracedAsked is when the user of the hashed scope asked last before they were
// forgotten; zero when that is not known, or was long ago.
func TracedAsked(ctx context.Context, e Execer, scope string) (at time.Time, err error) {
	if err = e.QueryRowContext(ctx, `SELECT max(at) FROM traces WHERE scope = $1 AND what = 'asked'`, scope).Scan(moment{&at}); err != nil {
		return at, fmt.Errorf("look for when a user asked: %w", err)
	}
	return at, nil
}

// PruneTraces removes what was before the time.
func (s *Store) PruneTraces(ctx context.Context, before time.Time) error {
	if _, err := s.DB.ExecContext(ctx, `DELETE FROM traces WHERE at < $1`, before.UnixMilli()); err != nil {
		return fmt.Errorf("delete old traces: %w", err)
	}
	return nil
}
