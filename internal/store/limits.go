package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Counts are what the limits are checked against.
type Counts struct {
	User, All int // requests that wait or are held, of one user and of all
	Today     int // pictures accepted on the day and not given back
}

// Count counts for a request that is about to be inserted in the same
// transaction. It locks as Lock does.
func Count(ctx context.Context, tx *sql.Tx, platform, user, day string) (c Counts, err error) {
	if c.Today, err = Lock(ctx, tx, day); err != nil {
		return Counts{}, err
	}
	if err := tx.QueryRowContext(ctx, countQuery, platform, user).Scan(&c.User, &c.All); err != nil {
		return Counts{}, fmt.Errorf("count requests: %w", err)
	}
	return c, nil
}

// Lock locks the day's usage until the transaction ends, so that processes
// accept one after the other and do not exceed a limit together, nor accept
// what is forbidden meanwhile. It returns the pictures of the day.
func Lock(ctx context.Context, tx *sql.Tx, day string) (pictures int, err error) {
	if err = tx.QueryRowContext(ctx, `INSERT INTO usage (day, scope, pictures) VALUES ($1, '', 0)
		ON CONFLICT (day, scope) DO UPDATE SET pictures = usage.pictures RETURNING pictures`, day).Scan(&pictures); err != nil {
		return 0, fmt.Errorf("lock the usage: %w", err)
	}
	return pictures, nil
}

// Used returns the pictures of each scope, which are hashed, that were accepted
// on the day and not given back.
func Used(ctx context.Context, e Execer, day string, scopes ...string) ([]int, error) {
	used := make([]int, len(scopes))
	for i, scope := range scopes {
		err := e.QueryRowContext(ctx, `SELECT coalesce(max(pictures), 0) FROM usage WHERE day = $1 AND scope = $2`, day, scope).Scan(&used[i])
		if err != nil {
			return nil, fmt.Errorf("read the usage: %w", err)
		}
	}
	return used, nil
}

// LastAsked is when the user's newest request for pictures was accepted that
// did not fail and was not cancelled before the service was at work on it, other
// than the one of that id; zero when there is none.
func LastAsked(ctx context.Context, e Execer, platform, user, but string) (at time.Time, err error) {
	err = e.QueryRowContext(ctx, lastAskedQuery, platform, user, but).Scan(moment{&at})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return at, fmt.Errorf("look for a user's newest request: %w", err)
	}
	return at, nil
}

const lastAskedQuery = `SELECT accepted_at FROM requests
	WHERE platform = $1 AND user_id = $2 AND asked_for > 0 AND id <> $3
	AND state NOT IN ('failed', 'refused') AND (state <> 'cancelled' OR started_at IS NOT NULL AND held_since IS NULL)
	ORDER BY accepted_at DESC LIMIT 1`

const countQuery = `SELECT
	(SELECT count(*) FROM requests WHERE platform = $1 AND user_id = $2 AND state IN ('waiting', 'held') AND ` + open + `),
	(SELECT count(*) FROM requests WHERE state IN ('waiting', 'held') AND ` + open + `)`

// AddUsage adds pictures to what the bot was asked for on the day, such as
// "2026-01-31", and to each of the scopes, which are hashed; a negative number
// gives them back. None falls below 0.
func AddUsage(ctx context.Context, tx Execer, day string, n int, scopes ...string) error {
	for _, scope := range append([]string{""}, scopes...) {
		_, err := tx.ExecContext(ctx, `INSERT INTO usage (day, scope, pictures) VALUES ($1, $2, $3)
			ON CONFLICT (day, scope) DO UPDATE
			SET pictures = CASE WHEN usage.pictures + $4 < 0 THEN 0 ELSE usage.pictures + $4 END`, day, scope, max(n, 0), n)
		if err != nil {
			return fmt.Errorf("count usage: %w", err)
		}
	}
	return nil
}

// PruneUsage removes what users and chats asked for before the day.
func (s *Store) PruneUsage(ctx context.Context, day string) error {
	if _, err := s.DB.ExecContext(ctx, `DELETE FROM usage WHERE scope <> '' AND day < $1`, day); err != nil {
		return fmt.Errorf("delete old usage: %w", err)
	}
	return nil
}
