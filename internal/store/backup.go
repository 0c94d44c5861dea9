package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrForeign is that the database is PostgreSQL, whose own programs copy it.
var ErrForeign = errors.New("PostgreSQL is copied by its own programs")

// Backup writes a copy of a SQLite database, as of one moment, into a new file
// that only its owner may read, and returns its size in bytes. Whoever writes
// to the database goes on meanwhile. It overwrites nothing, and after an error
// there is no file.
func (s *Store) Backup(ctx context.Context, name string) (size int64, err error) {
	if s.Pool != nil {
		return 0, ErrForeign
	}
	name, err = filepath.Abs(name) // SQLite takes "file:…" for more than a name
	if err != nil {
		return 0, fmt.Errorf("find the place of the copy: %w", err)
	}
	// SQLite writes into a file only when it is empty.
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("create the copy: %w", err)
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			_ = os.Remove(name) // what went wrong before matters more
		}
	}()
	if _, err := s.DB.ExecContext(ctx, `VACUUM INTO $1`, name); err != nil {
		return 0, fmt.Errorf("copy the database: %w", err)
	}
	if err := file.Sync(); err != nil {
		return 0, fmt.Errorf("copy the database: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return 0, fmt.Errorf("copy the database: %w", err)
	}
	return info.Size(), nil
}
