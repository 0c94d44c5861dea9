package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Files are the original pictures, one file each, in a folder of their own on
// this machine's disk. They are safe for concurrent use, also by several
// processes.
type Files struct{ dir string }

// OpenFiles makes the folder, if it is missing, and makes sure that it can be
// written. The error is a sentence for the operator.
func OpenFiles(dir string) (*Files, error) {
	f := &Files{dir: dir}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var probe *os.File
		if probe, err = f.create(); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return nil, &startError{fmt.Sprintf("the folder %s cannot be written: let the bot's user write to it, "+
			"or set DATA_DIR to another folder", dir), err}
	}
	return f, nil
}

// unfinished begins the names of files that are being written, and of what is
// left of them when the process is killed meanwhile.
const unfinished = ".new-"

func (f *Files) create() (*os.File, error) { return os.CreateTemp(f.dir, unfinished+"*") }

var validKey = regexp.MustCompile(`^[0-9a-z]{1,32}\.[0-9a-z]{1,8}$`)

// path refuses what is no key, such as one that leads out of the folder.
func (f *Files) path(key string) (string, error) {
	if !validKey.MatchString(key) {
		return "", errors.New("a picture's key is a short id and an extension")
	}
	return filepath.Join(f.dir, key), nil
}

// Write stores a picture, which is given in parts, under its key: a short id
// and an extension. After an
// error, such as a full disk, nothing is left. It does not wait for the disk:
// what a power failure takes is drawn again.
func (f *Files) Write(key string, parts ...[]byte) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	file, err := f.create()
	if err != nil {
		return fmt.Errorf("store a picture: %w", err)
	}
	for _, part := range parts {
		if _, err = file.Write(part); err != nil {
			break
		}
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("store a picture: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// Room makes sure that a picture of so many bytes could be written.
func (f *Files) Room(size int64) error {
	file, err := f.create()
	if err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	_, err = io.CopyN(file, zeros{}, size)
	if err = errors.Join(err, file.Close(), os.Remove(file.Name())); err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	return nil
}

// zeros are bytes without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// Open opens the picture and returns its size in bytes. The error is
// fs.ErrNotExist when it is not here: another machine has it, or it is pruned.
func (f *Files) Open(key string) (*os.File, int64, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open a picture: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("open a picture: %w", errors.Join(err, file.Close()))
	}
	return file, info.Size(), nil
}

// Remove deletes the picture. One that is not here is no error.
func (f *Files) Remove(key string) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	return remove(path)
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a picture: %w", err)
	}
	return nil
}
