//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

type fileLock struct{ *os.File }

// lockFile takes the database's lock for this process; the kernel frees it at
// its end, however that comes. The lock is a file of its own, as SQLite would
// lose its locks on the database when another handle on it is closed.
func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &LockedError{Path: path}
		}
		return nil, fmt.Errorf("lock the database %s: %w", path, err)
	}
	return &fileLock{f}, nil
}
