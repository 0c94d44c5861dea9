package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

var spinnerFrames = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

const spinnerPause = 100 * time.Millisecond

// spin shows on a terminal that time passes, until stop is called, which wipes
// it out. Elsewhere it does nothing.
func (s *Shell) spin() (stop func()) {
	if !s.isTerminal(s.stderr) {
		return func() {}
	}
	stopped := make(chan struct{})
	var spinning sync.WaitGroup
	spinning.Go(func() {
		tick := time.NewTicker(spinnerPause)
		defer tick.Stop()
		for start, shown := time.Now(), 0; ; shown++ {
			select {
			case <-tick.C:
				fmt.Fprintf(s.stderr, "\r%c drawing, %d s", spinnerFrames[shown%len(spinnerFrames)], int(time.Since(start).Seconds()))
			case <-stopped:
				if shown > 0 {
					clearLine(s.stderr)
				}
				return
			}
		}
	})
	return func() {
		close(stopped)
		spinning.Wait()
	}
}

// clearLine wipes the spinner without escape sequences, which not every
// terminal knows.
func clearLine(w io.Writer) {
	fmt.Fprint(w, "\r", strings.Repeat(" ", len("x drawing, 1234 s")), "\r")
}
