// Package cli is the shell as a platform: one person who asks for one picture
// and gets a file.
//
// A [Shell] hands a request to the router like any adapter, and takes its
// answer where the others do, in Deliver. What it returns as an error is one
// sentence for the person at the shell.
package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"kellybot/bots"
	"kellybot/commands"
)

// Platform is the shell's name in addresses and for commands.Command.On.
const Platform = "cli"

// imagine is the command that a Shell asks the router for.
const imagine = "imagine"

// A UsageError says in one sentence what is wrong with the arguments.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// A sentence is an error for a person's eyes.
type sentence string

func (s sentence) Error() string { return string(s) }

// A Shell asks for one picture at a time.
type Shell struct {
	stdout, stderr io.Writer
	isTerminal     func(io.Writer) bool
	outcome        chan outcome
}

// An outcome is how a request that was handed to the queue has ended.
type outcome struct {
	lines   []string      // for standard error
	refused commands.Text // why there is no picture
	err     error
}

// New returns a Shell that writes to stdout and stderr, and shows a spinner
// when stderr is a terminal.
func New(stdout, stderr io.Writer) *Shell {
	return &Shell{stdout: stdout, stderr: stderr, isTerminal: isTerminal, outcome: make(chan outcome, 1)}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Imagine does `imagine TEXT... [-o FILE|-] [-f]`. It returns when the picture
// is written, and then drawn is true, or with ctx's error as soon as ctx ends.
// The error is a UsageError when args are at fault.
func (s *Shell) Imagine(ctx context.Context, router bots.Router, args []string) (drawn bool, err error) {
	asked, err := parseArgs(args)
	if err != nil {
		return false, err
	}
	if asked.help {
		return false, s.help(router)
	}
	if asked.to.File == standardOutput && s.isTerminal(s.stdout) {
		return false, UsageError("A picture is not written to a terminal: name a file, such as -o fox.png, or send it on, as in -o - | feh -.")
	}
	if err := asked.to.check(); err != nil {
		return false, err
	}
	data, err := json.Marshal(asked.to)
	if err != nil {
		return false, err
	}
	req := &commands.Request{
		ID:       Platform + ":" + rand.Text(),
		Address:  commands.Address{Platform: Platform, Data: data},
		User:     commands.User{ID: "local"},
		Chat:     commands.Chat{ID: "local", Private: true},
		Command:  imagine,
		Text:     asked.text,
		Received: time.Now(),
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	reply, pending := router.Handle(ctx, req)
	if !pending {
		defer reply.Release()
		return false, s.say(router, reply)
	}
	done, err := s.wait(ctx)
	if err != nil {
		return false, err
	}
	for _, line := range done.lines {
		fmt.Fprintln(s.stderr, line)
	}
	if done.refused != nil {
		return false, sentence(plain(router, done.refused))
	}
	return done.err == nil, done.err
}

// say prints a reply that is text alone.
func (s *Shell) say(router bots.Router, reply commands.Reply) error {
	text := plain(router, reply.Text)
	if reply.Failed {
		return sentence(text)
	}
	_, err := fmt.Fprintln(s.stdout, text)
	return err
}

// Deliver writes the reply's picture to where the address says. The files of
// a reply with several get numbers.
func (s *Shell) Deliver(_ context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	done := s.deliver(to, reply)
	select {
	case s.outcome <- done:
	default: // nobody waits for a second answer
	}
	return commands.Receipt{}, done.err
}

// Progress does nothing: the spinner turns by itself.
func (*Shell) Progress(context.Context, commands.Address) error { return nil }

func (s *Shell) deliver(to commands.Address, reply commands.Reply) outcome {
	if reply.Failed {
		return outcome{refused: reply.Text}
	}
	var out output
	if err := json.Unmarshal(to.Data, &out); err != nil {
		return outcome{err: err}
	}
	var lines []string
	for i, image := range reply.Images {
		name, err := out.write(s.stdout, image, i+1)
		if err != nil {
			return outcome{lines: lines, err: err}
		}
		lines = append(lines, name+" · "+summary(reply.Text))
		if note := mismatch(name, string(image.Picture.Format)); note != "" {
			lines = append(lines, note)
		}
	}
	return outcome{lines: lines}
}

// summary is a caption without the prompt, which the person has just typed.
func summary(text commands.Text) string {
	var rest commands.Text
	for _, span := range text {
		if !span.Cut {
			rest = append(rest, span)
		}
	}
	return strings.Join(strings.Fields(rest.String()), " ")
}
