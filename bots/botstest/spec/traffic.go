package spec

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
)

// traffic is what the tests of this process have sent, by platform and
// operation.
var traffic struct {
	sync.Mutex
	sent map[string]map[string]sent
}

// sent is how often something was, and how much was wrong with it.
type sent struct{ times, violations int }

func count(platform, operation string, violations int) {
	traffic.Lock()
	defer traffic.Unlock()
	if traffic.sent == nil {
		traffic.sent = make(map[string]map[string]sent)
	}
	if traffic.sent[platform] == nil {
		traffic.sent[platform] = make(map[string]sent)
	}
	s := traffic.sent[platform][operation]
	traffic.sent[platform][operation] = sent{s.times + 1, s.violations + violations}
}

// Main runs the tests of a package and returns its exit code. It reports what
// they have sent to a platform, and unless a part of them was chosen, it fails
// when that was not exactly these operations: a check that no longer looks
// would find nothing, and an operation that is new here should be named. What
// is allowed for nothing fails too.
func Main(m *testing.M, platform string, operations ...string) (code int) {
	code = m.Run()
	fmt.Println(Report(platform))
	if code != 0 || chosen() || Missing() != "" {
		return code
	}
	seen := sorted(totals(platform))
	if want := slices.Sorted(slices.Values(operations)); !slices.Equal(seen, want) {
		fmt.Printf("the operations were\n\t%s\nand should be\n\t%s\n", strings.Join(seen, "\n\t"), strings.Join(want, "\n\t"))
		code = 1
	}
	for _, a := range allowances {
		if a.platform == platform && !a.used.Load() {
			fmt.Printf("%s no longer sends %s: do not allow it\n", a.operation, a.at)
			code = 1
		}
	}
	return code
}

// chosen reports whether not all tests of the package have run.
func chosen() bool {
	for _, name := range []string{"run", "skip", "list", "fuzz", "bench"} {
		if f := flag.Lookup("test." + name); f != nil && f.Value.String() != "" {
			return true
		}
	}
	return testing.Short()
}

// Report says in a line what the tests of this process have sent to a platform
// so far, and how much of it was wrong.
func Report(platform string) string {
	requests, violations, seen := 0, 0, totals(platform)
	for _, s := range seen {
		requests += s.times
		violations += s.violations
	}
	against := "the specification and the rules"
	if missing := Missing(); missing != "" {
		against = "the rules alone, for " + missing
	}
	return fmt.Sprintf("%s: %d requests, %d operations, %d violations of %s", platform, requests, len(seen), violations, against)
}

// totals adds up what was sent to a platform, by operation.
func totals(platform string) map[string]sent {
	traffic.Lock()
	defer traffic.Unlock()
	return maps.Clone(traffic.sent[platform])
}
