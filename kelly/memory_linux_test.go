package kelly

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"
	"testing"

	"kellybot/kelly/processtest"
)

func init() { roles["herd"] = herd }

const (
	herdSize     = 64
	herdPictures = 6_000_000 // bytes each
)

// herd asks for herdSize pictures at once, looks at every byte of them, and
// prints the most memory that the process had, in bytes.
func herd() error {
	client, err := New("a-key-for-tests", WithBaseURL(os.Args[1]))
	if err != nil {
		return err
	}
	want := os.Args[2]
	failed := make(chan error)
	for range herdSize {
		go func() {
			p, err := client.Generate(context.Background(), GenerateRequest{Prompt: "a fox"})
			if err == nil && strconv.Itoa(int(crc32.ChecksumIEEE(p.Bytes()))) != want {
				err = errors.New("the picture arrived changed")
			}
			p.Release()
			failed <- err
		}()
	}
	for range herdSize {
		err = errors.Join(err, <-failed)
	}
	if err != nil {
		return err
	}
	peak, err := processtest.PeakMemory()
	fmt.Println(peak)
	return err
}

// runHerd returns the peak memory of a process that does nothing else.
func runHerd(tb testing.TB) (bytes int) {
	tb.Helper()
	sum := strconv.Itoa(int(crc32.ChecksumIEEE(randomPNG(herdPictures))))
	peak, err := strconv.Atoi(processtest.Start(tb, "herd", pictureServer(tb, herdPictures), sum))
	if err != nil {
		tb.Fatal(err)
	}
	return peak
}

func BenchmarkHerd(b *testing.B) {
	highest := 0
	for b.Loop() {
		highest = max(highest, runHerd(b))
	}
	b.ReportMetric(float64(highest)/1e6, "peak-MB")
}

func TestManyLargePicturesAtOnceStayInBoundedMemory(t *testing.T) {
	limit := 64_000_000
	if raceDetector {
		limit *= 4 // its own memory is several times ours
	}
	if peak := runHerd(t); peak > limit {
		t.Errorf("the process had %d bytes at a time, want at most %d", peak, limit)
	}
}
