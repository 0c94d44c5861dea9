package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"kellybot/bots/botstest"
	"kellybot/internal/store/storetest"
	"kellybot/kelly/kellytest"
)

// onEachBench measures on every kind of database, of which it passes the
// setting, the driver with its data source, and the engine's table.
func onEachBench(b *testing.B, measure func(b *testing.B, d database)) {
	b.Run("SQLite", func(b *testing.B) {
		url := storetest.SQLite(b)
		path := strings.TrimPrefix(url, "sqlite:")
		measure(b, database{"DATABASE_URL=" + url, "sqlite", "file:" + path, "workflow_status"})
	})
	b.Run("PostgreSQL", func(b *testing.B) {
		url := storetest.Postgres(b)
		measure(b, database{"DATABASE_URL=" + url, "pgx", url, "dbos.workflow_status"})
	})
}

type database struct{ setting, driver, source, workflows string }

// status is a line of the process's /proc/…/status in bytes, such as VmRSS.
func (p *process) status(name string) int {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if fields[0] != name+":" {
			continue
		}
		kilobytes, err := strconv.Atoi(fields[1])
		if err != nil {
			p.t.Fatal(err)
		}
		return kilobytes * 1024
	}
	p.t.Fatalf("no %s", name)
	return 0
}

// processorTime is what the process has used so far, user and system.
func (p *process) processorTime() time.Duration {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	// The name, in parentheses, may hold anything; utime and stime are the
	// 14th and 15th fields, in hundredths of a second.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var used time.Duration
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			p.t.Fatal(err)
		}
		used += time.Duration(n) * 10 * time.Millisecond
	}
	return used
}

// receives waits until the process hears both platforms.
func (p *process) receives() {
	p.t.Helper()
	p.says(`msg="receiving events" platform=discord`)
	p.says(`msg="receiving events" platform=telegram`)
}

// BenchmarkIdle has nothing asked of a whole bot for 20 seconds.
func BenchmarkIdle(b *testing.B) {
	const idle = 20 * time.Second
	onEachBench(b, func(b *testing.B, d database) {
		p := newWorld(b).serve(d.setting)
		<-time.After(2 * time.Second) // the end of the start
		var used time.Duration
		n := 0
		for b.Loop() {
			before := p.processorTime()
			<-time.After(idle)
			used += p.processorTime() - before
			n++
		}
		b.ReportMetric(100*used.Seconds()/(idle.Seconds()*float64(n)), "cpu-%")
		b.ReportMetric(float64(p.status("VmRSS"))/1e6, "rss-MB")
		b.ReportMetric(0, "ns/op")
	})
}

// BenchmarkStart is the time from the start of the process until it hears both
// platforms, with so many finished requests in the database.
func BenchmarkStart(b *testing.B) {
	onEachBench(b, func(b *testing.B, d database) {
		w := newWorld(b)
		settings := w.settings(d.setting)
		folder := b.TempDir()
		stop := func(p *process) {
			p.signal(syscall.SIGTERM)
			p.endsWith(0)
		}
		p := start(b, folder, settings)
		p.receives()
		w.telegram.Say(anna, "/imagine a red fox")
		w.pictures(1)
		p.says(`msg="a request is over"`)
		stop(p)
		for _, n := range []int{1, 10_000} {
			b.Run(fmt.Sprintf("finished=%d", n), func(b *testing.B) {
				if n > 1 {
					d.finish(b, n-1)
				}
				for b.Loop() {
					p := start(b, folder, settings)
					p.receives()
					b.StopTimer()
					stop(p)
					b.StartTimer()
				}
			})
		}
	})
}

// finish adds n requests, drawn and delivered, like the one that there is.
func (d database) finish(b *testing.B, n int) {
	b.Helper()
	db, err := sql.Open(d.driver, d.source)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	const suffix = ` || CAST(n.i AS TEXT)`
	for _, workflow := range []string{"#0", "#d0"} {
		storetest.Clone(b, db, d.workflows, "workflow_uuid = (SELECT id FROM requests) || '"+workflow+"'", n,
			map[string]string{"workflow_uuid": "'id'" + suffix + " || '" + workflow + "'"})
	}
	storetest.Clone(b, db, "requests", "state = 'done'", n, map[string]string{"id": "'id'" + suffix, "short": "'short'" + suffix})
}

// BenchmarkPictureThroughTheQueue has one picture at a time asked for, on both
// platforms in turn: from the event through the database and the file to what
// people see.
func BenchmarkPictureThroughTheQueue(b *testing.B) {
	for _, size := range []int{1_500_000, 6_000_000} { // bytes of a picture
		b.Run(fmt.Sprintf("%gMB", float64(size)/1e6), func(b *testing.B) {
			onEachBench(b, func(b *testing.B, d database) {
				w := newWorld(b)
				w.kelly.Always(kellytest.Big(size))
				p := w.serve(d.setting)
				seen := 0
				var took []time.Duration
				both := func() {
					seen++
					began := time.Now()
					w.discord.Say(anna, "/imagine a red fox")
					read(b, w.discord, seen)
					took = append(took, time.Since(began))
					began = time.Now()
					w.telegram.Say(anna, "/imagine a red fox")
					read(b, w.telegram, seen)
					took = append(took, time.Since(began))
				}
				both() // connects, touches the memory
				took = nil
				before := p.processorTime()
				for b.Loop() {
					both()
				}
				used := p.processorTime() - before
				b.ReportMetric(1e3*used.Seconds()/float64(len(took)), "cpu-ms")
				slices.Sort(took)
				b.ReportMetric(1e3*took[len(took)/2].Seconds(), "p50-ms")
				b.ReportMetric(1e3*took[len(took)*99/100].Seconds(), "p99-ms")
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// BenchmarkHerdOfLargePictures has 64 people on Telegram ask at once for a
// picture of 6 MB each, and reports the most memory that the bot had.
func BenchmarkHerdOfLargePictures(b *testing.B) {
	const herd, size = 64, 6_000_000
	onEachBench(b, func(b *testing.B, d database) {
		w := newWorld(b)
		w.kelly.Always(kellytest.Big(size))
		p := w.serve(d.setting, "WORKERS=8")
		asked := 0
		for b.Loop() {
			for range herd {
				asked++
				user := botstest.From{UserID: strconv.Itoa(5000 + asked), Name: "Somebody"}
				w.telegram.Say(user, "/imagine a red fox")
			}
			w.pictures(asked)
		}
		b.ReportMetric(float64(p.status("VmHWM"))/1e6, "peak-MB")
	})
}

// pictures waits until people on Telegram see n pictures.
func (w *world) pictures(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for {
		changed := w.telegram.Changed()
		seen := 0
		for _, message := range w.telegram.Messages() {
			seen += len(message.Files)
		}
		if seen >= n {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			w.t.Fatalf("people see %d pictures, want %d", seen, n)
		}
	}
}
