package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"
)

// A presence is a lock in PostgreSQL that this process holds as long as it
// lives: the server frees it when the connection of a killed process closes, so
// that a restart need not wait until the heartbeat is old.
type presence struct {
	mu   sync.Mutex
	conn *sql.Conn
}

// lockKey is the lock in PostgreSQL of the name $1.
const lockKey = `hashtextextended('kellybot ' || $1, 0)`

// keep takes the lock, again when its connection was lost. It may fail to for
// once, when another process looks at it in Absent, or when the server has not
// noticed yet that the former connection is gone: the next time does.
func (p *presence) keep(ctx context.Context, db *sql.DB, executor string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil {
		if p.conn.PingContext(ctx) == nil {
			return nil
		}
		p.drop()
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("be present: %w", err)
	}
	p.conn = conn
	var got bool
	if err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(`+lockKey+`)`, executor).Scan(&got); err != nil {
		err = fmt.Errorf("be present: %w", err)
	}
	if !got {
		p.drop()
	}
	return err
}

// close frees the lock.
func (p *presence) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop()
}

// drop frees the lock. p.mu is held.
func (p *presence) drop() {
	if p.conn == nil {
		return
	}
	discard(p.conn)
	p.conn = nil
}

// discard closes the connection for good, and so frees its locks.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // which keeps it out of the pool
	_ = conn.Close()                                           // it is gone either way
}

// Absent reports whether the executor's process has certainly ended. It is
// always false on SQLite, where no other process works.
func (s *Store) Absent(ctx context.Context, executor string) (bool, error) {
	if s.Pool == nil {
		return false, nil
	}
	var free bool
	if err := s.DB.QueryRowContext(ctx, `SELECT pg_try_advisory_xact_lock(`+lockKey+`)`, executor).Scan(&free); err != nil {
		return false, fmt.Errorf("look for a process: %w", err)
	}
	return free, nil
}

// Exclusively runs f while no other process runs one under that name. The
// engine's own migration needs it: it fails when two processes begin with an
// empty PostgreSQL database. No transaction is open meanwhile, and no statement
// waits for the lock: that migration has CREATE INDEX CONCURRENTLY, which
// would wait for them.
func (s *Store) Exclusively(ctx context.Context, name string, f func() error) error {
	if s.Pool == nil {
		return f() // the file's lock is held
	}
	conn, err := s.DB.Conn(ctx)
	if err != nil {
		return fmt.Errorf("wait for other processes: %w", err)
	}
	defer discard(conn)
	pause := time.NewTicker(exclusivePoll)
	defer pause.Stop()
	for {
		var free bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(`+lockKey+`)`, name).Scan(&free); err != nil {
			return fmt.Errorf("wait for other processes: %w", err)
		}
		if free {
			return f()
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for other processes: %w", ctx.Err())
		}
	}
}

// exclusivePoll is how often Exclusively looks whether it is its turn.
const exclusivePoll = 100 * time.Millisecond
