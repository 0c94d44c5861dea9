//go:build unix

package main

import (
	"fmt"
	"testing"

	"kellybot/bots/botstest"
)

func (p *play) tell(format string, args ...any) { fmt.Fprintf(&p.story, "\n"+format, args...) }

func (p *play) tellAnswer(m botstest.Message) {
	p.tell("%s:\n\n%s", seenBy(m), quote(m.Text))
}

func checkStories(t *testing.T, stories map[string]string) {}
