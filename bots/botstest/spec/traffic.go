package spec

import (
	"flag"
	"fmt"
	"maps"
	"slices"
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
	for _, wrong := range amiss(platform, operations) {
		fmt.Println(wrong)
		code = 1
	}
	return code
}

// amiss returns what was sent and should not have been, and the reverse, and
// what is allowed for nothing.
func amiss(platform string, operations []string) (wrong []string) {
	seen := totals(platform)
	for _, operation := range sorted(seen) {
		if !slices.Contains(operations, operation) {
			wrong = append(wrong, operation+" was sent: name it where TestMain lists the operations")
		}
	}
	for _, operation := range operations {
		if seen[operation].times == 0 {
			wrong = append(wrong, operation+" was never seen: either nothing sends it any more, or the check does not look")
		}
	}
	for _, a := range allowances {
		if a.platform == platform && !a.used.Load() {
			wrong = append(wrong, fmt.Sprintf("%s no longer sends %s: do not allow it", a.operation, a.at))
		}
	}
	return wrong
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
