package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

var spinnerFrames = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

const spinnerPause = 100 * time.Millisecond

// wait waits for the answer. On a terminal it shows that time passes.
func (s *Shell) wait(ctx context.Context) (outcome, error) {
	var tick <-chan time.Time
	if s.isTerminal(s.stderr) {
		ticker := time.NewTicker(spinnerPause)
		defer ticker.Stop()
		tick = ticker.C
	}
	start, shown := time.Now(), 0
	defer func() {
		if shown > 0 {
			clearLine(s.stderr)
		}
	}()
	for {
		select {
		case done := <-s.outcome:
			return done, nil
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		case <-tick:
			fmt.Fprintf(s.stderr, "\r%c drawing, %d s", spinnerFrames[shown%len(spinnerFrames)], int(time.Since(start).Seconds()))
			shown++
		}
	}
}

// clearLine wipes the spinner without escape sequences, which not every
// terminal knows.
func clearLine(w io.Writer) {
	fmt.Fprint(w, "\r", strings.Repeat(" ", len("x drawing, 1234 s")), "\r")
}
