package store

import (
	"context"
	"fmt"
)

// Move makes what admins have decided about the one scope, what is set there
// and what it asked for be the other's, where that has nothing of it yet.
func (s *Store) Move(ctx context.Context, tx Execer, from, to string) error {
	hashedFrom, hashedTo := s.Hash(from), s.Hash(to)
	for _, move := range []struct {
		query string
		args  []any
	}{
		{`UPDATE rules SET scope = $2, subject = $3 WHERE scope = $1 AND NOT EXISTS (SELECT 1 FROM rules WHERE scope = $2)`, []any{hashedFrom, hashedTo, to}},
		{`UPDATE settings SET scope = $2 WHERE scope = $1 AND NOT EXISTS (SELECT 1 FROM settings WHERE scope = $2)`, []any{from, to}},
		{`UPDATE usage SET scope = $2 WHERE scope = $1 AND NOT EXISTS (SELECT 1 FROM usage AS there WHERE there.scope = $2 AND there.day = usage.day)`, []any{hashedFrom, hashedTo}},
	} {
		if _, err := tx.ExecContext(ctx, move.query, move.args...); err != nil {
			return fmt.Errorf("move what is stored of a chat: %w", err)
		}
	}
	return nil
}
