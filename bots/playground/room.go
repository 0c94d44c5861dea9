package playground

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// errFull is that no chat more can be kept.
var errFull = errors.New("playground: all chats are in use")

// has reports whether there is the chat.
func (s *store) has(id string) bool {
	_, err := s.root.Stat(filepath.Join(id, chatFile))
	return err == nil
}

// makeRoom removes the chats that were not used for longest until there is
// place for one more. Those that somebody looks at, or that were used within
// keepTime, stay; errFull is that the others are too few.
func (s *store) makeRoom(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	chats, err := s.chats()
	if err != nil {
		return err
	}
	over := len(chats) - maxChats + 1
	if over <= 0 {
		return nil
	}
	old := s.idle(chats, now.Add(-keepTime))
	if len(old) < over {
		return errFull
	}
	for _, id := range old[:over] {
		err = errors.Join(err, s.root.RemoveAll(id))
	}
	return err
}

// idle are those of the chats that nobody looks at and that were not used since
// the moment, the oldest first.
func (s *store) idle(chats []string, since time.Time) []string {
	used := map[string]time.Time{}
	for _, id := range chats {
		info, err := s.root.Stat(filepath.Join(id, chatFile))
		if err != nil {
			info, err = s.root.Stat(id) // its first message is on its way, or never came
		}
		if err == nil && s.watchers[id] == nil && info.ModTime().Before(since) {
			used[id] = info.ModTime()
		}
	}
	return slices.SortedFunc(maps.Keys(used), func(a, b string) int {
		return cmp.Or(used[a].Compare(used[b]), cmp.Compare(a, b))
	})
}

// grow notes that a file was saved for the chat. When all files are too large
// together, those of other chats go, until a tenth of the limit is free: of the
// chats that nobody looks at first, and of those not used for longest.
func (s *store) grow(own string, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes += size; s.bytes <= s.limit {
		return nil
	}
	chats, err := s.chats()
	if err == nil {
		s.bytes, err = s.measure(chats)
	}
	if err != nil || s.bytes <= s.limit {
		return err
	}
	others := s.idle(chats, time.Now().Add(time.Hour))
	for _, id := range chats {
		if !slices.Contains(others, id) {
			others = append(others, id)
		}
	}
	for _, id := range others {
		if s.bytes <= s.limit/10*9 {
			break
		}
		if id != own {
			err = errors.Join(err, s.strip(id))
		}
	}
	return err
}

// measure is what the chats take, in bytes.
func (s *store) measure(chats []string) (bytes int64, err error) {
	for _, id := range chats {
		entries, fault := fs.ReadDir(s.root.FS(), id)
		err = errors.Join(err, fault)
		for _, entry := range entries {
			if info, fault := entry.Info(); fault == nil { // or it is gone already
				bytes += info.Size()
			}
		}
	}
	return bytes, err
}

// strip removes the files of the chat's messages. It counts as used when it was.
func (s *store) strip(id string) error {
	info, err := s.root.Stat(filepath.Join(id, chatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var freed int64
	err = s.alter(id, func(c *chat) error {
		for i := range c.Messages {
			m := &c.Messages[i]
			for _, f := range m.files() {
				freed += f.Size
			}
			if m.Images != nil || m.Files != nil {
				m.Images, m.Files, m.Rev = nil, nil, c.turn()
			}
		}
		if freed == 0 {
			return errUnchanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.bytes -= freed
	return s.root.Chtimes(filepath.Join(id, chatFile), info.ModTime(), info.ModTime())
}
