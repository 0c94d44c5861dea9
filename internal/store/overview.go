package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// asked leaves out what tells admins of a report: the program's own requests.
const asked = ` AND size_class <> 'tell'`

// Latest returns the requests of people that were accepted last, the newest
// first, or of those that failed.
func (s *Store) Latest(ctx context.Context, failed bool, limit int) ([]Request, error) {
	rows, err := s.Read.QueryContext(ctx, `SELECT `+columns+` FROM requests
		WHERE NOT forgotten AND ($1 = 0 OR state = 'failed')`+asked+` ORDER BY accepted_at DESC, id DESC LIMIT $2`, number(failed), limit)
	latest, err := collect(rows, err, func(rows *sql.Rows) (Request, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return latest, nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A Course is what became of a request.
type Course struct {
	Platform, User, State string
	Pictures              int // that were delivered
	// As in Request.
	AcceptedAt, StartedAt, FinishedAt time.Time
}

// Courses calls each for all requests of people that were accepted since then and
// are still remembered, in no order.
func (s *Store) Courses(ctx context.Context, since time.Time, each func(Course)) error {
	rows, err := s.Read.QueryContext(ctx, `SELECT platform, user_id, state,
			CASE WHEN asked_for > 0 THEN (SELECT count(*) FROM pictures p WHERE p.request_id = requests.id AND p.message IS NOT NULL) ELSE 0 END,
			accepted_at, started_at, finished_at
		FROM requests WHERE accepted_at >= $1 AND NOT forgotten`+asked, since.UnixMilli())
	if err != nil {
		return fmt.Errorf("read the course of requests: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c Course
		if err := rows.Scan(&c.Platform, &c.User, &c.State, &c.Pictures, moment{&c.AcceptedAt}, moment{&c.StartedAt}, moment{&c.FinishedAt}); err != nil {
			return fmt.Errorf("read the course of requests: %w", err)
		}
		each(c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the course of requests: %w", err)
	}
	return nil
}
