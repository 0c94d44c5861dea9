// Package store keeps what the bot must remember across restarts: accepted
// requests, what was used, how long deliveries take, which processes are
// alive, and the files of pictures. Everything personal is here: the job
// engine's own tables, in the same database, hold ids only.
//
// One set of queries serves SQLite and PostgreSQL: both understand $1, ON
// CONFLICT, RETURNING, FILTER and partial indexes.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A Store is an open database. It is safe for concurrent use.
type Store struct {
	// DB writes. On SQLite it has one connection: writers queue here in the
	// order they come, instead of in SQLite's busy handler, which sleeps.
	DB *sql.DB
	// Read is for queries. On SQLite they run beside the one writer.
	Read *sql.DB
	// Pool is a pool to PostgreSQL for the engine alone, which closes it at
	// its shutdown; nil on SQLite, where the engine shares DB, and closes it.
	Pool *pgxpool.Pool

	lock    *fileLock // on SQLite
	file    *openFile // on SQLite
	present presence  // on PostgreSQL, from the first Beat on
	key     []byte    // of Hash
}

// Open opens the database at "sqlite:PATH" or "postgres://…" and migrates its
// schema forward. Its errors are a sentence for the operator, without the
// URL's password; a *LockedError says that another process serves from the
// same SQLite file. Nothing is ever deleted.
func Open(ctx context.Context, databaseURL string) (*Store, error) {
	if path, ok := sqlitePath(databaseURL); ok {
		return openSQLite(ctx, path)
	}
	if isPostgres(databaseURL) {
		return openPostgres(ctx, databaseURL, (*Store).migrate)
	}
	return nil, errURL
}

func sqlitePath(databaseURL string) (path string, ok bool) {
	path, ok = strings.CutPrefix(databaseURL, "sqlite:")
	return path, ok && path != ""
}

func isPostgres(databaseURL string) bool {
	return strings.HasPrefix(databaseURL, "postgres://") || strings.HasPrefix(databaseURL, "postgresql://")
}

var errURL = errors.New("DATABASE_URL is wrong: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")

// A startError is a sentence for the operator in the place of a cause that
// speaks to programmers, in several lines, or that quotes what is secret.
type startError struct {
	sentence string
	cause    error // nil when the sentence says it all
}

func (e *startError) Error() string { return e.sentence }
func (e *startError) Unwrap() error { return e.cause }

// Close closes the database. The engine must have been shut down.
func (s *Store) Close() error {
	s.present.close()
	var errs []error
	if s.Read != s.DB {
		errs = append(errs, s.Read.Close())
	}
	errs = append(errs, s.DB.Close())
	if s.Pool != nil {
		s.Pool.Close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// InTx runs f in one transaction, which commits when f returns nil. Within f
// only tx may write: on SQLite it has the one connection that does.
func (s *Store) InTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.DB.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// An Execer is a *sql.DB or a *sql.Tx.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

var (
	_ Execer = (*sql.DB)(nil)
	_ Execer = (*sql.Tx)(nil)
)

// What the databases call differently: @now is the database's own clock in
// milliseconds, as the clocks of several machines differ, @workflows is the
// engine's table, which is only read here, but for an index, and @tables lists
// all by name.
var (
	onSQLite = strings.NewReplacer(
		"@now", `CAST(unixepoch('subsec') * 1000 AS INTEGER)`,
		"@workflows", `workflow_status`,
		"@tables", `sqlite_master`)
	onPostgres = strings.NewReplacer(
		"@now", `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`,
		"@workflows", `dbos.workflow_status`,
		"@tables", `(SELECT relname AS name FROM pg_class WHERE pg_table_is_visible(oid)) AS tables`)
)

// render writes a statement as its database understands it.
func (s *Store) render(statement string) string {
	if s.Pool != nil {
		return onPostgres.Replace(statement)
	}
	return onSQLite.Replace(statement)
}

// collect reads all rows with scan.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
