//go:build unix

package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/kelly"
)

var update = flag.Bool("update", false, "write docs/transcript.md, docs/scenarios.md and the table of commands in README.md anew")

const transcriptFile = "docs/transcript.md"

// A platform of the transcript: where people type and read.
type stage interface {
	chat
	Say(from botstest.From, line string, attached ...botstest.File)
}

// TestTranscript runs the program on both platforms at once, with the sandbox
// drawing, and holds what people see against docs/transcript.md.
func TestTranscript(t *testing.T) {
	w := newWorld(t)
	p := start(t, t.TempDir(), []string{
		"DISCORD_TOKEN=" + discordtest.Token, "DISCORD_API_URL=" + w.discord.URL,
		"TELEGRAM_TOKEN=" + telegramtest.Token, "TELEGRAM_API_URL=" + w.telegram.URL,
	})
	p.says(`msg="receiving events" platform=discord`)
	p.says(`msg="receiving events" platform=telegram`)

	var got strings.Builder
	fmt.Fprint(&got, `# One run on both platforms

What people typed and saw, and what the operator read, in one run of the program without a key against local servers of both platforms, which
speak Discord's and Telegram's protocols. It is written by a test that runs with all the others:

    go test -run TestTranscript . -update
`)
	for _, platform := range []struct {
		name string
		stage
	}{{"Discord", w.discord}, {"Telegram", w.telegram}} {
		fmt.Fprintf(&got, "\n## %s\n", platform.name)
		for n, line := range []string{
			"/imagine a red fox in snow --model photoperfect --size 640x384",
			"/imagine *two* foxes under @everyone's <b>aurora</b> --ar 16:9 --no text, people",
			"/imagine a fox --size 10x10",
			"/imagine a fox --modle PhotoPerfect",
			"/imagine a fox --model PhotoPerfekt",
			"/models real",
			"/help",
		} {
			platform.Say(anna, line)
			message := readNth(t, platform, n)
			fmt.Fprintf(&got, "\nAnna types:\n\n%s\n%s:\n\n%s", quote(line), seenBy(message), quote(message.Text))
			for _, file := range message.Files {
				fmt.Fprintf(&got, "\n%s\n", describe(t, file))
			}
		}
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	fmt.Fprintf(&got, "\n## The operator's log\n\n%s", quote(strings.TrimSpace(p.stderr.String())))

	checkFile(t, transcriptFile, got.String())
}

// readNth waits for message n, from 0.
func readNth(t *testing.T, where chat, n int) botstest.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		changed := where.Changed()
		if messages := where.Messages(); len(messages) > n {
			return messages[n]
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("nobody answered request %d", n)
		}
	}
}

func quote(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("    "+strings.TrimRight(line, "\n"), " ") + "\n")
	}
	return b.String()
}

func seenBy(m botstest.Message) string {
	if m.For != "" {
		return "and sees, alone"
	}
	return "and everybody there sees"
}

// describe says what the picture in a file is.
func describe(t *testing.T, file botstest.File) string {
	t.Helper()
	picture, err := kelly.NewPicture(file.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	alt := ""
	if file.Alt != "" {
		alt = fmt.Sprintf(", described to those who cannot see it as “%s”", file.Alt)
	}
	return fmt.Sprintf("with the picture `%s`, %s of %d×%d%s.", file.Name, file.ContentType, picture.Width, picture.Height, alt)
}

// steady leaves out what differs from run to run: times, ids, the build, and
// the order of the log's lines.
func steady(transcript string) string {
	story, log, _ := strings.Cut(transcript, "\n## The operator's log\n")
	story = regexp.MustCompile(`\d+\.\d s`).ReplaceAllString(story, "0.0 s")
	story = regexp.MustCompile(`\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?`).ReplaceAllString(story, "today")
	story = regexp.MustCompile(`started .*? ago|started \[time\]`).ReplaceAllString(story, "started")
	story = storyID.ReplaceAllString(story, "id")
	kinds := map[string]bool{}
	for _, line := range regexp.MustCompile(`level=\w+ msg="[^"]*"( platform=\w+)?`).FindAllString(log, -1) {
		kinds[line] = true
	}
	return fmt.Sprint(story, kinds)
}
