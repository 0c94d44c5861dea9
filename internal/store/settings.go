package store

import (
	"context"
	"database/sql"
	"fmt"
)

// Settings returns what is stored for a user and for a chat, as JSON that is
// not looked into here; nil where nothing is. The scopes are different.
func (s *Store) Settings(ctx context.Context, user, chat string) (ofUser, ofChat []byte, err error) {
	type row struct {
		scope string
		body  []byte
	}
	rows, err := s.Read.QueryContext(ctx, `SELECT scope, body FROM settings WHERE scope IN ($1, $2)`, user, chat)
	all, err := collect(rows, err, func(rows *sql.Rows) (r row, err error) { return r, rows.Scan(&r.scope, &r.body) })
	if err != nil {
		return nil, nil, fmt.Errorf("read settings: %w", err)
	}
	for _, r := range all {
		if r.scope == user {
			ofUser = r.body
		} else {
			ofChat = r.body
		}
	}
	return ofUser, ofChat, nil
}

// ChangeSettings stores what change makes of the scope's settings, one change
// after the other; nil stands for none. An error of change leaves them as they
// are, and is returned.
func (s *Store) ChangeSettings(ctx context.Context, scope string, change func(before []byte) (after []byte, err error)) error {
	return s.InTx(ctx, func(tx *sql.Tx) error {
		var before []byte
		// Locks the row, where there is one and where there is none yet.
		err := tx.QueryRowContext(ctx, `INSERT INTO settings (scope, body) VALUES ($1, '')
			ON CONFLICT (scope) DO UPDATE SET body = settings.body RETURNING body`, scope).Scan(&before)
		if err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		if len(before) == 0 {
			before = nil
		}
		after, err := change(before)
		if err != nil {
			return err
		}
		if after == nil {
			return forgetSettings(ctx, tx, scope)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE settings SET body = $2 WHERE scope = $1`, scope, string(after)); err != nil {
			return fmt.Errorf("store settings: %w", err)
		}
		return nil
	})
}

func forgetSettings(ctx context.Context, tx Execer, scope string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM settings WHERE scope = $1`, scope); err != nil {
		return fmt.Errorf("delete settings: %w", err)
	}
	return nil
}

// Classes returns the size classes of the user's newest requests, the newest
// first.
func (s *Store) Classes(ctx context.Context, platform, user string, limit int) ([]string, error) {
	rows, err := s.Read.QueryContext(ctx, classesQuery, platform, user, limit)
	classes, err := collect(rows, err, func(rows *sql.Rows) (class string, err error) { return class, rows.Scan(&class) })
	if err != nil {
		return nil, fmt.Errorf("list what a user asked for: %w", err)
	}
	return classes, nil
}

const classesQuery = `SELECT size_class FROM requests WHERE platform = $1 AND user_id = $2 ORDER BY accepted_at DESC LIMIT $3`
