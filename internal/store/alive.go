package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Beat says that the executor, always the one of this process, is alive. It is
// an error when the database's file is not where it was opened any more.
func (s *Store) Beat(ctx context.Context, executor string) error {
	if s.Pool != nil {
		if err := s.present.keep(ctx, s.DB, executor); err != nil {
			return err
		}
	}
	if s.file != nil {
		if err := s.file.there(); err != nil {
			return err
		}
	}
	_, err := s.DB.ExecContext(ctx, s.render(`INSERT INTO heartbeats (executor, seen) VALUES ($1, @now)
		ON CONFLICT (executor) DO UPDATE SET seen = excluded.seen`), executor)
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// Alive returns the executors that beat within the time. A beat from the
// future, before the clock was put back, is one of a dead process, or soon
// followed by another.
func (s *Store) Alive(ctx context.Context, within time.Duration) (map[string]bool, error) {
	rows, err := s.Read.QueryContext(ctx, s.render(`SELECT executor FROM heartbeats WHERE abs(@now - seen) < $1`), within.Milliseconds())
	executors, err := collect(rows, err, func(rows *sql.Rows) (executor string, err error) {
		return executor, rows.Scan(&executor)
	})
	if err != nil {
		return nil, fmt.Errorf("list heartbeats: %w", err)
	}
	alive := make(map[string]bool, len(executors))
	for _, executor := range executors {
		alive[executor] = true
	}
	return alive, nil
}

// Leave removes the executor's heartbeat, and heartbeats older than a day.
func (s *Store) Leave(ctx context.Context, executor string) error {
	_, err := s.DB.ExecContext(ctx, s.render(`DELETE FROM heartbeats WHERE executor = $1 OR seen < @now - 86400000`), executor)
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// Acquire takes or renews a lease, and reports whether the executor has it
// now. A lease of a name always has the same length: one that ends later is
// from before the clock was put back, and free.
func (s *Store) Acquire(ctx context.Context, name, executor string, length time.Duration) (bool, error) {
	taken, err := some(s.DB.ExecContext(ctx, s.render(`INSERT INTO leases (name, executor, until) VALUES ($1, $2, @now + $3)
		ON CONFLICT (name) DO UPDATE SET executor = excluded.executor, until = excluded.until
		WHERE leases.executor = excluded.executor OR leases.until < @now OR leases.until > @now + $3`), name, executor, length.Milliseconds()))
	if err != nil {
		return false, fmt.Errorf("acquire a lease: %w", err)
	}
	return taken, nil
}

// Release gives a lease back, if the executor has it.
func (s *Store) Release(ctx context.Context, name, executor string) error {
	if _, err := s.DB.ExecContext(ctx, `DELETE FROM leases WHERE name = $1 AND executor = $2`, name, executor); err != nil {
		return fmt.Errorf("release a lease: %w", err)
	}
	return nil
}

// Holder returns the executor that has a lease, or had it last; "" when nobody did.
func (s *Store) Holder(ctx context.Context, name string) (executor string, err error) {
	err = s.Read.QueryRowContext(ctx, `SELECT executor FROM leases WHERE name = $1`, name).Scan(&executor)
	if err = oneRow(err, "look for a lease"); errors.Is(err, ErrGone) {
		err = nil
	}
	return executor, err
}
