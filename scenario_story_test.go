//go:build unix

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/kelly"
)

const storiesFile = "docs/scenarios.md"

// told are the scenarios that docs/scenarios.md tells.
var told = []string{"again", "several", "edit", "delete", "queue", "settings", "nearmiss"}

// tell writes down what somebody does, or the first line of what they see.
func (p *play) tell(format string, args ...any) { fmt.Fprintf(&p.story, format+"\n", args...) }

// tellAnswer writes down what somebody sees.
func (p *play) tellAnswer(m botstest.Message) {
	lines := strings.Split(m.Text, "\n")
	if m.For != "" {
		lines = append([]string{"(only " + p.actor.Name + " sees this)"}, lines...)
	}
	for _, file := range m.Files {
		picture, err := kelly.NewPicture(file.Bytes)
		if err != nil {
			p.fail("no picture: %v", err)
		}
		lines = append(lines, fmt.Sprintf("[%s, %d×%d]", file.Name, picture.Width, picture.Height))
	}
	if len(m.Buttons) > 0 {
		lines = append(lines, "("+strings.Join(m.Buttons, ") (")+")")
	}
	p.tellLines(lines)
}

func (p *play) tellLines(lines []string) {
	for _, line := range lines {
		p.tell("    | %s", line)
	}
}

// told is the story with ids that do not differ from run to run.
func (p *play) told() string {
	known := 0
	names := map[string]string{}
	return storyID.ReplaceAllStringFunc(p.story.String(), func(id string) string {
		if _, ours := p.below[id]; ours && names[id] == "" {
			known++
			names[id] = fmt.Sprintf("k3v9x2m4p7q%02d", known)
		}
		if names[id] == "" {
			return id
		}
		return names[id]
	})
}

// storyID finds ids, in the names of files as well.
var storyID = regexp.MustCompile(`\b[0-9a-hjkmnp-tv-z]{13}`)

// checkStories holds docs/scenarios.md against what people saw, by scenario and
// platform.
func checkStories(t *testing.T, stories map[string]string) {
	t.Helper()
	var got strings.Builder
	fmt.Fprint(&got, `# What people do and see

Some of the [scenarios](../testdata/scenarios/README.md), as a test played them with the program on local servers of both platforms, which speak
Discord's and Telegram's protocols. The ids are made up; the rest is what people saw: pictures in brackets, buttons in parentheses. It is written by

    go test -run TestScenarios . -update
`)
	for _, name := range told {
		fmt.Fprintf(&got, "\n## %s\n", readScenario(t, name).title)
		for _, platform := range []string{"Discord", "Telegram"} {
			fmt.Fprintf(&got, "\n### On %s\n\n%s", platform, quote(stories[name+"/"+platform]))
		}
	}
	checkFile(t, storiesFile, got.String())
}

// checkFile holds a page of the documentation against what it should say.
func checkFile(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := string(readFile(t, name)); steady(got) != steady(want) {
		t.Errorf("%s is not what people see today; the flag -update writes it anew:\n%s", name, want)
	}
}
