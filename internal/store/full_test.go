//go:build unix

package store

import (
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"kellybot/internal/store/storetest"
)

// fullDisk lets no file of this process grow beyond the bytes until the
// returned function is called, which stands in for a disk without room.
func fullDisk(t *testing.T, bytes uint64) (room func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ) // the write gets an error instead
	var before syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before))
	full := before
	full.Cur = bytes
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full))
	restore := func() {
		must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before))
		signal.Reset(syscall.SIGXFSZ)
	}
	t.Cleanup(restore)
	return restore
}

func TestAFullDiskCostsNothingThatWasAccepted(t *testing.T) {
	s := openStore(t, storetest.SQLite(t))
	large := func(n int) Request {
		r := request(fmt.Sprint(n), "u", "c")
		r.Body = []byte(strings.Repeat("x", 100_000))
		return r
	}
	room := fullDisk(t, 1_000_000)
	accepted := 0
	for ; accepted < 100; accepted++ {
		if _, err := Insert(t.Context(), s.DB, large(accepted)); err != nil {
			break
		}
	}
	if accepted == 0 || accepted == 100 {
		t.Fatalf("%d were accepted", accepted)
	}
	for n := range accepted {
		get(t, s, fmt.Sprint(n))
	}
	room()
	insert(t, s, large(accepted))
	if _, waiting, err := s.Standing(t.Context()); err != nil || waiting != accepted+1 {
		t.Errorf("%d wait, and not %d, %v", waiting, accepted+1, err)
	}
}

func TestAFullDiskLeavesNoHalfPicture(t *testing.T) {
	f, dir := openFiles(t)
	must(t, f.Write("a.png", []byte("the first")))
	fullDisk(t, 1000)
	for _, key := range []string{"a.png", "b.png"} {
		if err := f.Write(key, make([]byte, 5000)); err == nil {
			t.Errorf("%s was written", key)
		}
	}
	file, size, err := f.Open("a.png")
	must(t, err)
	must(t, file.Close())
	if got := names(t, dir); len(got) != 1 || size != int64(len("the first")) {
		t.Errorf("left are %v, the first has %d bytes", got, size)
	}
}
