package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/bots/botstest/spec"
	"kellybot/internal/imaging"
	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// asProgram makes the test's binary run as kellybot.
const asProgram = "KELLYBOT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	code := m.Run()
	for _, platform := range []string{"discord", "telegram"} {
		fmt.Println(spec.Report(platform))
	}
	os.Exit(code)
}

// patience bounds each wait for something that must happen.
const patience = time.Minute

// A process is kellybot, run as its users run it.
type process struct {
	t              testing.TB
	cmd            *exec.Cmd
	stdout, stderr output
}

// An output is what a process has written so far.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// next returns what there is, and a channel that is closed when there is more.
func (o *output) next() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed == nil {
		o.changed = make(chan struct{})
	}
	return o.text.String(), o.changed
}

// start starts kellybot in a folder, with these settings and no others.
func start(t testing.TB, folder string, settings []string, args ...string) *process {
	t.Helper()
	return startTo(t, nil, folder, settings, args...)
}

// startTo starts kellybot with another standard output than the process's own.
func startTo(t testing.TB, stdout io.Writer, folder string, settings []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	p := &process{t: t, cmd: exec.CommandContext(ctx, self, args...)}
	p.cmd.Dir = folder
	p.cmd.Env = append([]string{
		asProgram + "=1", "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"HTTP_ADDR=off", // tests run beside each other
		// What the race detector and the coverage of a test's binary want.
		"GORACE=atexit_sleep_ms=0", "GOCOVERDIR=" + t.TempDir(),
	}, settings...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if stdout != nil {
		p.cmd.Stdout = stdout
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = p.cmd.Wait() // killed, unless the test has waited for it
	})
	return p
}

// wait returns the exit code.
func (p *process) wait() int {
	p.t.Helper()
	_ = p.cmd.Wait() // the code says what the error would
	return p.cmd.ProcessState.ExitCode()
}

// says waits until the process has written text to standard error.
func (p *process) says(text string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	for {
		said, more := p.stderr.next()
		if strings.Contains(said, text) {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			p.t.Fatalf("it never said %q, but:\n%s", text, said)
		}
	}
}

// run runs kellybot to its end.
func run(t *testing.T, folder string, settings []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	p := start(t, folder, settings, args...)
	code = p.wait()
	return p.stdout.String(), p.stderr.String(), code
}

func isPicture(t *testing.T, file []byte, width, height int) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != width || size.Y != height {
		t.Errorf("the picture is %v, want %dx%d", size, width, height)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestImagineDrawsAPictureWithNothingConfigured(t *testing.T) {
	folder := t.TempDir()
	stdout, stderr, code := run(t, folder, nil, "imagine", "a red fox in snow --size 640x384", "-o", "fox.png")
	if code != 0 || stdout != "" {
		t.Fatalf("exit code %d, standard output %q\n%s", code, stdout, stderr)
	}
	fox := readFile(t, filepath.Join(folder, "fox.png"))
	isPicture(t, fox, 640, 384)
	lines := strings.Split(stderr, "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "fox.png · PhotoPerfect · 640×384 · ") ||
		!strings.Contains(lines[1], "sandbox") || !strings.Contains(lines[1], "KELLY_API_KEY") {
		t.Errorf("it says:\n%s", stderr)
	}

	_, stderr, code = run(t, folder, nil, "imagine", "another fox", "-o", "fox.png")
	if code != 1 || stderr != "kellybot: fox.png exists already: choose another name, or overwrite it with -f.\n" {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
	if !bytes.Equal(fox, readFile(t, filepath.Join(folder, "fox.png"))) {
		t.Error("the file has changed")
	}
}

func TestImagineWritesToAPipe(t *testing.T) {
	stdout, stderr, code := run(t, t.TempDir(), nil, "imagine", "a", "red", "fox", "--size", "64x96", "-o", "-")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	isPicture(t, []byte(stdout), 64, 96)
}

func TestImagineAsksTheConfiguredService(t *testing.T) {
	service := kellytest.New(t)
	folder := t.TempDir()
	settings := []string{"KELLY_API_KEY=key-1", "KELLY_API_URL=" + strings.TrimSuffix(service.URL, "/"), "DEFAULT_MODEL=PhotoPerfect", "DEFAULT_SIZE=320x192"}
	_, stderr, code := run(t, folder, settings, "imagine", "a red fox")
	if code != 0 || strings.Contains(stderr, "sandbox") {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	drawn, err := kelly.NewPicture(readFile(t, filepath.Join(folder, "a-red-fox.png")))
	if err != nil {
		t.Fatal(err)
	}
	said, _ := imaging.Read(drawn)
	if want := (imaging.Metadata{
		Prompt: "a red fox", NegativePrompt: kelly.DefaultNegativePrompt, Model: "PhotoPerfect", Width: 320, Height: 192,
		Source: imaging.Generated, Software: "kellybot",
	}); said != want {
		t.Errorf("the file says %+v, want %+v", said, want)
	}
	_, stderr, code = run(t, folder, append(settings, "METADATA=none"), "imagine", "a red fox")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	if !bytes.Equal(readFile(t, filepath.Join(folder, "a-red-fox-2.png")), kellytest.Picture("a red fox", "PhotoPerfect", 320, 192)) {
		t.Error("the file is not what the service sent")
	}
	if got := service.Requests()[0].Header.Get("Authorization"); got != "Bearer key-1" {
		t.Errorf("the service got %q", got)
	}
}

func TestCommandLineIsAnsweredWithTextAndCode(t *testing.T) {
	away := kellytest.New(t)
	away.Always(kellytest.Away(500))
	refusing := kellytest.New(t)
	refusing.Always(kellytest.Detail(400, "no foxes today"))
	for _, c := range []struct {
		name           string
		settings, args []string
		code           int
		stdout, stderr []string // what must be there; none is nothing
	}{
		{"bare, nothing to serve", []string{"HTTP_ADDR=off"}, nil, 2, nil, []string{"DISCORD_TOKEN", "TELEGRAM_TOKEN", ".env", "kellybot imagine"}},
		{"serve, nothing to serve", []string{"PLAYGROUND=off"}, []string{"serve"}, 2, nil, []string{"no chat platform", "PLAYGROUND=on"}},
		{"a playground that has nowhere to be", []string{"PLAYGROUND=on", "HTTP_ADDR=off"}, []string{"serve"}, 2, nil, []string{"PLAYGROUND is on, but HTTP_ADDR is off"}},
		{"a playground that is open to all", []string{"HTTP_ADDR=:0"}, []string{"serve"}, 2, nil, []string{"set PLAYGROUND_PASSWORD"}},
		{"a playground by itself on a database for several", []string{"HTTP_ADDR=127.0.0.1:0", "DATABASE_URL=postgres://127.0.0.1:1/x"}, []string{"serve"}, 2, nil, []string{"set PLAYGROUND=off"}},
		{"a playground beside others on a database for several", []string{"DATABASE_URL=postgresql://127.0.0.1:1/x", "TELEGRAM_TOKEN=1:x", "PLAYGROUND=on"}, []string{"check"}, 2, nil, []string{"leave DATABASE_URL empty"}},
		{"a check of a playground that is open to all", []string{"HTTP_ADDR=[::]:0"}, []string{"check"}, 2, nil, []string{"set PLAYGROUND_PASSWORD"}},
		{"serve with arguments", nil, []string{"serve", "now"}, 2, nil, []string{"serve takes no arguments"}},
		{"serve -h", nil, []string{"serve", "-h"}, 0, []string{"kellybot check"}, nil},
		{"check --help", []string{"WORKERS=0"}, []string{"check", "--help"}, 0, []string{"kellybot check"}, nil},
		{"models --help", nil, []string{"models", "--help"}, 0, []string{"kellybot models [search]"}, nil},
		{"no such command, near one", nil, []string{"imagin", "fox"}, 2, nil, []string{`no command "imagin": try kellybot imagine, or kellybot help`}},
		{"no such command, near none", nil, []string{"zzz"}, 2, nil, []string{`kellybot: there is no command "zzz": kellybot help lists them`}},
		{"help of no command", nil, []string{"help", "modles"}, 2, nil, []string{`no command "modles": try kellybot models`}},
		{"wrong settings", []string{"WORKERS=0", "GRACE=1"}, nil, 2, nil, []string{"kellybot: WORKERS must be", "kellybot: GRACE must be"}},
		{"wrong settings in the shell", []string{"WORKERS=0"}, []string{"imagine", "fox"}, 2, nil, []string{"WORKERS"}},
		{"a word list that is not there", []string{"BLOCK_WORDS=./words.txt"}, []string{"check"}, 2, nil, []string{"BLOCK_WORDS: there is no file ./words.txt: make it, or name another"}},
		{"unknown settings", []string{"KELLY_KEY=x", "HTTP_ADDR=off"}, []string{"check"}, 0, []string{"Kelly: not configured"}, []string{"warning: KELLY_KEY", "KELLY_API_KEY?"}},
		{"size out of range", nil, []string{"imagine", "fox --size 10x10"}, 1, nil, []string{"kellybot: 10x10 is out of range", "--size 768x512"}},
		{"unknown model", nil, []string{"imagine", "fox", "--model", "PhotoPerfekt"}, 1, nil, []string{"There is no model PhotoPerfekt", "--model PhotoPerfect"}},
		{"no prompt", nil, []string{"imagine"}, 1, nil, []string{"kellybot imagine a red fox in snow"}},
		{"no file after -o", nil, []string{"imagine", "fox", "-o"}, 2, nil, []string{"-o fox.png"}},
		{"service away", []string{"KELLY_API_KEY=k", "KELLY_API_URL=" + away.URL}, []string{"imagine", "fox"}, 1, nil, []string{"picture service is away"}},
		{"service refuses", []string{"KELLY_API_KEY=k", "KELLY_API_URL=" + refusing.URL}, []string{"imagine", "fox"}, 1, nil, []string{"no foxes today"}},
		{"models", nil, []string{"models"}, 0, []string{"SD models\n", "  PhotoPerfect (default)\n", "SDXL models\n"}, nil},
		{"models, searched", nil, []string{"models", "photoperf"}, 0, []string{"  PhotoPerfect (default)\n"}, nil},
		{"models, none", nil, []string{"models", "zebra"}, 1, nil, []string{"zebra"}},
		{"imagine -h", nil, []string{"imagine", "-h"}, 0, []string{"kellybot imagine prompt", "--size WxH", "-o FILE"}, nil},
		{"help imagine", nil, []string{"help", "imagine"}, 0, []string{"kellybot imagine prompt"}, nil},
		{"help", nil, []string{"help"}, 0, []string{"kellybot check", "exit code"}, nil},
		{"--help", nil, []string{"--help"}, 0, []string{"kellybot check"}, nil},
		{"help serve", nil, []string{"help", "serve"}, 0, []string{"kellybot check"}, nil},
		{"admin", []string{"WORKERS=0"}, []string{"admin"}, 0, []string{"kellybot admin backup FILE"}, nil},
		{"help admin", nil, []string{"help", "admin"}, 0, []string{"kellybot admin backup FILE"}, nil},
		{"admin retry -h", nil, []string{"admin", "retry", "-h"}, 0, []string{"kellybot admin backup FILE"}, nil},
		{"admin of no command", nil, []string{"admin", "jump"}, 2, nil, []string{`no command "admin jump"`}},
		{"admin with no operand", nil, []string{"admin", "retry", "--json"}, 2, nil, []string{"kellybot admin retry ID"}},
		{"admin with a second operand", nil, []string{"admin", "backup", "a", "b"}, 2, nil, []string{`does not take "b"`}},
		{"admin with another's option", nil, []string{"admin", "queue", "--failed"}, 2, nil, []string{`does not take "--failed"`}},
		{"admin with no number", nil, []string{"admin", "stats", "--days", "many"}, 2, nil, []string{"--days 7"}},
		{"admin with a number missing", nil, []string{"admin", "jobs", "--limit"}, 2, nil, []string{"--limit 7"}},
		{"admin with too large a number", nil, []string{"admin", "jobs", "--limit=10001"}, 2, nil, []string{"1 to 10000"}},
		{"admin with a value too many", nil, []string{"admin", "jobs", "--json=yes"}, 2, nil, []string{"--json takes no value"}},
		{"admin without a database", nil, []string{"admin", "queue"}, 1, nil, []string{"there is no database data/kellybot.db", "start kellybot once"}},
		{"version", nil, []string{"version"}, 0, []string{"kellybot ", " go1."}, nil},
		{"--version", nil, []string{"--version"}, 0, []string{"kellybot ", " go1."}, nil},
		{"-v", nil, []string{"-v"}, 0, []string{"kellybot ", " go1."}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			stdout, stderr, code := run(t, folder, c.settings, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, stream := range []struct {
				name, got string
				want      []string
			}{{"standard output", stdout, c.stdout}, {"standard error", stderr, c.stderr}} {
				if len(stream.want) == 0 && stream.got != "" {
					t.Errorf("%s has:\n%s", stream.name, stream.got)
				}
				for _, want := range stream.want {
					if !strings.Contains(strings.ToLower(stream.got), strings.ToLower(want)) {
						t.Errorf("%s lacks %q:\n%s", stream.name, want, stream.got)
					}
				}
			}
			if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
				t.Errorf("it leaves %v behind (%v)", entries, err)
			}
		})
	}
}

func TestDotenvInTheCurrentFolderIsRead(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".env"), []byte("DEFAULT_SIZE=96x64\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := run(t, folder, nil, "imagine", "fox", "-o", "-")
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	isPicture(t, []byte(stdout), 96, 64)

	if err := os.WriteFile(filepath.Join(folder, ".env"), []byte("TELEGRAM_TOKEN='hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code = run(t, folder, nil)
	if code != 2 || !strings.Contains(stderr, "kellybot: .env, line 1: ") || strings.Contains(stderr, "hunter2") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// A full is a file system without room.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: errors.New("no space left")}
}

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	for _, args := range [][]string{{"models"}, {"check"}, {"version"}, {"help"}, {"imagine", "-h"}, {"models", "-h"}, {"imagine", "fox --size 64x64", "-o", "-"}} {
		var stderr bytes.Buffer
		p := Program{Dotenv: filepath.Join(t.TempDir(), ".env"), Stdout: full{}, Stderr: &stderr}
		if code := p.Run(t.Context(), args); code != 1 || !strings.HasPrefix(stderr.String(), "kellybot: standard output cannot be written: no space left") {
			t.Errorf("%q: exit code %d:\n%s", args, code, stderr.String())
		}
	}
}

func TestGraceCountsFromTheSignalAndLeavesWhatIsLate(t *testing.T) {
	for name, c := range map[string]struct {
		ends time.Duration // after the signal
		want time.Duration // of the grace is left for the rest
	}{
		"adapters that end in time": {5 * time.Second, 15 * time.Second},
		"adapters that end late":    {time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, signal := context.WithCancel(t.Context())
				ended := make(chan struct{})
				time.AfterFunc(time.Minute, signal)
				time.AfterFunc(time.Minute+c.ends, func() { close(ended) })
				began := time.Now()
				grace, cancel := awaitEnd(ctx, ended, 20*time.Second, slog.New(slog.DiscardHandler))
				defer cancel()
				deadline, _ := grace.Deadline()
				if left := time.Until(deadline); left != c.want || deadline.Sub(began) != time.Minute+20*time.Second {
					t.Errorf("%s are left, want %s", left, c.want)
				}
			})
		})
	}
}

func TestPromptMayComeFromStandardInput(t *testing.T) {
	var stdout, stderr bytes.Buffer
	p := Program{Dotenv: filepath.Join(t.TempDir(), ".env"), Stdin: strings.NewReader("a red fox\nin snow\n"), Stdout: &stdout, Stderr: &stderr}
	if code := p.Run(t.Context(), []string{"imagine", "-", "--size", "96x64", "-o", "-"}); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr.String())
	}
	isPicture(t, stdout.Bytes(), 96, 64)
}

func TestProgramRunsInsideAnotherProcess(t *testing.T) {
	var stdout, stderr bytes.Buffer
	p := Program{Environ: []string{"DEFAULT_SIZE=96x64"}, Dotenv: filepath.Join(t.TempDir(), ".env"), Stdout: &stdout, Stderr: &stderr}
	if code := p.Run(t.Context(), []string{"imagine", "a red fox", "-o", "-"}); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, stderr.String())
	}
	isPicture(t, stdout.Bytes(), 96, 64)

	ended, cancel := context.WithCancelCause(t.Context())
	cancel(interrupt{os.Interrupt})
	stdout.Reset()
	if code := p.Run(ended, []string{"imagine", "a red fox", "-o", "-"}); code != 130 || stdout.Len() > 0 {
		t.Errorf("after a signal: exit code %d, %d bytes", code, stdout.Len())
	}
}
