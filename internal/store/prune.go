package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Rounds are how often a request was held: it has had one workflow of each
// kind, and one more for each time.
type Rounds struct {
	ID                string
	Generate, Deliver int
	Cancelled         bool
}

// Finished returns requests that ended before the time, the oldest first.
func (s *Store) Finished(ctx context.Context, before time.Time, limit int) ([]Rounds, error) {
	rows, err := s.Read.QueryContext(ctx, finishedQuery, before.UnixMilli(), limit)
	return rounds(rows, err, "list finished requests")
}

const finishedQuery = `SELECT ` + roundColumns + ` FROM requests
	WHERE finished_at < $1 ORDER BY finished_at LIMIT $2`

// roundColumns are what rounds reads.
const roundColumns = `id, round, deliver_round, state = 'cancelled'`

func rounds(rows *sql.Rows, err error, what string) ([]Rounds, error) {
	ended, err := collect(rows, err, func(rows *sql.Rows) (r Rounds, err error) {
		return r, rows.Scan(&r.ID, &r.Generate, &r.Deliver, &r.Cancelled)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return ended, nil
}

// Delete removes requests for good.
func (s *Store) Delete(ctx context.Context, requests []Rounds) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		for _, r := range requests {
			if _, err := tx.ExecContext(ctx, `DELETE FROM requests WHERE id = $1`, r.ID); err != nil {
				return fmt.Errorf("delete a request: %w", err)
			}
		}
		return nil
	})
}

// Undelivered returns the keys of the files that must be kept: they are paid
// for, and nobody has seen them yet.
func (s *Store) Undelivered(ctx context.Context) (map[string]bool, error) {
	rows, err := s.Read.QueryContext(ctx, undeliveredQuery)
	keys, err := collect(rows, err, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
	if err != nil {
		return nil, fmt.Errorf("list undelivered pictures: %w", err)
	}
	keep := make(map[string]bool, len(keys))
	for _, key := range keys {
		keep[key] = true
	}
	return keep, nil
}

const undeliveredQuery = `SELECT p.key FROM requests JOIN pictures p ON p.request_id = requests.id WHERE ` + open
