package playground

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A store keeps chats: a folder for each, with its messages in one file, which
// is replaced as a whole, and the files of messages beside it. What a call has
// returned from is on the disk.
type store struct {
	root *os.Root

	limit   int64       // of all chats' bytes
	failing atomic.Bool // the last write of a chat

	mu       sync.Mutex
	bytes    int64                               // at most, which are measured when they come to the limit
	watchers map[string]map[chan<- struct{}]bool // by chat
}

const (
	chatFile = "chat.json"
	keyFile  = "key"
	leftFile = "left" // who has signed out
	newFile  = ".new" // ends the name of a file that is not whole yet
	// orphanAge is the age at which a file that no message has belongs to none
	// that is about to be written.
	orphanAge = time.Hour
)

// errUnchanged ends a change that is none.
var errUnchanged = errors.New("nothing changed")

func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &store{root: root, limit: maxBytes, bytes: maxBytes, watchers: map[string]map[chan<- struct{}]bool{}}, nil
}

// key returns the secret that cookies are signed with, and makes it at first.
func (s *store) key() ([]byte, error) {
	key, err := s.root.ReadFile(keyFile)
	if err == nil && len(key) == keySize {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key = make([]byte, keySize)
	_, _ = rand.Read(key) // it never fails
	_, err = s.write(keyFile, bytes.NewReader(key))
	return key, err
}

// readOwn returns a file that is of no chat; nil where there is none.
func (s *store) readOwn(name string) ([]byte, error) {
	data, err := s.root.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// writeOwn replaces a file that is of no chat.
func (s *store) writeOwn(name string, data []byte) error {
	_, err := s.write(name, bytes.NewReader(data))
	return err
}

// try reports whether the folder can be written to.
func (s *store) try() error {
	const name = "try"
	_, err := s.write(name, strings.NewReader(""))
	return errors.Join(err, s.root.Remove(name))
}

// write replaces a file, which survives a crash from then on.
func (s *store) write(name string, data io.Reader) (size int64, err error) {
	f, err := s.root.OpenFile(name+newFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(f, data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = s.root.Remove(name + newFile) // or else tidy does
		return 0, err
	}
	if err := s.root.Rename(name+newFile, name); err != nil {
		return 0, err
	}
	folder, err := s.root.Open(filepath.Dir(name))
	if err != nil {
		return 0, err
	}
	defer folder.Close()
	_ = folder.Sync() // not every system can
	return size, nil
}

// read returns a chat; an empty one where there is none.
func (s *store) read(id string) (*chat, error) {
	data, err := s.root.ReadFile(filepath.Join(id, chatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return &chat{}, nil
	}
	if err != nil {
		return nil, err
	}
	c := new(chat)
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("chat %s: its file is damaged", id)
	}
	return c, nil
}

// change changes a chat and tells those who watch it. With errUnchanged
// nothing is written, and it returns nil.
func (s *store) change(id string, do func(*chat) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alter(id, do)
}

// alter is change for who has the lock.
func (s *store) alter(id string, do func(*chat) error) error {
	c, err := s.read(id)
	if err != nil {
		return err
	}
	before := c.names()
	if err := do(c); errors.Is(err, errUnchanged) {
		return nil
	} else if err != nil {
		return err
	}
	c.trim()
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err = s.folder(id); err == nil {
		_, err = s.write(filepath.Join(id, chatFile), bytes.NewReader(data))
	}
	if s.failing.Store(err != nil); err != nil {
		return err
	}
	after := c.names()
	for name := range before {
		if !after[name] {
			_ = s.root.Remove(filepath.Join(id, name)) // or else tidy does
		}
	}
	s.wake(id)
	return nil
}

// names are those of the chat's files.
func (c *chat) names() map[string]bool {
	names := map[string]bool{}
	for _, m := range c.Messages {
		for _, f := range m.files() {
			names[f.ID] = true
		}
	}
	return names
}

func (s *store) folder(id string) error {
	if err := s.root.Mkdir(id, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// save keeps a file for a message of the chat that is about to be put, and
// returns its id.
func (s *store) save(id string, data io.Reader) (name string, size int64, err error) {
	if err := s.folder(id); err != nil {
		return "", 0, err
	}
	name = strings.ToLower(rand.Text())
	if size, err = s.write(filepath.Join(id, name), data); err != nil {
		return "", 0, err
	}
	if err := s.grow(id, size); err != nil {
		s.discard(id, []file{{ID: name}})
		return "", 0, err
	}
	return name, size, nil
}

// discard removes files that no message has got.
func (s *store) discard(id string, files []file) {
	for _, f := range files {
		_ = s.root.Remove(filepath.Join(id, f.ID)) // or else tidy does
	}
}

// open opens a file of a message, and returns its size in bytes.
func (s *store) open(f remote) (io.ReadSeekCloser, int64, error) {
	opened, err := s.root.Open(filepath.Join(f.Chat, f.File))
	if err != nil {
		return nil, 0, err
	}
	info, err := opened.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, opened.Close())
	}
	return opened, info.Size(), nil
}

// clear removes all that was said in a chat.
func (s *store) clear(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake(id)
	return s.root.RemoveAll(id)
}

// watch has changed get a value whenever the chat has changed, unless it holds
// one already, until stop is called.
func (s *store) watch(id string, changed chan<- struct{}) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watchers[id] == nil {
		s.watchers[id] = map[chan<- struct{}]bool{}
	}
	s.watchers[id][changed] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if delete(s.watchers[id], changed); len(s.watchers[id]) == 0 {
			delete(s.watchers, id)
		}
	}
}

// nudge has those look who watch the chat.
func (s *store) nudge(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake(id)
}

func (s *store) wake(id string) {
	for changed := range s.watchers[id] {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}

// chats lists their ids.
func (s *store) chats() ([]string, error) {
	entries, err := fs.ReadDir(s.root.FS(), ".")
	var ids []string
	for _, entry := range entries {
		if entry.IsDir() && chatID.MatchString(entry.Name()) {
			ids = append(ids, entry.Name())
		}
	}
	return ids, err
}

// tidy removes what a crash has left behind: files that belong to no message,
// and folders without a chat.
func (s *store) tidy(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	chats, err := s.chats()
	for _, id := range chats {
		c, fault := s.read(id)
		if fault != nil {
			err = errors.Join(err, fault)
			continue
		}
		folder, fault := s.root.Stat(id)
		err = errors.Join(err, fault)
		known := c.names()
		entries, fault := fs.ReadDir(s.root.FS(), id)
		err = errors.Join(err, fault)
		for _, entry := range entries {
			info, fault := entry.Info()
			if fault == nil && entry.Name() != chatFile && !known[entry.Name()] && now.Sub(info.ModTime()) > orphanAge {
				err = errors.Join(err, s.root.Remove(filepath.Join(id, entry.Name())))
			}
		}
		if folder != nil && now.Sub(folder.ModTime()) > orphanAge && !s.has(id) {
			_ = s.root.Remove(id) // unless there is something young in it
		}
	}
	return err
}
