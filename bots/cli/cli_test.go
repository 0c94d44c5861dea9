package cli

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/commands"
	"kellybot/kelly"
)

// pictureOf is a PNG file.
func pictureOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A desk is a Shell with everything behind it that it talks to.
type desk struct {
	*Shell
	router         *commands.Router
	catalog        *commands.Catalog
	stdin          bytes.Buffer
	stdout, stderr bytes.Buffer
	accepted       []commands.Job
	// answer does a job instead; nil draws.
	answer func(ctx context.Context, job commands.Job) (commands.Reply, error)
	file   []byte
}

type lister struct{ err error }

func (l lister) SDModels(context.Context) ([]string, error) {
	return []string{"PhotoPerfect", "Dream Shaper"}, l.err
}
func (l lister) SDXLModels(context.Context) ([]string, error) { return []string{"XL Photo"}, l.err }

// newDesk is in an empty folder, which becomes the current one.
func newDesk(t *testing.T) *desk {
	t.Helper()
	t.Chdir(t.TempDir())
	d := &desk{file: pictureOf(t, 640, 384)}
	d.Shell = New(&d.stdin, &d.stdout, &d.stderr, d.drawOne)
	d.serve(t, lister{})
	return d
}

func (d *desk) serve(t *testing.T, models commands.Lister) {
	d.catalog = commands.NewCatalog(models)
	t.Cleanup(d.catalog.Close)
	d.router = commands.NewRouter(commands.Config{
		Catalog: d.catalog, Queue: d.Shell, Model: "PhotoPerfect", Size: commands.Size{Width: 1024, Height: 1024},
		MaxSize: 2048, Log: slog.New(slog.DiscardHandler),
	})
}

// drawOne stands in for the service.
func (d *desk) drawOne(ctx context.Context, job commands.Job) (commands.Reply, error) {
	d.accepted = append(d.accepted, job)
	if d.answer != nil {
		return d.answer(ctx, job)
	}
	return d.reply(job)
}

func (d *desk) reply(job commands.Job) (commands.Reply, error) {
	picture, err := kelly.NewPicture(d.file)
	if err != nil {
		return commands.Reply{}, err
	}
	return commands.Reply{
		Text:   commands.Text{{Text: job.Generate.Prompt, Cut: true}, {Text: "\nPhotoPerfect · 640×384 · 1.5 s"}},
		Images: []commands.Image{{Name: "a-red-fox.png", Picture: picture}},
	}, nil
}

func (d *desk) imagine(t *testing.T, args ...string) error {
	t.Helper()
	drawn, err := d.Imagine(t.Context(), d.router, args)
	if drawn && err != nil {
		t.Errorf("drawn, and yet %v", err)
	}
	return err
}

func (d *desk) holds(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
	} else if !bytes.Equal(got, want) {
		t.Errorf("%s holds %d bytes, want %d others", name, len(got), len(want))
	}
}

// folder lists the current folder, hidden files too.
func folder(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

func TestEndOfTheContextEndsReadingAndWriting(t *testing.T) {
	for name, args := range map[string][]string{"reading": {"-"}, "writing": {"fox", "-o", "-"}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			stall, other := io.Pipe() // nobody is at its other end
			defer stall.Close()
			ctx, cancel := context.WithCancel(t.Context())
			d.Shell.stdin = readerFunc(func(p []byte) (int, error) { cancel(); return stall.Read(p) })
			d.Shell.stdout = writerFunc(func(p []byte) (int, error) { cancel(); return other.Write(p) })
			if drawn, err := d.Imagine(ctx, d.router, args); drawn || !errors.Is(err, context.Canceled) {
				t.Errorf("drawn %v, %v", drawn, err)
			}
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestRefusalIsOneSentenceForAShell(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "There is nothing to draw yet: describe the picture, as in kellybot imagine a red fox in snow."},
		{[]string{"fox --size 10x10"}, "10x10 is out of range: each side may be 64 to 2048 pixels, such as --size 768x512."},
		{[]string{"fox --size"}, "--size needs a value, such as --size 768x512."},
	} {
		if err := d.imagine(t, c.args...); err == nil || err.Error() != c.want {
			t.Errorf("%q: it says %v", c.args, err)
		}
	}
	if len(d.accepted) > 0 || folder(t) != "" {
		t.Errorf("%d pictures were drawn; the folder holds %s", len(d.accepted), folder(t))
	}
}

func TestFailureToDrawIsToldInTheShellsWords(t *testing.T) {
	d := newDesk(t)
	d.answer = func(context.Context, commands.Job) (commands.Reply, error) {
		return commands.Reply{}, &commands.Refusal{Text: commands.T("There is no model x, and /models lists all.")}
	}
	err := d.imagine(t, "fox")
	if err == nil || err.Error() != "There is no model x, and kellybot models lists all." {
		t.Errorf("it says %v", err)
	}
	d.answer = func(context.Context, commands.Job) (commands.Reply, error) {
		return commands.Reply{}, &kelly.Error{Kind: kelly.ErrAway}
	}
	if err := d.imagine(t, "fox"); err == nil || !strings.Contains(err.Error(), "service is away") {
		t.Errorf("it says %v", err)
	}
	if got := folder(t); got != "" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestEndOfTheContextEndsTheDrawing(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	d.answer = func(ctx context.Context, _ commands.Job) (commands.Reply, error) {
		cancel()
		return commands.Reply{}, ctx.Err()
	}
	if drawn, err := d.Imagine(ctx, d.router, []string{"fox"}); drawn || !errors.Is(err, context.Canceled) {
		t.Errorf("drawn %v, %v", drawn, err)
	}
}

func TestSpinnerTurnsOnATerminalAndIsWipedOut(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		d := newDesk(t)
		d.isTerminal = func(w any) bool { return terminal && w == &d.stderr }
		d.answer = func(context.Context, commands.Job) (commands.Reply, error) {
			time.Sleep(3050 * time.Millisecond)
			return commands.Reply{}, nil
		}
		synctest.Test(t, func(t *testing.T) {
			if err := d.Accept(t.Context(), commands.Job{}); err != nil {
				t.Error(err)
			}
		})
		said := d.stderr.String()
		if !terminal {
			if said != "" {
				t.Errorf("in a pipe it says %q", said)
			}
			continue
		}
		if !strings.Contains(said, "\r⠋ drawing, 0 s\r⠙ drawing, 0 s\r") || !strings.Contains(said, "drawing, 3 s") {
			t.Errorf("on a terminal it says %q", said)
		}
		if lines := strings.Split(said, "\r"); lines[len(lines)-1] != "" || strings.TrimSpace(lines[len(lines)-2]) != "" {
			t.Errorf("it leaves %q behind", said)
		}
	}
}

func TestHelpComesFromTheRegistry(t *testing.T) {
	for _, flag := range []string{"-h", "--help"} {
		d := newDesk(t)
		if err := d.imagine(t, "fox", flag); err != nil || len(d.accepted) > 0 {
			t.Fatalf("%v after %d drawings", err, len(d.accepted))
		}
		for _, want := range []string{"kellybot imagine prompt", "--model NAME", "--no WORDS", "-o FILE", "-f, --force", "kellybot imagine a red fox in snow\n"} {
			if !strings.Contains(d.stdout.String(), want) {
				t.Errorf("%q is missing in\n%s", want, d.stdout.String())
			}
		}
		if strings.Contains(d.stdout.String(), "/imagine") {
			t.Errorf("it speaks of chats:\n%s", d.stdout.String())
		}
	}
}

func TestModelsAreListedWhole(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "SD models\n  PhotoPerfect (default)\n  Dream Shaper\nSDXL models\n  XL Photo\n"},
		{[]string{"PHOTO"}, "SD models\n  PhotoPerfect (default)\nSDXL models\n  XL Photo\n"},
		{[]string{"dream", "shaper"}, "SD models\n  Dream Shaper\n"},
		{[]string{"-h"}, modelsUsage},
	} {
		d := newDesk(t)
		if err := d.Models(t.Context(), d.catalog, "photoperfect", c.args); err != nil || d.stdout.String() != c.want {
			t.Errorf("%q: %v\n%s", c.args, err, d.stdout.String())
		}
	}
}

func TestModelsThatCannotBeListedAreExplained(t *testing.T) {
	d := newDesk(t)
	if err := d.Models(t.Context(), d.catalog, "", []string{"zebra"}); err == nil ||
		err.Error() != `No model's name holds "zebra": kellybot models lists all.` {
		t.Errorf("nothing found: %v", err)
	}
	d.serve(t, lister{&kelly.Error{Kind: kelly.ErrAway}})
	if err := d.Models(t.Context(), d.catalog, "", nil); err == nil || !strings.Contains(err.Error(), "service is away") {
		t.Errorf("the service is away: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Models(ended, d.catalog, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}
