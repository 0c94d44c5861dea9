package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// roles are what the test's binary does in a process of its own: what a server
// costs is not counted as the bot's, and what one process has of memory is
// not hidden behind what another has had.
var roles = map[string]func() error{}

const asRole = "KELLYBOT_TEST_ROLE"

// startRole starts a process in a role and returns the first line that it
// prints. The end of its standard input tells it to end.
func startRole(tb testing.TB, role string, args ...string) string {
	tb.Helper()
	cmd := exec.Command(os.Args[0], args...)
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
		in.Close()
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
