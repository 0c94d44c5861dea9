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

// An output is where a picture goes: the data of this platform's addresses.
type output struct {
	File  string // "" for a name made of the prompt, in the current folder
	Force bool   // overwrite File
}

// check finds what would make write fail, before a picture is paid for.
func (o output) check() error {
	if o.File == "" || o.File == standardOutput {
		return nil
	}
	if os.IsPathSeparator(o.File[len(o.File)-1]) {
		return errFolder(o.File)
	}
	switch info, err := os.Stat(o.File); {
	case err == nil && info.IsDir():
		return errFolder(o.File)
	case err == nil && !info.Mode().IsRegular():
		return sentence(o.File + " is no ordinary file: write to standard output instead, with -o -.")
	case err == nil && !o.Force:
		return errExists(o.File)
	}
	if _, err := os.Stat(filepath.Dir(o.File)); err != nil {
		return errWrite(o.File, err)
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
	// The os package's errors name a file, and not always the one asked for.
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		err = fault.Err
	}
	return sentence(fmt.Sprintf("%s cannot be written: %v.", name, err))
}

// write stores the n-th image of a reply and returns what to call the place.
func (o output) write(stdout io.Writer, image commands.Image, n int) (place string, err error) {
	file := image.Picture.Bytes()
	switch o.File {
	case standardOutput:
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
	part := filepath.Join(filepath.Dir(name), ".kellybot-"+rand.Text()+".part")
	defer os.Remove(part)
	if err := writeNew(part, b); err != nil {
		return errWrite(name, err)
	}
	if !overwrite {
		err := os.Link(part, name) // fails where os.Rename would overwrite
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		// A file system without links.
		if _, err := os.Lstat(name); err == nil {
			return fs.ErrExist
		}
	}
	if err := os.Rename(part, name); err != nil {
		return errWrite(name, err)
	}
	return nil
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
