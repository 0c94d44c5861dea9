package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// settled is how old a file must be before it may go: a newer picture may be
// of a request that was recorded only after the caller asked what to keep, and
// a file that was not written to for so long is left over.
const settled = time.Minute

// Prune deletes the pictures that are older than the time, then the oldest of
// the others until all together have at most limit bytes. It leaves those
// whose keys are to be kept, those of the last minute, and what is no picture.
// It goes on after an error, and returns how many it deleted.
func (f *Files) Prune(keep map[string]bool, olderThan time.Time, limit int64) (removed int, err error) {
	pictures, total, err := f.list()
	errs := []error{err}
	for _, p := range pictures {
		old := p.ModTime().Before(olderThan)
		if keep[p.Name()] || time.Since(p.ModTime()) < settled || !old && total <= limit {
			continue
		}
		if err := remove(filepath.Join(f.dir, p.Name())); err != nil {
			errs = append(errs, err)
			continue
		}
		removed++
		total -= p.Size()
	}
	return removed, errors.Join(errs...)
}

// Keys returns the keys of all pictures.
func (f *Files) Keys() ([]string, error) {
	pictures, _, err := f.list()
	keys := make([]string, len(pictures))
	for i, p := range pictures {
		keys[i] = p.Name()
	}
	return keys, err
}

// list returns the pictures, the oldest first, and their size together. It
// deletes what is left of those that were never finished.
func (f *Files) list() (pictures []fs.FileInfo, total int64, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, 0, fmt.Errorf("list the pictures: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		info, err := entry.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // it went meanwhile
		case err != nil:
			errs = append(errs, fmt.Errorf("list the pictures: %w", err))
		case !info.Mode().IsRegular():
		case validKey.MatchString(info.Name()):
			pictures = append(pictures, info)
			total += info.Size()
		case strings.HasPrefix(info.Name(), unfinished) && time.Since(info.ModTime()) > settled:
			errs = append(errs, remove(filepath.Join(f.dir, info.Name())))
		}
	}
	slices.SortFunc(pictures, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	return pictures, total, errors.Join(errs...)
}
