package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// recent is of how many deliveries the median is.
const recent = 20

// AddDuration records how long a request of the size class took to draw and
// deliver. Of those recorded at the very same time one may be lost.
func AddDuration(ctx context.Context, tx Execer, sizeClass string, took time.Duration, now time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO durations (size_class, slot, number, took, at)
		SELECT $1, last.number % $4, last.number + 1, $2, $3
		FROM (SELECT coalesce(max(number), 0) AS number FROM durations WHERE size_class = $1) AS last WHERE true
		ON CONFLICT (size_class, slot) DO UPDATE SET number = excluded.number, took = excluded.took, at = excluded.at`,
		sizeClass, took.Milliseconds(), now.UnixMilli(), recent)
	if err != nil {
		return fmt.Errorf("record a duration: %w", err)
	}
	return nil
}

// LastDelivery is when the last of the recorded deliveries was made; zero when
// there was none.
func (s *Store) LastDelivery(ctx context.Context) (at time.Time, err error) {
	if err = s.Read.QueryRowContext(ctx, `SELECT max(at) FROM durations`).Scan(moment{&at}); err != nil {
		return at, fmt.Errorf("read durations: %w", err)
	}
	return at, nil
}

// Median returns the median of the size class's last deliveries, and whether
// there was any.
func (s *Store) Median(ctx context.Context, sizeClass string) (time.Duration, bool, error) {
	rows, err := s.Read.QueryContext(ctx, `SELECT took FROM durations WHERE size_class = $1`, sizeClass)
	took, err := collect(rows, err, func(rows *sql.Rows) (ms int64, err error) { return ms, rows.Scan(&ms) })
	if err != nil {
		return 0, false, fmt.Errorf("read durations: %w", err)
	}
	if len(took) == 0 {
		return 0, false, nil
	}
	slices.Sort(took)
	middle := (took[(len(took)-1)/2] + took[len(took)/2]) / 2
	return time.Duration(middle) * time.Millisecond, true, nil
}
