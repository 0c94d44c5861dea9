// Package processtest runs the binary of a test a second time, in a role: what
// a server costs is not counted as the measured process's, and what one process
// has of memory is not hidden behind what another has had.
package processtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const asRole = "KELLYBOT_TEST_ROLE"

// Main is for TestMain: it runs the role that the process was started in, whose
// arguments are os.Args[1:], or else the tests.
func Main(m *testing.M, roles map[string]func() error) {
	role, ok := roles[os.Getenv(asRole)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := role(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Start starts a process in a role and returns the first line that it prints.
// The end of its standard input, when tb ends, tells it to end.
func Start(tb testing.TB, role string, args ...string) string {
	tb.Helper()
	// It outlives the context of tb by its last words.
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), os.Args[0], args...) //nolint:gosec // G204: it is this very binary
	cmd.Env = append(os.Environ(), asRole+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // Wait says how it ended
		if err := cmd.Wait(); err != nil {
			tb.Errorf("%s: %v", role, err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(line)
}
