// Package wordlist finds words in what people write: whole words, or several in
// a row, in any script, however they are written.
package wordlist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"
)

const (
	// maxFile bounds a file of rules, in bytes.
	maxFile = 8 << 20
	// maxRule bounds a rule, in words.
	maxRule = 16
)

// A List is the rules of a file. It does not change, and is safe for
// concurrent use.
type List struct {
	first map[string][]rule // by the first word
}

// A rule is words in a row, each as folded returns it.
type rule struct {
	words   []string
	written string // as it stands in the file
}

// Load reads the rules of a file: one a line, of one word or several, without
// what follows a "#". Its errors are for the operator, and say which line.
func Load(path string) (*List, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: make it, or name another", path)
	case err != nil:
		return nil, unreadable(path, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder: name a file in it", path)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("%s is no file of at most %d MB", path, maxFile>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	list, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

func unreadable(path string, err error) error {
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		err = fault.Err
	}
	return fmt.Errorf("%s cannot be read (%w): name a file that kellybot may read", path, err)
}

// Parse is Load of a file's text.
func Parse(text []byte) (*List, error) {
	list := &List{first: map[string][]rule{}}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	lines.Buffer(nil, maxFile+1)
	for number := 1; lines.Scan(); number++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		written := strings.Join(strings.Fields(line), " ")
		if written == "" {
			continue
		}
		if !utf8.ValidString(written) {
			return nil, fmt.Errorf("line %d is no UTF-8", number)
		}
		words := split(written)
		switch {
		case len(words) == 0:
			return nil, fmt.Errorf("line %d has no word in it, only signs", number)
		case len(words) > maxRule:
			return nil, fmt.Errorf("line %d has more than %d words", number, maxRule)
		}
		r := rule{written: written}
		for _, w := range words {
			r.words = append(r.words, w[0])
		}
		list.first[r.words[0]] = append(list.first[r.words[0]], r)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return list, nil
}

// Find returns the first rule that stands in the text, as it is written in the
// file.
func (l *List) Find(text string) (written string, found bool) {
	words := split(text)
	for i, w := range words {
		for _, spelling := range w {
			for _, r := range l.first[spelling] {
				if r.begins(words[i:]) {
					return r.written, true
				}
			}
		}
	}
	return "", false
}

// begins reports whether the words begin with the rule's.
func (r rule) begins(words []word) bool {
	if len(words) < len(r.words) {
		return false
	}
	for i, want := range r.words {
		if !words[i].is(want) {
			return false
		}
	}
	return true
}
