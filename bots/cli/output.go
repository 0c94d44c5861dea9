package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kellybot/commands"
)

// An output is where a picture goes.
type output struct {
	File  string // "" for a name made of the prompt, in the current folder
	Force bool   // overwrite File
}

// check finds what would make write fail, before a picture is paid for.
func (o output) check() error {
	switch o.File {
	case standard:
		return nil
	case "":
		return probe("A file in this folder", ".")
	}
	if os.IsPathSeparator(o.File[len(o.File)-1]) {
		return errFolder(o.File)
	}
	info, err := os.Stat(o.File)
	switch {
	case err == nil && info.IsDir():
		return errFolder(o.File)
	case err == nil && !info.Mode().IsRegular():
		return sentence(o.File + " is no ordinary file: write to standard output instead, with -o -.")
	case err == nil && !o.Force:
		return errExists(o.File)
	case err == nil:
		target, err := filepath.EvalSymlinks(o.File)
		if err != nil {
			return errWrite(o.File, err)
		}
		return probe(o.File, filepath.Dir(target))
	case !errors.Is(err, fs.ErrNotExist):
		return errWrite(o.File, err)
	}
	if _, err := os.Lstat(o.File); err == nil {
		return sentence(o.File + " is a link that leads nowhere: remove it, or name another file.")
	}
	folder := filepath.Dir(o.File)
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return sentence(fmt.Sprintf("%s cannot be written: there is no folder %s.", o.File, folder))
	}
	return probe(o.File, folder)
}

// probe reports whether files can be made in the folder, by making one. What
// for is in the error's first words.
func probe(what, folder string) error {
	part := newPart(folder)
	if err := writeNew(part, nil); err != nil {
		return errWrite(what, err)
	}
	if err := os.Remove(part); err != nil {
		return errWrite(what, err)
	}
	return nil
}

func errFolder(name string) error {
	return sentence(name + " is a folder: name a file in it, such as " + filepath.Join(name, "fox.png") + ".")
}

func errExists(name string) error {
	return sentence(name + " exists already: choose another name, or overwrite it with -f.")
}

func errWrite(name string, err error) error {
	return sentence(fmt.Sprintf("%s cannot be written: %v.", name, bare(err)))
}

// bare is an error of the os package without the files that it names, which
// are not always the one asked for.
func bare(err error) error {
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		return fault.Err
	}
	if fault, ok := errors.AsType[*os.LinkError](err); ok {
		return fault.Err
	}
	return err
}

// write stores the n-th image of a reply and returns what to call the place.
func (o output) write(stdout io.Writer, image commands.Image, n int) (place string, err error) {
	file := image.Picture.Bytes()
	switch o.File {
	case standard:
		if _, err := stdout.Write(file); err != nil {
			return "", errWrite("standard output", err)
		}
		return "standard output", nil
	case "":
		for n := 1; ; n++ {
			name := numbered(image.Name, n)
			if err := save(name, file, false); !errors.Is(err, fs.ErrExist) {
				return name, err
			}
		}
	}
	name := numbered(o.File, n)
	err = save(name, file, o.Force)
	if errors.Is(err, fs.ErrExist) {
		err = errExists(name)
	}
	return name, err
}

// numbered is fox.png, fox-2.png, fox-3.png and so on.
func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	ext := filepath.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
}

// save writes the file whole or not at all. Without overwrite the error is
// fs.ErrExist when the name is taken, also by somebody who was faster.
func save(name string, b []byte, overwrite bool) error {
	target := name
	if overwrite {
		// A link stays one, and what it leads to is replaced.
		if at, err := filepath.EvalSymlinks(name); err == nil {
			target = at
		}
	}
	part := newPart(filepath.Dir(target))
	defer os.Remove(part)
	if err := writeNew(part, b); err != nil {
		return errWrite(name, err)
	}
	if !overwrite {
		err := os.Link(part, target) // fails where os.Rename would overwrite
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		// A file system without links.
		if _, err := os.Lstat(target); err == nil {
			return fs.ErrExist
		}
	}
	if err := os.Rename(part, target); err != nil {
		return errWrite(name, err)
	}
	return nil
}

// newPart names a file that nobody has, for what is not whole yet.
func newPart(folder string) string {
	return filepath.Join(folder, ".kellybot-"+rand.Text()+".part")
}

// writeNew is os.CreateTemp with the permissions of an ordinary new file.
func writeNew(name string, b []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // others may see the picture when the umask says so
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	return errors.Join(err, file.Close())
}

// mismatch says so when a file's name promises another format than it has,
// which is told by the usual extension.
func mismatch(name, format string) string {
	promised := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
	if promised == "jpeg" {
		promised = "jpg"
	}
	if promised == format || !slices.Contains([]string{"png", "jpg", "webp", "gif"}, promised) {
		return ""
	}
	return fmt.Sprintf("Note that %s holds a %s picture, whatever its name says.", name, strings.ToUpper(format))
}
