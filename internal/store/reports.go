package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A Report is a picture that somebody has told the admins of.
type Report struct {
	ID      string // short
	Picture string // its id
	Scope   string // of who reported it, hashed
	Body    []byte // JSON, which is not looked into here
	At      time.Time
}

// AddReport adds a report. It reports false, and adds nothing, when they have
// reported that picture before.
func AddReport(ctx context.Context, tx Execer, r Report) (fresh bool, err error) {
	fresh, err = some(tx.ExecContext(ctx, `INSERT INTO reports (id, picture, scope, body, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (picture, scope) DO NOTHING`, r.ID, r.Picture, r.Scope, string(r.Body), r.At.UnixMilli()))
	if err != nil {
		return false, fmt.Errorf("store a report: %w", err)
	}
	return fresh, nil
}

// CountReports returns how many reports of the scope came after the time, those
// that went with /forget too.
func CountReports(ctx context.Context, tx Execer, scope string, after time.Time) (n int, err error) {
	if err = tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM reports WHERE scope = $1 AND at > $2)
		+ (SELECT count(*) FROM traces WHERE scope = $1 AND what = 'reported' AND at > $2)`, scope, after.UnixMilli()).Scan(&n); err != nil {
		return 0, fmt.Errorf("count reports: %w", err)
	}
	return n, nil
}

const reportColumns = `SELECT id, picture, scope, body, at FROM reports `

func scanReport(row interface{ Scan(...any) error }) (r Report, err error) {
	return r, row.Scan(&r.ID, &r.Picture, &r.Scope, &r.Body, moment{&r.At})
}

// Report returns the report of that id, or ErrGone.
func (s *Store) Report(ctx context.Context, id string) (Report, error) {
	r, err := scanReport(s.Read.QueryRowContext(ctx, reportColumns+`WHERE id = $1`, id))
	return r, oneRow(err, "look for a report")
}

// ReportsOf returns the reports of the scope, the newest first.
func (s *Store) ReportsOf(ctx context.Context, scope string) ([]Report, error) {
	rows, err := s.Read.QueryContext(ctx, reportColumns+`WHERE scope = $1 ORDER BY at DESC, id`, scope)
	all, err := collect(rows, err, func(rows *sql.Rows) (Report, error) { return scanReport(rows) })
	if err != nil {
		return nil, fmt.Errorf("list a user's reports: %w", err)
	}
	return all, nil
}

// PruneReports removes the reports that were made before the time.
func (s *Store) PruneReports(ctx context.Context, before time.Time) error {
	if _, err := s.DB.ExecContext(ctx, `DELETE FROM reports WHERE at < $1`, before.UnixMilli()); err != nil {
		return fmt.Errorf("delete old reports: %w", err)
	}
	return nil
}

// Uncopy forgets where the platform keeps the request's pictures, so that none
// is fetched from there.
func Uncopy(ctx context.Context, tx Execer, id string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE pictures SET file = NULL WHERE request_id = $1`, id); err != nil {
		return fmt.Errorf("forget where pictures are: %w", err)
	}
	return nil
}

// forgetReports leaves of a user's reports when they were.
func forgetReports(ctx context.Context, tx Execer, scope string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO traces (scope, what, at) SELECT scope, 'reported', at FROM reports WHERE scope = $1`, scope)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM reports WHERE scope = $1`, scope)
	}
	if err != nil {
		return fmt.Errorf("delete a user's reports: %w", err)
	}
	return nil
}
