package spec

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"
)

// A rule is one that a specification leaves out.
type rule[T any] struct {
	says   string
	source string // where the platform says so
	// broken returns where, as a violation does, or "" where it is kept.
	broken func(T) (at string)
}

// broken returns what breaks the rules.
func broken[T any](rules []rule[T], value T) (wrong []violation) {
	for _, r := range rules {
		if at := r.broken(value); at != "" {
			wrong = append(wrong, violation{at, r.says + ": " + r.source})
		}
	}
	return wrong
}

// first returns the place of the first item that is wrong, in a list that
// stands at a pointer, or "".
func first[T any](at string, list []T, wrong func(T) bool) string {
	for n, item := range list {
		if wrong(item) {
			return fmt.Sprintf("%s/%d", at, n)
		}
	}
	return ""
}

// repeated returns the place of the first name that was there before, or "".
func repeated(at string, names []string) string {
	seen := make(map[string]bool)
	return first(at, names, func(name string) bool {
		before := seen[name]
		seen[name] = true
		return before && name != ""
	})
}

// fill gives a value the shape of what into points to. What has another shape
// is left out: the specification says what it must be.
func fill(value, into any) {
	if raw, err := json.Marshal(value); err == nil {
		_ = json.Unmarshal(raw, into)
	}
}

// characters counts as both platforms do where they say it: UTF-16 units, of
// which no text has fewer than letters.
func characters(s string) int { return len(utf16.Encode([]rune(s))) }
