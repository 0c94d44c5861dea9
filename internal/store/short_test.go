package store

import (
	"regexp"
	"testing"
)

func TestShortIDsAreEasyToCopyAndNeverTheSame(t *testing.T) {
	easy := regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{13}$`)
	seen := map[string]bool{}
	for range 10_000 {
		id := NewShort()
		if !easy.MatchString(id) || seen[id] {
			t.Fatalf("there is %q", id)
		}
		seen[id] = true
	}
}
