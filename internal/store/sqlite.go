package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// readers bounds the connections that read a SQLite file.
const readers = 4

// busyTimeout is how long a connection waits for another, in milliseconds.
const busyTimeout = "busy_timeout(5000)"

func openSQLite(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, unwritable(path, err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // one file, one lock, by whatever name
	}
	lock, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	// SQLite makes a file that all may read; those beside it get the mode of this one.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		_ = lock.Close()
		return nil, unwritable(path, err)
	}
	info, err := file.Stat()
	if err = errors.Join(err, file.Close()); err != nil {
		_ = lock.Close()
		return nil, unwritable(path, err)
	}
	s, err := connectSQLite(path)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	s.lock, s.file = lock, &openFile{path, info}
	if err = checkSQLite(ctx, s.DB, path); err == nil {
		err = s.migrate(ctx)
	}
	if err != nil {
		_ = s.Close() // what is wrong with the file matters more
		return nil, explainSQLite(path, err)
	}
	return s, nil
}

// An openFile is a database's file as it was opened.
type openFile struct {
	path string
	info os.FileInfo
}

// there returns an error when another file is at the path by now, or none: what
// is written to the open one is lost with this process.
func (f *openFile) there() error {
	info, err := os.Stat(f.path)
	if err == nil && !os.SameFile(info, f.info) {
		err = errors.New("another file is in its place")
	}
	if err != nil {
		return fmt.Errorf("the database's file was moved away under this process; put it back, or end this process: %w", err)
	}
	return nil
}

func connectSQLite(path string) (*Store, error) {
	// synchronous=FULL: with NORMAL a commit in WAL mode survives kill -9 but
	// not a power failure, and what was accepted must survive both.
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=" + busyTimeout + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)"
	write, writeErr := sql.Open("sqlite", dsn+"&_txlock=immediate")
	read, readErr := sql.Open("sqlite", dsn+"&_pragma=query_only(1)")
	if err := errors.Join(writeErr, readErr); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	write.SetMaxOpenConns(1)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &Store{DB: write, Read: read}, nil
}

// checkSQLite reads the whole file: a damaged page that is found in the middle
// of work would be too late.
func checkSQLite(ctx context.Context, db *sql.DB, path string) error {
	var found string
	err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found)
	if err == nil && found != "ok" {
		return damaged(path, errors.New(found))
	}
	return err
}

// explainSQLite says what the operator can do about an error at the start.
func explainSQLite(path string, err error) error {
	if _, ok := errors.AsType[*startError](err); ok {
		return err
	}
	if cause, ok := errors.AsType[*sqlite.Error](err); ok {
		switch cause.Code() & 0xff { // the rest of an extended code is detail
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return damaged(path, err)
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			return unwritable(path, err)
		case sqlite3.SQLITE_FULL:
			return &startError{fmt.Sprintf("the disk of the database %s is full: make room", path), err}
		}
	}
	return fmt.Errorf("open the database %s: %w", path, err)
}

func damaged(path string, cause error) error {
	return &startError{fmt.Sprintf("the database %s is damaged or is no SQLite database; nothing was changed: "+
		"restore a backup of it, or move it away and start with an empty one", path), cause}
}

func unwritable(path string, cause error) error {
	return &startError{fmt.Sprintf("the database %s cannot be written: let the bot's user write to its folder and its files, "+
		"or set DATA_DIR or DATABASE_URL to another place", path), cause}
}
