package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenBeside opens the database of a bot that may be running meanwhile: it
// takes no lock from it and never changes the schema, for which the database
// must be of this program's version. It makes no database. Its errors are
// those of Open but for a *LockedError.
func OpenBeside(ctx context.Context, databaseURL string) (*Store, error) {
	path, ok := sqlitePath(databaseURL)
	switch {
	case isPostgres(databaseURL):
		return openPostgres(ctx, databaseURL, (*Store).matches)
	case !ok:
		return nil, errURL
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		path = real
		var file *os.File // SQLite would make it, or tell of it in other words
		if file, err = os.OpenFile(path, os.O_RDWR, 0); err == nil {
			err = file.Close()
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &startError{fmt.Sprintf("there is no database %s: start kellybot once, "+
			"or set DATA_DIR or DATABASE_URL to what the bot runs with", path), err}
	}
	if err != nil {
		return nil, unwritable(path, err)
	}
	s, err := connectSQLite(path)
	if err != nil {
		return nil, err
	}
	if err := s.matches(ctx); err != nil {
		_ = s.Close() // what is wrong with the file matters more
		return nil, explainSQLite(path, err)
	}
	return s, nil
}

// matches is nil when the schema is of this program's version.
func (s *Store) matches(ctx context.Context) error {
	files, err := schema.ReadDir("schema")
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	var tables, at int
	if err := s.Read.QueryRowContext(ctx, s.render(`SELECT count(*) FROM @tables WHERE name = 'schema_version'`)).Scan(&tables); err != nil {
		return fmt.Errorf("look for the schema: %w", err)
	}
	if tables > 0 {
		if err := s.Read.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`).Scan(&at); err != nil {
			return fmt.Errorf("read the schema's version: %w", err)
		}
	}
	switch {
	case at > len(files):
		return newer(at, len(files))
	case at < len(files):
		return &startError{sentence: fmt.Sprintf("the database was written by an older kellybot (its schema is version %d, this program's %d): "+
			"start this version of the bot once, which brings it up to date", at, len(files))}
	}
	return s.readKey(ctx, s.Read)
}
