package store

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

type fileLock struct{ *os.File }

// lockFile takes the database's lock for this process; the system frees it at
// its end, however that comes.
func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(path, err)
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, new(windows.Overlapped))
	if err != nil {
		_ = f.Close()
		if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
			return nil, &LockedError{Path: path}
		}
		return nil, fmt.Errorf("lock the database %s: %w", path, err)
	}
	return &fileLock{f}, nil
}
