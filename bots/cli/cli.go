// Package cli is the shell as a platform: one person who asks for one picture
// and gets a file.
//
// A [Shell] hands a request to the router like any adapter. It is the queue
// behind that router as well, and draws at once: the person waits for it. What
// it returns as an error is one sentence for the person at the shell.
package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"slices"
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

// maxInput bounds what is read from standard input, in bytes: far more than a
// prompt may have.
const maxInput = 1 << 20

// A UsageError says in one sentence what is wrong with the arguments.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// A sentence is an error for a person's eyes.
type sentence string

func (s sentence) Error() string { return string(s) }

// A Draw does a job and returns the reply with the picture.
type Draw func(ctx context.Context, job commands.Job) (commands.Reply, error)

// A Shell asks for one picture at a time.
type Shell struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	draw           Draw
	isTerminal     func(any) bool
	drawn          commands.Reply // what the last accepted job came to
}

var _ commands.Queue = (*Shell)(nil)

// New returns a Shell that draws with draw, and shows a spinner meanwhile when
// stderr is a terminal.
func New(stdin io.Reader, stdout, stderr io.Writer, draw Draw) *Shell {
	return &Shell{stdin: stdin, stdout: stdout, stderr: stderr, draw: draw, isTerminal: isTerminal}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Accept implements commands.Queue: it draws at once, for Imagine to write.
func (s *Shell) Accept(ctx context.Context, job commands.Job) (err error) {
	stop := s.spin()
	defer stop()
	s.drawn, err = s.draw(ctx, job)
	return err
}

// Imagine does `imagine TEXT... [-o FILE|-] [-f]` by a router whose queue is
// s. It returns when the picture is written, and then drawn is true, or with
// ctx's error as soon as ctx ends. The error is a UsageError when args are at
// fault.
//
// A read or a write that blocks cannot be ended from outside: when ctx ends
// during one, it is left behind, and the process must end.
func (s *Shell) Imagine(ctx context.Context, router bots.Router, args []string) (drawn bool, err error) {
	asked, err := parseArgs(args)
	if err != nil {
		return false, err
	}
	if asked.help {
		return false, s.help(router)
	}
	if asked.to.File == standard && s.isTerminal(s.stdout) {
		return false, UsageError("A picture is not written to a terminal: name a file, such as -o fox.png, or send it on, as in -o - | feh -.")
	}
	if err := asked.to.check(); err != nil {
		return false, err
	}
	if asked.stdin >= 0 {
		if asked.words[asked.stdin], err = s.read(ctx); err != nil {
			return false, err
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	reply, pending := router.Handle(ctx, &commands.Request{
		ID:       Platform + ":" + rand.Text(),
		Address:  commands.Address{Platform: Platform},
		User:     commands.User{ID: "local"},
		Chat:     commands.Chat{ID: "local", Private: true},
		Command:  imagine,
		Text:     join(asked.words),
		Received: time.Now(),
	})
	switch {
	case ctx.Err() != nil:
		s.drawn.Release()
		return false, ctx.Err()
	case !pending:
		return false, s.say(router, reply)
	}
	err = s.write(ctx, asked.to, s.drawn)
	return err == nil, err
}

// read returns the text that stands on standard input.
func (s *Shell) read(ctx context.Context) (string, error) {
	var text []byte
	err := unlessEnded(ctx, func() (err error) {
		text, err = io.ReadAll(io.LimitReader(s.stdin, maxInput))
		return err
	})
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", sentence(fmt.Sprintf("Standard input cannot be read: %v.", bare(err)))
	}
	return strings.TrimSpace(string(text)), nil
}

// say prints a reply that is text alone.
func (s *Shell) say(router bots.Router, reply commands.Reply) error {
	text := plain(router, reply.Text)
	if reply.Failed {
		return sentence(text)
	}
	return s.print(text + "\n")
}

// print writes to standard output.
func (s *Shell) print(text string) error {
	if _, err := io.WriteString(s.stdout, text); err != nil {
		return errWrite("standard output", err)
	}
	return nil
}

// write writes the reply's pictures to where they go, and says so. The files
// of a reply with several get numbers.
func (s *Shell) write(ctx context.Context, to output, reply commands.Reply) error {
	var names, notes []string
	write := func() error {
		defer reply.Release()
		for i, image := range reply.Images {
			name, err := to.write(s.stdout, image, i+1)
			if err != nil {
				return err
			}
			names = append(names, name)
			if note := mismatch(name, string(image.Picture.Format)); note != "" {
				notes = append(notes, note)
			}
		}
		return nil
	}
	if to.File == standard {
		if err := unlessEnded(ctx, write); err != nil {
			return err
		}
	} else if err := write(); err != nil {
		return err
	}
	fmt.Fprintln(s.stderr, strings.Join(slices.Compact(names), ", ")+" · "+summary(reply.Text))
	for _, note := range notes {
		fmt.Fprintln(s.stderr, note)
	}
	return nil
}

// unlessEnded does what may block for ever, and returns its error, or ctx's
// when ctx ends first.
func unlessEnded(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
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
