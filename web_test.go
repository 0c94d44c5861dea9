//go:build unix

package main

import (
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestServeSaysWhichAddressIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, setting := range []string{"HTTP_ADDR", "METRICS_ADDR"} {
		_, said, code := run(t, t.TempDir(), newWorld(t).settings(setting+"="+taken.Addr().String()), "serve")
		if code != exitUsage || !strings.Contains(said, setting+": "+taken.Addr().String()+" cannot be listened on (address already in use)") ||
			!strings.Contains(said, "set "+setting+" to another address") {
			t.Errorf("exit code %d, and it says:\n%s", code, said)
		}
	}
}

// frontDoor is what a process says of an address that it answers at.
var frontDoor = regexp.MustCompile(`msg="answering over HTTP" address=(\S+)`)

// addresses are where a process that receives events answers over HTTP, in the
// order of its settings.
func (p *process) addresses() []string {
	var found []string
	for _, match := range frontDoor.FindAllStringSubmatch(p.stderr.String(), -1) {
		found = append(found, match[1])
	}
	return found
}

func TestServeAnswersNowhereWhenItIsOff(t *testing.T) {
	w := newWorld(t)
	p := w.serve("HTTP_ADDR=off")
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	if at := p.addresses(); at != nil {
		t.Errorf("it answers at %q", at)
	}
}
