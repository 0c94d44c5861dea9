package cli

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
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
		"one quoted text":        {"a red fox --size 640x384 --model \"Dream Shaper\"", "-o", "fox.png"},
		"unquoted":               {"a", "red", "fox", "--size", "640x384", "--model", "Dream Shaper", "-o", "fox.png"},
		"options first":          {"-o", "fox.png", "--model", "Dream Shaper", "--size=640x384", "a red fox"},
		"in between":             {"a", "-o", "fox.png", "red", "--size", "640x384", "fox", "--model", "Dream Shaper"},
		"before the end of them": {"-o", "fox.png", "--size", "640x384", "--model", "Dream Shaper", "--", "a", "red", "fox"},
		"the file close to -o":   {"-ofox.png", "a", "red", "fox", "--size", "640x384", "--model", "Dream Shaper"},
		"the file after -o=":     {"a", "red", "fox", "-o=fox.png", "--size", "640x384", "--model", "Dream Shaper"},
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
		"-":                             {"--", "-"},
		"--size 1x1 --nonsense":         {"--", "--size", "1x1", "--nonsense"},
		"a --size 1x1 —model x":         {"--", "a --size 1x1 —model x"},
		`a \--size —quickly`:            {"--", `a \--size —quickly`},
		"-5 degrees":                    {"-5", "degrees"},
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
	const file = "-o needs a file's name, such as -o fox.png"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"fox", "-o"}, file},
		{[]string{"fox", "-o", ""}, file},
		{[]string{"fox", "-o="}, file},
		{[]string{"-o"}, file},
		{[]string{"-o", "--", "fox"}, file},
		{[]string{"fox", "-o", "-f"}, file},
		{[]string{"-n", "4", "fox"}, "no option -n: the short ones are -o, -f and -h, and -- goes before a text that begins like one, as in kellybot imagine -- -n."},
		{[]string{"--size", "64x64", "-s", "fox"}, "no option -s: "},
		{[]string{"--size=64x64", "-size", "fox"}, "no option -size: "},
	} {
		d := newDesk(t)
		var usage UsageError
		if err := d.imagine(t, c.args...); !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) || len(d.accepted) > 0 {
			t.Errorf("%q: %v", c.args, err)
		}
	}
}

func TestTextMayStandOnStandardInput(t *testing.T) {
	d := newDesk(t)
	d.stdin.WriteString("\na red fox\nin snow --size 640x384\n")
	if err := d.imagine(t, "-o", "fox.png", "-", "--model", "Dream Shaper"); err != nil {
		t.Fatal(err)
	}
	if got := d.accepted[0].Generate; got.Prompt != "a red fox\nin snow" || got.Width != 640 || got.Model != "Dream Shaper" {
		t.Errorf("accepted %+v", got)
	}
	// Among other words it is a word.
	d.stdin.WriteString("unread")
	if err := d.imagine(t, "red", "-", "blue"); err != nil || d.accepted[1].Generate.Prompt != "red - blue" {
		t.Errorf("%v, accepted %+v", err, d.accepted[1:])
	}

	if err := d.imagine(t, "-", "--no", "text"); err != nil || d.accepted[2].Generate.Prompt != "unread" {
		t.Errorf("%v, accepted %+v", err, d.accepted[2:])
	}
	if err := d.imagine(t, "-"); err == nil || !strings.Contains(err.Error(), "nothing to draw yet") {
		t.Errorf("an empty one: %v", err)
	}
	d.Shell.stdin = iotest.ErrReader(&fs.PathError{Op: "read", Path: "/dev/stdin", Err: errors.New("is a directory")})
	if err := d.imagine(t, "-"); err == nil || err.Error() != "Standard input cannot be read: is a directory." {
		t.Errorf("an unreadable one: %v", err)
	}
}

func TestEndOfTheContextEndsReadingAndWriting(t *testing.T) {
	stall, other := io.Pipe()
	defer other.Close()
	for name, args := range map[string][]string{"reading": {"-"}, "writing": {"fox", "-o", "-"}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
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
	d.answer = func(_ context.Context, job commands.Job) (commands.Reply, error) {
		if err := os.WriteFile("fox.png", precious, 0o600); err != nil {
			t.Error(err)
		}
		return d.reply(job)
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
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere.png", "dangling.png"); err != nil {
		t.Fatal(err)
	}
	type place struct {
		name, want string
		unix       bool
	}
	for _, c := range []place{
		{"pictures", "is a folder: name a file in it, such as " + filepath.Join("pictures", "fox.png"), false},
		{"pictures" + string(os.PathSeparator), "is a folder", false},
		{filepath.Join("no", "fox.png"), "cannot be written: there is no folder no.", false},
		{filepath.Join("file", "fox.png"), "cannot be written: ", false},
		{strings.Repeat("n", 300) + ".png", ".png cannot be written: ", false},
		{"dangling.png", "dangling.png is a link that leads nowhere", false},
		{os.DevNull, "is no ordinary file", true},                    // on Windows NUL is not among the files
		{"/proc/fox.png", "/proc/fox.png cannot be written: ", true}, // even root makes no file there
	} {
		if c.unix && runtime.GOOS == "windows" || strings.HasPrefix(c.name, "/proc") && runtime.GOOS != "linux" {
			continue
		}
		err := d.imagine(t, "fox", "-f", "-o", c.name)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ".part") {
			t.Errorf("-o %s: it says %v, want %q", c.name, err, c.want)
		}
	}
	if runtime.GOOS == "linux" {
		t.Chdir("/proc")
		if err := d.imagine(t, "fox"); err == nil || !strings.HasPrefix(err.Error(), "A file in this folder cannot be written: ") || strings.Contains(err.Error(), ".part") {
			t.Errorf("without a name: it says %v", err)
		}
	}
	if len(d.accepted) > 0 {
		t.Errorf("%d pictures were drawn", len(d.accepted))
	}
}

func TestForceWritesThroughALink(t *testing.T) {
	d := newDesk(t)
	if err := os.Mkdir("pictures", 0o700); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join("pictures", "fox.png")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, "link.png"); err != nil {
		t.Fatal(err)
	}
	if err := d.imagine(t, "fox", "-f", "-o", "link.png"); err != nil {
		t.Fatal(err)
	}
	d.holds(t, target, d.file)
	if info, err := os.Lstat("link.png"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is none any more (%v)", err)
	}
	if entries, err := os.ReadDir("pictures"); err != nil || len(entries) != 1 {
		t.Errorf("%v lie beside the picture (%v)", entries, err)
	}
}

func TestFailedWriteLeavesNoPart(t *testing.T) {
	d := newDesk(t)
	d.answer = func(_ context.Context, job commands.Job) (commands.Reply, error) {
		// A folder of that name cannot be replaced by a file.
		if err := os.MkdirAll(filepath.Join("fox.png", "x"), 0o700); err != nil {
			t.Error(err)
		}
		return d.reply(job)
	}
	if err := d.imagine(t, "fox", "-f", "-o", "fox.png"); err == nil || !strings.Contains(err.Error(), "fox.png cannot be written: ") || strings.Contains(err.Error(), ".part") {
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
	d.isTerminal = func(w any) bool { return w == &d.stdout }
	var usage UsageError
	if err := d.imagine(t, "fox", "-o", "-"); !errors.As(err, &usage) || d.stdout.Len() > 0 {
		t.Errorf("it says %v and writes %d bytes to the terminal", err, d.stdout.Len())
	}
}

func TestClosedStandardOutputIsAnError(t *testing.T) {
	d := newDesk(t)
	read, write := io.Pipe()
	_ = read.Close()
	d.Shell.stdout = write
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
	d.answer = func(context.Context, commands.Job) (reply commands.Reply, err error) {
		for _, file := range [][]byte{d.file, second} {
			picture, err := kelly.NewPicture(file)
			if err != nil {
				return reply, err
			}
			reply.Images = append(reply.Images, commands.Image{Name: "fox.png", Picture: picture})
		}
		return reply, nil
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
