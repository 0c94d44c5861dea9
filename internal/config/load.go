package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// Load reads the settings from environ, as os.Environ returns it, and from
// the file dotenv, which may be missing. A variable in environ wins, even an
// empty one. The warnings are about names that look like settings and are
// none. The error joins everything that is wrong, one line each.
func Load(environ []string, dotenv string) (cfg Config, warnings []string, err error) {
	values, fileErr := readDotenv(dotenv)
	for _, entry := range environ {
		if name, value, found := strings.Cut(entry, "="); found {
			values[name] = value
		}
	}

	wrong := []error{fileErr}
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
		return Config{}, unknown(values), err
	}
	if longer := max(cfg.DefaultSize.Width, cfg.DefaultSize.Height); longer > cfg.MaxSize {
		err = fmt.Errorf("DEFAULT_SIZE must be at most MAX_SIZE (%d) each side, such as %[1]dx%[1]d", cfg.MaxSize)
		return Config{}, unknown(values), err
	}
	return cfg, unknown(values), nil
}

// readDotenv returns the file's variables. godotenv's errors quote the file's
// text, so its error says in which line the trouble is, and nothing more.
func readDotenv(name string) (map[string]string, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return map[string]string{}, err // a *PathError: the name and the cause
	}
	values, err := godotenv.UnmarshalBytes(text)
	if _, nameless := values[""]; err == nil && !nameless {
		return values, nil
	}
	return map[string]string{}, fmt.Errorf(
		"%s, line %d: must be NAME=value, NAME='value' or a # comment, with every quote closed", name, brokenLine(text))
}

// brokenLine returns the number of the line after which the file can no
// longer be read, counted from 1.
func brokenLine(text []byte) int {
	readable, end := 0, 0
	for number := 1; end < len(text); number++ {
		if next := bytes.IndexByte(text[end:], '\n'); next >= 0 {
			end += next + 1
		} else {
			end = len(text)
		}
		values, err := godotenv.UnmarshalBytes(text[:end])
		if _, nameless := values[""]; err == nil && !nameless {
			readable = number
		}
	}
	return readable + 1
}
