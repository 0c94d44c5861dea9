package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Counts are what the limits are checked against.
type Counts struct {
	User, All int // requests that wait or are held, of one user and of all
	Today     int // pictures accepted on the day and not given back
}

// Count counts for a request that is about to be inserted in the same
// transaction. It locks the day's usage first, so that processes accept one
// after the other and do not exceed a limit together.
func Count(ctx context.Context, tx *sql.Tx, platform, user, day string) (c Counts, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO usage (day, scope, pictures) VALUES ($1, '', 0)
		ON CONFLICT (day, scope) DO UPDATE SET pictures = usage.pictures RETURNING pictures`, day).Scan(&c.Today)
	if err == nil {
		err = tx.QueryRowContext(ctx, countQuery, platform, user).Scan(&c.User, &c.All)
	}
	if err != nil {
		return Counts{}, fmt.Errorf("count requests: %w", err)
	}
	return c, nil
}

const countQuery = `SELECT
	(SELECT count(*) FROM requests WHERE platform = $1 AND user_id = $2 AND state IN ('waiting', 'held') AND ` + open + `),
	(SELECT count(*) FROM requests WHERE state IN ('waiting', 'held') AND ` + open + `)`

// AddUsage adds pictures to what the bot was asked for on the day, such as
// "2026-01-31"; a negative number gives them back. It never falls below 0.
func AddUsage(ctx context.Context, tx Execer, day string, n int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO usage (day, scope, pictures) VALUES ($1, '', $2)
		ON CONFLICT (day, scope) DO UPDATE
		SET pictures = CASE WHEN usage.pictures + $3 < 0 THEN 0 ELSE usage.pictures + $3 END`, day, max(n, 0), n)
	if err != nil {
		return fmt.Errorf("count usage: %w", err)
	}
	return nil
}
