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
	"path/filepath"
	"runtime"
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
	stdout, stderr bytes.Buffer
	accepted       []commands.Job
	// answer is what the queue does with a job; nil draws.
	answer func(job commands.Job) error
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
	d.Shell = New(&d.stdout, &d.stderr)
	d.serve(t, lister{})
	return d
}

func (d *desk) serve(t *testing.T, models commands.Lister) {
	d.catalog = commands.NewCatalog(models)
	t.Cleanup(d.catalog.Close)
	d.router = commands.NewRouter(commands.Config{
		Catalog: d.catalog, Queue: d, Model: "PhotoPerfect", Size: commands.Size{Width: 1024, Height: 1024},
		MaxSize: 2048, Log: slog.New(slog.DiscardHandler),
	})
}

// Accept implements commands.Queue: it answers at once.
func (d *desk) Accept(_ context.Context, job commands.Job) error {
	d.accepted = append(d.accepted, job)
	if d.answer != nil {
		return d.answer(job)
	}
	_ = d.draw(job) // what Deliver says reaches the shell
	return nil
}

func (d *desk) draw(job commands.Job) error {
	picture, err := kelly.NewPicture(d.file)
	if err != nil {
		return err
	}
	_, err = d.Deliver(context.Background(), job.Request.Address, commands.Reply{
		Text:   commands.Text{{Text: job.Generate.Prompt, Cut: true}, {Text: "\nPhotoPerfect · 640×384 · 1.5 s"}},
		Images: []commands.Image{{Name: "a-red-fox.png", Picture: picture}},
	})
	return err
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

func TestPictureGetsASpeakingNameThatIsFree(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		if err := d.imagine(t, "a", "red", "fox"); err != nil {
			t.Fatal(err)
		}
	}
	if got := folder(t); got != "a-red-fox-2.png a-red-fox-3.png a-red-fox.png" {
		t.Errorf("the folder holds %s", got)
	}
	d.holds(t, "a-red-fox-3.png", d.file)
	if want := "a-red-fox.png · PhotoPerfect · 640×384 · 1.5 s\n"; !strings.HasPrefix(d.stderr.String(), want) {
		t.Errorf("it says %q, want %q first", d.stderr.String(), want)
	}
	if d.stdout.Len() > 0 {
		t.Errorf("standard output has %q", d.stdout.String())
	}
}

func TestOptionsStandAnywhereAndTheRestIsTheSharedParsers(t *testing.T) {
	for name, args := range map[string][]string{
		"one quoted text":       {"a red fox --size 640x384 --model \"Dream Shaper\"", "-o", "fox.png"},
		"unquoted":              {"a", "red", "fox", "--size", "640x384", "--model", "Dream Shaper", "-o", "fox.png"},
		"options first":         {"-o", "fox.png", "--model", "Dream Shaper", "--size=640x384", "a red fox"},
		"in between":            {"a", "-o", "fox.png", "red", "--size", "640x384", "fox", "--model", "Dream Shaper"},
		"after the end of them": {"-o", "fox.png", "--", "a", "red", "fox", "--size", "640x384", "--model", "Dream Shaper"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if err := d.imagine(t, args...); err != nil {
				t.Fatal(err)
			}
			got := d.accepted[0].Generate
			if got.Prompt != "a red fox" || got.Width != 640 || got.Height != 384 || got.Model != "Dream Shaper" {
				t.Errorf("accepted %+v", got)
			}
			d.holds(t, "fox.png", d.file)
		})
	}
}

func TestWordsThatLookLikeOptionsAreText(t *testing.T) {
	for prompt, args := range map[string][]string{
		"-o is a letter":                {"--", "-o", "is", "a", "letter"},
		"sci-fi semi-surreal -s":        {"sci-fi", "semi-surreal", "-s"},
		"a hat -o fox.png -f":           {"a hat -o fox.png -f"},
		"the cat's \"hat\", size":       {"the cat's", "\"hat\",", "size"},
		"line one\nline two 🦊 \t狐":      {"line one\nline two 🦊 \t狐"},
		"-- two dashes":                 {"--", "--", "two dashes"},
		"a \u201cquoted\u201d old word": {"a \u201cquoted\u201d", "old word"},
	} {
		d := newDesk(t)
		if err := d.imagine(t, args...); err != nil {
			t.Errorf("%q: %v", args, err)
		} else if got := d.accepted[0].Generate.Prompt; got != prompt {
			t.Errorf("%q: the prompt is %q, want %q", args, got, prompt)
		}
	}
}

func TestValueWithSpacesStaysOneValue(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fox", "--model", "Dream Shaper"}, `fox --model "Dream Shaper"`},
		{[]string{"fox", "--no", `the "x"`, "--ar", "1:1"}, `fox --no “the "x"” --ar 1:1`},
		{[]string{"--model", "A", "a red fox"}, `--model A a red fox`},
		{[]string{"--model=A", "a red fox"}, `--model=A a red fox`},
		{[]string{"--model A", "a red fox"}, `--model A a red fox`},
		{[]string{"fox", "--model", "--size 64x64"}, `fox --model --size 64x64`},
		{[]string{"fox", "--model", ""}, `fox --model ""`},
		{[]string{"", "fox", ""}, ` fox `},
	} {
		if got := join(c.args); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.args, got, c.want)
		}
	}
}

func TestWrongArgumentsAreUsageErrors(t *testing.T) {
	for _, args := range [][]string{{"fox", "-o"}, {"fox", "-o", ""}, {"-o"}} {
		d := newDesk(t)
		var usage UsageError
		if err := d.imagine(t, args...); !errors.As(err, &usage) || !strings.Contains(err.Error(), "-o fox.png") {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestExistingFileIsOverwrittenOnlyByForce(t *testing.T) {
	d := newDesk(t)
	precious := []byte("precious")
	if err := os.WriteFile("fox.png", precious, 0o600); err != nil {
		t.Fatal(err)
	}
	err := d.imagine(t, "fox", "-o", "fox.png")
	if err == nil || !strings.Contains(err.Error(), "fox.png exists already") || len(d.accepted) > 0 {
		t.Errorf("it says %v after %d drawings", err, len(d.accepted))
	}
	d.holds(t, "fox.png", precious)

	for _, force := range []string{"-f", "--force"} {
		if err := d.imagine(t, "fox", "-o", "fox.png", force); err != nil {
			t.Error(err)
		}
		d.holds(t, "fox.png", d.file)
	}
	if got := folder(t); got != "fox.png" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestFileThatAppearsMeanwhileIsNotOverwritten(t *testing.T) {
	d := newDesk(t)
	precious := []byte("precious")
	d.answer = func(job commands.Job) error {
		if err := os.WriteFile("fox.png", precious, 0o600); err != nil {
			t.Error(err)
		}
		_ = d.draw(job)
		return nil
	}
	if err := d.imagine(t, "fox", "-o", "fox.png"); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("it says %v", err)
	}
	d.holds(t, "fox.png", precious)
	if got := folder(t); got != "fox.png" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestPlaceThatCannotBeWrittenIsRefusedBeforeDrawing(t *testing.T) {
	d := newDesk(t)
	if err := os.Mkdir("pictures", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pictures":                            "is a folder: name a file in it, such as " + filepath.Join("pictures", "fox.png"),
		"pictures" + string(os.PathSeparator): "is a folder",
		filepath.Join("no", "fox.png"):        "cannot be written",
		os.DevNull:                            "is no ordinary file",
	} {
		if name == os.DevNull && runtime.GOOS == "windows" {
			continue // NUL is not among the files there
		}
		err := d.imagine(t, "fox", "-f", "-o", name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("-o %s: it says %v, want %q", name, err, want)
		}
	}
	if len(d.accepted) > 0 {
		t.Errorf("%d pictures were drawn", len(d.accepted))
	}
}

func TestFailedWriteLeavesNoPart(t *testing.T) {
	d := newDesk(t)
	d.answer = func(job commands.Job) error {
		// A folder of that name cannot be replaced by a file.
		if err := os.MkdirAll(filepath.Join("fox.png", "x"), 0o700); err != nil {
			t.Error(err)
		}
		if err := d.draw(job); err == nil {
			t.Error("Deliver reports no error")
		}
		return nil
	}
	if err := d.imagine(t, "fox", "-f", "-o", "fox.png"); err == nil || !strings.Contains(err.Error(), "fox.png cannot be written: ") {
		t.Errorf("it says %v", err)
	}
	if got := folder(t); got != "fox.png" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestPictureGoesToStandardOutputButNeverToATerminal(t *testing.T) {
	d := newDesk(t)
	if err := d.imagine(t, "fox", "-o", "-"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.stdout.Bytes(), d.file) {
		t.Errorf("standard output has %d bytes, the picture %d", d.stdout.Len(), len(d.file))
	}
	d.stdout.Reset()
	d.isTerminal = func(w io.Writer) bool { return w == &d.stdout }
	var usage UsageError
	if err := d.imagine(t, "fox", "-o", "-"); !errors.As(err, &usage) || d.stdout.Len() > 0 {
		t.Errorf("it says %v and writes %d bytes to the terminal", err, d.stdout.Len())
	}
}

func TestClosedStandardOutputIsAnError(t *testing.T) {
	d := newDesk(t)
	read, write := io.Pipe()
	_ = read.Close()
	d.Shell = New(write, &d.stderr)
	if err := d.imagine(t, "fox", "-o", "-"); err == nil || !strings.Contains(err.Error(), "standard output cannot be written") {
		t.Errorf("it says %v", err)
	}
}

func TestNameThatPromisesAnotherFormatIsPointedOut(t *testing.T) {
	for name, want := range map[string]string{
		"fox.jpg":  "Note that fox.jpg holds a PNG picture",
		"fox.JPEG": "Note that fox.JPEG holds a PNG picture",
		"fox.png":  "",
		"fox.PNG":  "",
		"fox":      "",
		"fox.dat":  "",
	} {
		d := newDesk(t)
		if err := d.imagine(t, "fox", "-o", name); err != nil {
			t.Error(err)
			continue
		}
		d.holds(t, name, d.file)
		if got := d.stderr.String(); strings.Contains(got, "Note") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: it says %q", name, got)
		}
	}
	if got := mismatch("fox.jpeg", string(kelly.JPEG)); got != "" {
		t.Errorf("a JPEG file by its name: %q", got)
	}
}

func TestEveryPictureOfAReplyIsKept(t *testing.T) {
	d := newDesk(t)
	second := pictureOf(t, 64, 64)
	d.answer = func(job commands.Job) error {
		var reply commands.Reply
		for _, file := range [][]byte{d.file, second} {
			picture, err := kelly.NewPicture(file)
			if err != nil {
				return err
			}
			reply.Images = append(reply.Images, commands.Image{Name: "fox.png", Picture: picture})
		}
		_, err := d.Deliver(t.Context(), job.Request.Address, reply)
		return err
	}
	if err := d.imagine(t, "fox", "-f", "-o", "new.png"); err != nil {
		t.Fatal(err)
	}
	d.holds(t, "new.png", d.file)
	d.holds(t, "new-2.png", second)
}

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

func TestFailureAfterAcceptingIsToldInTheShellsWords(t *testing.T) {
	d := newDesk(t)
	d.answer = func(job commands.Job) error {
		reply := commands.Reply{Failed: true, Text: commands.T("There is no model x, and /models lists all.")}
		for range 2 { // a second answer waits for nobody
			if _, err := d.Deliver(t.Context(), job.Request.Address, reply); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	err := d.imagine(t, "fox")
	if err == nil || err.Error() != "There is no model x, and kellybot models lists all." {
		t.Errorf("it says %v", err)
	}
}

func TestEndOfTheContextEndsTheWait(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	d.answer = func(commands.Job) error { cancel(); return nil }
	if drawn, err := d.Imagine(ctx, d.router, []string{"fox"}); drawn || !errors.Is(err, context.Canceled) {
		t.Errorf("drawn %v, %v", drawn, err)
	}
}

func TestSpinnerTurnsOnATerminalAndIsWipedOut(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		d := newDesk(t)
		d.isTerminal = func(w io.Writer) bool { return terminal && w == &d.stderr }
		synctest.Test(t, func(t *testing.T) {
			d.outcome = make(chan outcome, 1)
			time.AfterFunc(3050*time.Millisecond, func() { d.outcome <- outcome{} })
			if _, err := d.wait(t.Context()); err != nil {
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
