package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// Load reads the settings from environ, as os.Environ returns it, and from
// the file dotenv, which may be missing. A variable in environ wins, even an
// empty one. The warnings are about names that look like settings and are
// none. The error joins everything that is wrong, one line each.
func Load(environ []string, dotenv string) (cfg Config, warnings []string, err error) {
	text, fromFile, fileErr := readDotenv(dotenv)
	fromEnviron := map[string]string{}
	for _, entry := range environ {
		if name, value, found := strings.Cut(entry, "="); found {
			fromEnviron[name] = value
		}
	}
	named := fromFile
	if fileErr != nil {
		named = nil // after a line that cannot be read a name may be part of a value
	}
	warnings, wrong := unknown(named, fromEnviron, func(name string) string {
		return fmt.Sprintf("%s, line %d,", dotenv, lineOf(text, name))
	})
	wrong = append([]error{fileErr}, wrong...)

	values := maps.Clone(fromFile)
	maps.Copy(values, fromEnviron)
	for _, s := range settings {
		value := strings.TrimSpace(values[s.name])
		if value == "" {
			value = s.fallback
		}
		if !s.set(&cfg, value) {
			wrong = append(wrong, fmt.Errorf("%s must be %s", s.name, s.expected))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return Config{}, warnings, err
	}
	if longer := max(cfg.DefaultSize.Width, cfg.DefaultSize.Height); longer > cfg.MaxSize {
		err = fmt.Errorf("DEFAULT_SIZE must be at most MAX_SIZE (%d) each side, such as %[1]dx%[1]d", cfg.MaxSize)
		return Config{}, warnings, err
	}
	return cfg, warnings, nil
}

// readDotenv returns the file's text and variables. godotenv's errors quote the file's
// text, so its error says in which line the trouble is, and nothing more. The
// variables are those of the other lines then, for what is wrong with them too.
func readDotenv(name string) (text []byte, values map[string]string, err error) {
	text, err = os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, map[string]string{}, nil
	}
	if err != nil {
		return nil, map[string]string{}, err // a *PathError: the name and the cause
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF")) // Windows' Notepad begins a file so
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) || bytes.IndexByte(text, 0) >= 0 {
		return text, map[string]string{}, fmt.Errorf("%s must be UTF-8 text, and looks like UTF-16: save it as UTF-8", name)
	}
	if values, ok := parse(text); ok {
		return text, values, nil
	}
	line := brokenLine(text)
	rest := slices.Delete(bytes.SplitAfter(text, []byte("\n")), line-1, line)
	values, _ = parse(bytes.Join(rest, nil)) // as far as a second such line
	return text, values, fmt.Errorf("%s, line %d: must be NAME=value, NAME='value' or a # comment, with every quote closed", name, line)
}

func parse(text []byte) (values map[string]string, ok bool) {
	values, err := godotenv.UnmarshalBytes(text)
	_, nameless := values[""]
	return values, err == nil && !nameless
}

// lineOf returns the number of the line, from 1, that sets the name.
func lineOf(text []byte, name string) int {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		statement := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("export ")))
		if rest, ok := bytes.CutPrefix(statement, []byte(name)); ok && bytes.IndexAny(bytes.TrimSpace(rest), "=:") == 0 {
			break
		}
	}
	return n
}

// maxStatement is how many lines of a value in quotes are looked at.
const maxStatement = 100

// brokenLine returns the number of the line, from 1, where the statement
// begins that cannot be read.
func brokenLine(text []byte) int {
	lines := bytes.SplitAfter(text, []byte("\n"))
	readable := 0
	for length := 1; length <= maxStatement && readable+length <= len(lines); length++ {
		if _, ok := parse(bytes.Join(lines[readable:readable+length], nil)); ok {
			readable += length
			length = 0
		}
	}
	return min(readable+1, len(lines))
}
