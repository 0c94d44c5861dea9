package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"kellybot/commands"
	"kellybot/kelly"
)

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
		reply.Text = commands.Text{{Text: "fox", Cut: true}, {Text: "\nPhotoPerfect · 2 × 640×384"}}
		return reply, nil
	}
	if err := d.imagine(t, "fox", "-f", "-o", "new.png"); err != nil {
		t.Fatal(err)
	}
	if got, want := d.stderr.String(), "new.png, new-2.png · PhotoPerfect · 2 × 640×384\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	d.holds(t, "new.png", d.file)
	d.holds(t, "new-2.png", second)
}
