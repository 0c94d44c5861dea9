package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func openFiles(t *testing.T) (f *Files, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data", "pictures")
	f, err := OpenFiles(dir)
	must(t, err)
	return f, dir
}

// names are of the files in the folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestAPictureIsReadAsItWasWritten(t *testing.T) {
	f, dir := openFiles(t)
	key := NewShort() + ".png"
	for _, picture := range []string{"first", "another, longer one", ""} {
		must(t, f.Write(key, []byte(picture)))
		file, size, err := f.Open(key)
		must(t, err)
		got, err := io.ReadAll(file)
		must(t, errors.Join(err, file.Close()))
		if string(got) != picture || size != int64(len(picture)) {
			t.Errorf("it is %q of %d bytes", got, size)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{key}) {
		t.Errorf("the files are %v", got)
	}
	for range 2 {
		must(t, f.Remove(key))
	}
	if _, _, err := f.Open(key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, it gives %v", err)
	}
}

func TestPicturesAreTheBotsAlone(t *testing.T) {
	f, dir := openFiles(t)
	must(t, f.Write("a.png", []byte("picture")))
	for name, others := range map[string]fs.FileMode{dir: 0o077, filepath.Join(dir, "a.png"): 0o077} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode()&others != 0 {
			t.Errorf("%s is %v", name, info.Mode())
		}
	}
}

func TestAKeyLeadsNowhereElse(t *testing.T) {
	f, dir := openFiles(t)
	must(t, os.WriteFile(filepath.Join(dir, "..", "secret.png"), []byte("secret"), 0o600))
	for _, key := range []string{"", ".", "..", "a", ".png", "a.", "../secret.png", `..\secret.png`, "/etc/passwd", "x/a.png", "a.png/", "a.png\x00",
		"A.png", "a.tar.gz", "a b.png", "a.png\n", ".new-1", strings.Repeat("a", 33) + ".png", "c:a.png"} {
		_, _, openErr := f.Open(key)
		for what, err := range map[string]error{"Open": openErr, "Write": f.Write(key, nil), "Remove": f.Remove(key)} {
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s of %q: %v", what, key, err)
			}
		}
	}
	if got := names(t, dir); len(got) > 0 {
		t.Errorf("the files are %v", got)
	}
}

func TestAFolderForPicturesThatCannotBeWrittenIsToldOf(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{file, filepath.Join(file, "pictures")} {
		_, err := OpenFiles(dir)
		want := "the folder " + dir + " cannot be written: let the bot's user write to it, or set DATA_DIR to another folder"
		if err == nil || err.Error() != want {
			t.Errorf("it says: %v", err)
		}
	}
}

func TestPruningKeepsWhatMustBeKept(t *testing.T) {
	const day = 24 * time.Hour
	// Each picture has 100 bytes.
	ages := map[string]time.Duration{"kept.png": 30 * day, "old.png": 8 * day, "c.png": 3 * day, "b.png": 2 * day, "a.jpg": day, "fresh.png": 0}
	everything := []string{"a.jpg", "b.png", "c.png", "fresh.png", "kept.png", "old.png"}
	tests := []struct {
		name    string
		older   time.Duration
		limit   int64
		removed []string
	}{
		{"nothing is too much", 100 * day, 600, nil},
		{"age", 7 * day, 600, []string{"old.png"}},
		{"size: the oldest first", 100 * day, 350, []string{"old.png", "c.png", "b.png"}},
		{"age and then size", 7 * day, 450, []string{"old.png", "c.png"}},
		{"age frees enough", 7 * day, 500, []string{"old.png"}},
		{"whatever is not kept or new", 0, 0, []string{"old.png", "c.png", "b.png", "a.jpg"}},
		{"size alone", 100 * day, 0, []string{"old.png", "c.png", "b.png", "a.jpg"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, dir := openFiles(t)
			for key, age := range ages {
				must(t, f.Write(key, make([]byte, 100)))
				then := time.Now().Add(-age)
				must(t, os.Chtimes(filepath.Join(dir, key), then, then))
			}
			removed, err := f.Prune(map[string]bool{"kept.png": true, "elsewhere.png": true}, time.Now().Add(-test.older), test.limit)
			if err != nil || removed != len(test.removed) {
				t.Errorf("%d were removed, %v", removed, err)
			}
			want := slices.DeleteFunc(slices.Clone(everything), func(key string) bool { return slices.Contains(test.removed, key) })
			if got := names(t, dir); !slices.Equal(got, want) {
				t.Errorf("left are %v, and not %v", got, want)
			}
		})
	}
}

func TestPruningClearsWhatAKillLeft(t *testing.T) {
	f, dir := openFiles(t)
	then := time.Now().Add(-time.Hour)
	for _, name := range []string{".new-killed", "README.txt~", "Notes.PNG"} {
		must(t, os.WriteFile(filepath.Join(dir, name), make([]byte, 1000), 0o600))
		must(t, os.Chtimes(filepath.Join(dir, name), then, then))
	}
	must(t, os.WriteFile(filepath.Join(dir, ".new-now"), nil, 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "folder.png"), 0o700))
	if removed, err := f.Prune(nil, time.Now(), 0); err != nil || removed != 0 {
		t.Errorf("%d pictures were removed, %v", removed, err)
	}
	if got, want := names(t, dir), []string{".new-now", "Notes.PNG", "README.txt~", "folder.png"}; !slices.Equal(got, want) {
		t.Errorf("left are %v", got)
	}
}

func FuzzAKeyStaysInTheFolder(f *testing.F) {
	for _, key := range []string{"3v9x2m4p7q8ak.png", "../a.png", "a/../../b.png", ".", "a.png\x00"} {
		f.Add(key)
	}
	files := &Files{dir: filepath.Join("some", "folder")}
	f.Fuzz(func(t *testing.T, key string) {
		if path, err := files.path(key); err == nil && (filepath.Dir(path) != files.dir || filepath.Base(path) != key) {
			t.Errorf("%q is %s", key, path)
		}
	})
}
