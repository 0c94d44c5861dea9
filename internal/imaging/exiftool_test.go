package imaging

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kellybot/kelly"
)

// exiftool is a reader and writer of metadata that others have written.
func exiftool(t *testing.T, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), "exiftool", arguments...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("exiftool %q: %v: %s", arguments, err, stderr.Bytes())
	}
	return out
}

func TestExifToolReadsWhatIsMarkedAndKeepsItWhenItWrites(t *testing.T) {
	if _, err := exec.LookPath("exiftool"); err != nil {
		t.Skip("exiftool is not installed; it is Debian's libimage-exiftool-perl")
	}
	said := map[string]Metadata{"generated": fox, "composite": fox}
	m := said["composite"]
	m.Source, m.Prompt, m.NegativePrompt = Composite, "лиса, 狐狸 🦊\n<зимой> & \"ночью\"", ""
	said["composite"] = m

	dir, marked := t.TempDir(), map[string]*kelly.Picture{}
	for name, file := range photographs(t) {
		p := picture(t, file)
		for source, m := range said {
			base := source + " " + name + "." + string(p.Format)
			marked[base] = mark(t, p, m)
			if err := os.WriteFile(filepath.Join(dir, base), marked[base].Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}

	var read []map[string]any
	if err := json.Unmarshal(exiftool(t, "-json", "-n", "-a", "-G1", dir), &read); err != nil {
		t.Fatal(err)
	}
	if len(read) != len(marked) {
		t.Errorf("%d of %d files are read", len(read), len(marked))
	}
	for _, tags := range read {
		base := filepath.Base(tags["SourceFile"].(string))
		source, _, _ := strings.Cut(base, " ")
		m, parameters := said[source], "ExifIFD:UserComment"
		if marked[base].Format == kelly.PNG {
			parameters = "PNG:Parameters"
		}
		for tag, want := range map[string]string{
			"XMP-iptcExt:DigitalSourceType":   "http://cv.iptc.org/newscodes/digitalsourcetype/" + string(m.Source),
			"XMP-iptcExt:AIPromptInformation": m.Prompt,
			"XMP-iptcExt:AISystemUsed":        "PhotoPerfect",
			"XMP-dc:Identifier":               "kellybot:7f3a9c",
			"XMP-xmp:CreatorTool":             "kellybot",
			parameters:                        m.parameters(),
		} {
			if tags[tag] != want {
				t.Errorf("%s: %s is %q, want %q", base, tag, tags[tag], want)
			}
		}
	}

	// The Exif standard requires tags beside a comment that the web UI does not
	// write, and readers do not miss.
	for warning := range strings.Lines(string(exiftool(t, "-validate", "-warning", "-error", "-a", "-s3", "-q", dir))) {
		warning = strings.TrimSpace(warning)
		if warning != "OK" && warning != "10 Warnings" && !strings.HasPrefix(warning, "Missing required JPEG ") {
			t.Errorf("exiftool warns: %s", warning)
		}
	}

	exiftool(t, "-overwrite_original", "-PNG:all=", "-exif:all=", "-xmp:rating=5", "-q", dir)
	for base := range marked {
		source, _, _ := strings.Cut(base, " ")
		file, err := os.ReadFile(filepath.Join(dir, base))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Read(picture(t, file)); !ok || got != said[source] || !bytes.Contains(file, []byte("xmp:Rating")) {
			t.Errorf("%s: after exiftool wrote it: read %#v, %t", base, got, ok)
		}
	}
}
