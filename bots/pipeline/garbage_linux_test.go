package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"kellybot/kelly/processtest"
)

func init() { roles["pipelines"] = runPipelines }

const (
	pipelineHerd     = 64
	pipelinePictures = 6_000_000 // bytes each
)

// runPipelines brings pipelineHerd pictures at once, half of them to each
// platform, and prints the most memory that the process had, in bytes.
func runPipelines() error {
	bot, err := newPipeline(os.Args[1])
	if err != nil {
		return err
	}
	var (
		failed  [pipelineHerd]error
		running sync.WaitGroup
	)
	for n := range pipelineHerd {
		running.Go(func() {
			bring := bot.discord
			if n%2 == 1 {
				bring = bot.telegram
			}
			failed[n] = bring(context.Background())
		})
	}
	running.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}
	peak, err := processtest.PeakMemory()
	fmt.Println(peak)
	return err
}

func herdOfPipelines(tb testing.TB) (peak int) {
	tb.Helper()
	peak, err := strconv.Atoi(processtest.Start(tb, "pipelines", startPeers(tb, pipelinePictures)))
	if err != nil {
		tb.Fatal(err)
	}
	return peak
}

func BenchmarkPipelineHerd(b *testing.B) {
	highest := 0
	for b.Loop() {
		highest = max(highest, herdOfPipelines(b))
	}
	b.ReportMetric(float64(highest)/1e6, "peak-MB")
	b.ReportMetric(0, "ns/op")
}

func TestManyLargePicturesGoThroughInBoundedMemory(t *testing.T) {
	limit := 64_000_000
	if raceDetector {
		limit *= 4 // its own memory is several times ours
	}
	if peak := herdOfPipelines(t); peak > limit {
		t.Errorf("the process had %d bytes at a time, want at most %d", peak, limit)
	}
}

// A picture is never copied to the heap, nor through a buffer that is.
func TestAPictureGoesThroughWithLittleGarbage(t *testing.T) {
	bot, err := newPipeline(startPeers(t, pipelinePictures))
	if err != nil {
		t.Fatal(err)
	}
	for name, bring := range map[string]func(context.Context) error{"Discord": bot.discord, "Telegram": bot.telegram} {
		bringAll := func(n int) {
			for range n {
				if err := bring(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		bringAll(2) // connects, and allocates the budget
		pictures, limit := 20, uint64(40_000)
		if raceDetector {
			limit *= 4 // its pools forget at random
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		bringAll(pictures)
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / uint64(pictures); each > limit {
			t.Errorf("%s: %d bytes allocated a picture, want at most %d", name, each, limit)
		}
	}
}
