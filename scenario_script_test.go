//go:build unix

package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// A scenario is a file of testdata/scenarios: what people do, a line each, and
// indented below it what they see. Its README says what can be written.
type scenario struct {
	name  string
	title string // the first line's
	lines []sentence
}

// A sentence is a line of a scenario.
type sentence struct {
	number   int
	text     string
	seen     bool   // indented: what people see
	platform string // the only one that the line is for, or ""
}

var only = regexp.MustCompile(`^(.*?) +\((Discord|Telegram)\)$`)

func readScenario(t *testing.T, name string) scenario {
	t.Helper()
	content, err := os.ReadFile("testdata/scenarios/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	s := scenario{name: name}
	n := 0
	for text := range strings.Lines(string(content)) {
		n++
		text = strings.TrimRight(text, "\n")
		comment, isComment := strings.CutPrefix(strings.TrimSpace(text), "#")
		switch {
		case n == 1 && isComment:
			s.title = strings.TrimSpace(comment)
		case isComment, strings.TrimSpace(text) == "":
		default:
			l := sentence{number: n, text: strings.TrimSpace(text), seen: strings.HasPrefix(text, " ")}
			if m := only.FindStringSubmatch(l.text); m != nil {
				l.text, l.platform = m[1], m[2]
			}
			s.lines = append(s.lines, l)
		}
	}
	if s.title == "" {
		t.Fatalf("%s does not begin with a line that says what it is about", name)
	}
	return s
}

// A step is a sentence that scenarios are made of.
type step struct {
	pattern *regexp.Regexp
	seen    bool
	do      func(p *play, part map[string]string)
}

func does(pattern string, do func(p *play, part map[string]string)) step {
	return step{pattern: grammar(pattern), do: do}
}

func seen(pattern string, do func(p *play, part map[string]string)) step {
	return step{pattern: grammar(pattern), seen: true, do: do}
}

// grammar makes a regular expression in which WHO, SIZE, COUNT and WORDS
// stand for what they say, and are parts by these names in lower case; WORDS
// are texts in quotes.
func grammar(pattern string) *regexp.Regexp {
	for part, expression := range map[string]string{
		"WHO": `[A-Z][a-z]+`, "SIZE": `\d+x\d+`, "COUNT": `\d+|a|no`, "NAME": `[a-z]+`, "REST": `.+`, "WORDS": `"[^"]*"(?:, "[^"]*")*`,
	} {
		pattern = strings.ReplaceAll(pattern, part, "(?P<"+strings.ToLower(part)+">"+expression+")")
	}
	return regexp.MustCompile("^" + pattern + "$")
}

// perform does what the line says.
func (l sentence) perform(p *play) error {
	text := p.filled(l.text)
	for _, step := range steps {
		m := step.pattern.FindStringSubmatch(text)
		if m == nil || step.seen != l.seen {
			continue
		}
		part := map[string]string{}
		for i, name := range step.pattern.SubexpNames() {
			part[name] = m[i]
		}
		step.do(p, part)
		return nil
	}
	return fmt.Errorf("nobody knows how to do %q", l.text)
}

var quotes = regexp.MustCompile(`"([^"]*)"`)

// words are the texts in quotes.
func words(part string) (all []string) {
	for _, m := range quotes.FindAllStringSubmatch(part, -1) {
		all = append(all, m[1])
	}
	return all
}
