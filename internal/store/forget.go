package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RequestsOf returns requests of the user, the newest first, that come after
// the one of that time and id in this order: at most limit.
func (s *Store) RequestsOf(ctx context.Context, platform, user string, after time.Time, id string, limit int) ([]Request, error) {
	rows, err := s.Read.QueryContext(ctx, requestsOfQuery, platform, user, after.UnixMilli(), id, limit)
	all, err := collect(rows, err, func(rows *sql.Rows) (Request, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("list a user's requests: %w", err)
	}
	return all, nil
}

const requestsOfQuery = `SELECT ` + columns + ` FROM requests
	WHERE platform = $1 AND user_id = $2 AND (accepted_at, id) < ($3, $4)
	ORDER BY accepted_at DESC, id DESC LIMIT $5`

// Forget removes a user's settings, offers and reports, and marks all their
// requests: each is to be deleted once it is over. It returns the ids of those
// that can still be cancelled. scope is the user's, as of settings. What admins
// have decided, today's quota and how many reports there were hold on for the
// hash of it.
func (s *Store) Forget(ctx context.Context, tx Execer, platform, user, scope string) (cancel []string, err error) {
	if err := forgetSettings(ctx, tx, scope); err != nil {
		return nil, err
	}
	if err := forgetRule(ctx, tx, s.Hash(scope)); err != nil {
		return nil, err
	}
	if err := forgetReports(ctx, tx, s.Hash(scope)); err != nil {
		return nil, err
	}
	if _, err := tx.ExecContext(ctx, markQuery, platform, user); err != nil {
		return nil, fmt.Errorf("mark a user's requests: %w", err)
	}
	// Once they are marked: a request that is failing meanwhile waits for this
	// transaction, or has stored what it offers.
	if _, err := tx.ExecContext(ctx, `DELETE FROM offers WHERE scope = $1`, scope); err != nil {
		return nil, fmt.Errorf("delete a user's offers: %w", err)
	}
	return Cancellable(ctx, tx, platform, user)
}

// Cancellable returns the ids of a user's requests that wait, are drawn or are
// held.
func Cancellable(ctx context.Context, tx Execer, platform, user string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, cancellableQuery, platform, user)
	ids, err := collect(rows, err, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("list a user's open requests: %w", err)
	}
	return ids, nil
}

// CancellableOn returns a platform's requests that wait, are drawn or are held.
func CancellableOn(ctx context.Context, tx Execer, platform string) ([]Request, error) {
	rows, err := tx.QueryContext(ctx, cancellableOnQuery, platform)
	open, err := collect(rows, err, func(rows *sql.Rows) (Request, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("list a platform's open requests: %w", err)
	}
	return open, nil
}

const (
	markQuery          = `UPDATE requests SET forgotten = TRUE WHERE platform = $1 AND user_id = $2 AND NOT forgotten`
	cancellableQuery   = `SELECT id FROM requests WHERE platform = $1 AND user_id = $2 AND ` + open + ` AND state <> 'delivering'`
	cancellableOnQuery = `SELECT ` + columns + ` FROM requests WHERE platform = $1 AND ` + open + ` AND state <> 'delivering'`
)

// Forgotten returns marked requests that are over, and whose end was told.
func (s *Store) Forgotten(ctx context.Context, limit int) ([]Rounds, error) {
	rows, err := s.Read.QueryContext(ctx, forgottenQuery, limit)
	return rounds(rows, err, "list forgotten requests")
}

const forgottenQuery = `SELECT ` + roundColumns + ` FROM requests
	WHERE forgotten AND finished_at IS NOT NULL AND address IS NULL LIMIT $1`

// Unknown returns those of the files' keys that are of no request.
func (s *Store) Unknown(ctx context.Context, keys []string) ([]string, error) {
	var unknown []string
	for some := range slices.Chunk(keys, unknownBatch) {
		shorts := make([]string, len(some))
		for i, key := range some {
			shorts[i] = shortOf(key)
		}
		list, args := in(shorts)
		rows, err := s.Read.QueryContext(ctx, `SELECT short FROM requests WHERE short IN `+list, args...) //nolint:gosec // a list of $1, $2 and so on
		known, err := collect(rows, err, func(rows *sql.Rows) (short string, err error) { return short, rows.Scan(&short) })
		if err != nil {
			return nil, fmt.Errorf("look for requests of files: %w", err)
		}
		for _, key := range some {
			if !slices.Contains(known, shortOf(key)) {
				unknown = append(unknown, key)
			}
		}
	}
	return unknown, nil
}

// unknownBatch is how many keys one query looks for.
const unknownBatch = 200

// shortOf is the short id of the request that a file's key begins with.
func shortOf(key string) string { return key[:min(len(key), shortLength)] }

// in is a list for the operator IN, and the arguments of a statement that has
// no others.
func in(values []string) (list string, args []any) {
	places := make([]string, len(values))
	for i, value := range values {
		args, places[i] = append(args, value), "$"+strconv.Itoa(i+1)
	}
	return "(" + strings.Join(places, ", ") + ")", args
}
