package kelly

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"7":                              7 * time.Second,
		" 120 ":                          2 * time.Minute,
		"86401":                          24 * time.Hour,
		"4294967296":                     24 * time.Hour,
		"99999999999999999999999":        24 * time.Hour,
		"-1":                             0,
		"1.5":                            0,
		"soon":                           0,
		"Fri, 02 Jan 2026 12:00:30 GMT":  30 * time.Second,
		"Fri, 02 Jan 2026 11:59:59 GMT":  0,
		"Friday, 02-Jan-26 12:01:00 GMT": time.Minute,
		"Fri Jan  2 12:02:00 2026":       2 * time.Minute,
		"Sat, 02 Jan 2027 12:00:00 GMT":  24 * time.Hour,
	} {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("%q is %v, want %v", header, got, want)
		}
	}
}

func TestBackoffGrowsAndIsLeftToChance(t *testing.T) {
	for n, limit := range map[int]time.Duration{1: firstBackoff, 2: 2 * firstBackoff} {
		longest, seen := time.Duration(0), map[time.Duration]bool{}
		for range 1000 {
			d := backoff(n)
			longest, seen[d] = max(longest, d), true
		}
		if longest >= limit || longest < limit*3/4 || len(seen) < 500 {
			t.Errorf("after failure %d: at most %v, %d different pauses", n, longest, len(seen))
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("7")
	f.Add("Fri, 02 Jan 2026 12:00:30 GMT")
	f.Add("18446744073709551616")
	f.Fuzz(func(t *testing.T, header string) {
		got := retryAfter(header, noon)
		if got < 0 || got > maxRetryAfter {
			t.Fatalf("%q is %v", header, got)
		}
		if seconds, err := strconv.Atoi(header); err == nil && header[0] != '+' && seconds >= 0 && seconds < 86400 && got != time.Duration(seconds)*time.Second {
			t.Errorf("%q is %v", header, got)
		}
		if date, err := http.ParseTime(header); err == nil && date.Before(noon) && got != 0 {
			t.Errorf("%q is %v", header, got)
		}
	})
}
