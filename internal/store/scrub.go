package store

import (
	"context"
	"errors"
	"fmt"
)

// Scrub takes what was wiped out of the files as well. SQLite overwrites it in
// the database, but its log of changes holds the pages as they were until the
// log begins anew, which this makes it do; while somebody reads it cannot, and
// the next call does. PostgreSQL's files are its server's.
func (s *Store) Scrub(ctx context.Context) error {
	if s.Pool != nil {
		return nil
	}
	conn, err := s.DB.Conn(ctx)
	if err != nil {
		return fmt.Errorf("scrub the database: %w", err)
	}
	// It must not wait for those who read, as whoever writes waits for it.
	_, err = conn.ExecContext(ctx, `PRAGMA busy_timeout(0); PRAGMA wal_checkpoint(TRUNCATE)`)
	_, undone := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA `+busyTimeout)
	if err := errors.Join(err, undone, conn.Close()); err != nil {
		return fmt.Errorf("scrub the database: %w", err)
	}
	return nil
}
