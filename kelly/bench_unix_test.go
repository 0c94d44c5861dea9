//go:build unix

package kelly

import (
	"context"
	stdbase64 "encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/asm/base64"
)

// The sizes of pictures that are measured, in bytes.
var benchSizes = []struct {
	name  string
	bytes int
}{{"1.5MB", 1_500_000}, {"6MB", 6_000_000}}

// A way receives one picture from the server at base, through transport.
type way struct {
	name    string
	receive func(ctx context.Context) (bytes int, err error)
}

// ways are this package's, the one that everybody writes, and the floor: to
// receive the answer and do nothing with it. All use the same transport.
func ways(tb testing.TB, base string) []way {
	client, err := New("a-key-for-tests", WithBaseURL(base))
	if err != nil {
		tb.Fatal(err)
	}
	ask := func(ctx context.Context) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, "POST", base+"image/generate", strings.NewReader(`{"prompt":"a fox","responseType":"base64data"}`))
		if err != nil {
			return nil, err
		}
		return client.transport.RoundTrip(req)
	}
	discarded := make([]byte, chunkSize)
	return []way{
		{"kelly", func(ctx context.Context) (int, error) {
			p, err := client.Generate(ctx, GenerateRequest{Prompt: "a fox", NegativePrompt: new("")})
			if err != nil {
				return 0, err
			}
			defer p.Release()
			return len(p.Bytes()), nil
		}},
		{"naive", func(ctx context.Context) (int, error) {
			resp, err := ask(ctx)
			if err != nil {
				return 0, err
			}
			defer resp.Body.Close()
			var answer struct{ Image string }
			if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
				return 0, err
			}
			b, err := stdbase64.StdEncoding.DecodeString(answer.Image)
			return len(b), err
		}},
		{"floor", func(ctx context.Context) (int, error) {
			resp, err := ask(ctx)
			if err != nil {
				return 0, err
			}
			defer resp.Body.Close()
			total := 0
			for {
				n, err := resp.Body.Read(discarded)
				total += n
				if errors.Is(err, io.EOF) {
					return total / 4 * 3, nil
				}
				if err != nil {
					return 0, err
				}
			}
		}},
	}
}

// times receives n pictures and returns what one of them cost this process in
// processor time, user and system.
func (w way) times(tb testing.TB, size, n int) time.Duration {
	tb.Helper()
	before := processorTime(tb)
	for range n {
		got, err := w.receive(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if got < size {
			tb.Fatalf("%s received %d bytes, want %d", w.name, got, size)
		}
	}
	return (processorTime(tb) - before) / time.Duration(n)
}

func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPicture measures each way by itself.
func BenchmarkPicture(b *testing.B) {
	for _, size := range benchSizes {
		for i, name := range []string{"kelly", "naive", "floor"} {
			b.Run(size.name+"/"+name, func(b *testing.B) {
				w := ways(b, pictureServer(b, size.bytes))[i]
				w.times(b, size.bytes, 4) // connect, touch the memory
				runtime.GC()
				b.ReportAllocs()
				b.SetBytes(int64(size.bytes))
				var used time.Duration
				n := 0
				for b.Loop() {
					used += w.times(b, size.bytes, 1)
					n++
				}
				b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-µs/op")
			})
		}
	}
}

// BenchmarkInTurn takes the three ways in turn, so that whatever else the
// machine does falls on all of them, and reports the medians of the rounds.
func BenchmarkInTurn(b *testing.B) {
	batches := []int{8, 2, 8} // the naive way takes longer than the others together
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			all := ways(b, pictureServer(b, size.bytes))
			for _, w := range all {
				w.times(b, size.bytes, 4)
			}
			var used [3][]float64
			var ofNaive, ofFloor []float64
			for b.Loop() {
				var round [3]float64
				for i, w := range all {
					runtime.GC() // nobody pays for another's garbage
					round[i] = float64(w.times(b, size.bytes, batches[i]).Microseconds())
					used[i] = append(used[i], round[i])
				}
				ofNaive = append(ofNaive, round[0]/round[1])
				ofFloor = append(ofFloor, round[0]/round[2])
			}
			for i, w := range all {
				b.ReportMetric(median(used[i]), w.name+"-cpu-µs")
			}
			b.ReportMetric(median(ofNaive), "of-naive")
			b.ReportMetric(median(ofFloor), "of-floor")
		})
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// BenchmarkBase64 compares decoders on one chunk, to see that the dependency
// earns its place on this processor.
func BenchmarkBase64(b *testing.B) {
	text := []byte(stdbase64.RawStdEncoding.EncodeToString(randomPNG(chunkSize / 4 * 3)))
	memory := make([]byte, chunkSize)
	for name, decode := range map[string]func(dst, src []byte) (int, error){
		"segmentio": base64.RawStdEncoding.Decode,
		"standard":  stdbase64.RawStdEncoding.Decode,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := decode(memory, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
