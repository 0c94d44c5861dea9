package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// text reads a file of the repository.
func text(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(content), "\r\n", "\n")
}

// TestTheImageFollowsTheRulesThatMatter has those of hadolint that would hurt
// whoever runs the image: what is built tomorrow is what is built today, and
// nothing in it is root's or needs a shell.
func TestTheImageFollowsTheRulesThatMatter(t *testing.T) {
	dockerfile := text(t, "Dockerfile")
	stages := map[string]bool{"scratch": true}
	for _, from := range regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?$`).FindAllStringSubmatch(dockerfile, -1) {
		if !stages[from[1]] && !pinned.MatchString(from[1]) {
			t.Errorf("%s is not pinned to a version", from[1])
		}
		stages[from[2]] = true
	}
	_, last, _ := strings.Cut(dockerfile, "\nFROM scratch\n")
	for _, want := range []string{`^USER [1-9]\d*:[1-9]\d*$`, `^ENTRYPOINT \["/kellybot"\]$`, `^CMD \["serve"\]$`, `^HEALTHCHECK .*CMD \["/kellybot", "health"\]$`, `^VOLUME /data$`} {
		if !regexp.MustCompile(`(?m)` + want).MatchString(last) {
			t.Errorf("the image's last stage has no line %s:\n%s", want, last)
		}
	}
	if found := regexp.MustCompile(`(?m)^(ADD|RUN|SHELL|MAINTAINER)\b.*$`).FindString(last); found != "" {
		t.Errorf("the image's last stage has %s", found)
	}
}

// pinned is an image or an action of one version.
var pinned = regexp.MustCompile(`[:@]v?\d+(\.\d+)+(-\w+)?$`)

func TestWhatComesFromElsewhereIsPinnedToAVersion(t *testing.T) {
	for _, name := range []string{"compose.yaml", "compose.postgres.yaml", ".github/workflows/check.yml"} {
		for _, use := range regexp.MustCompile(`(?m)^[ -]*(?:image|uses): (\S+)`).FindAllStringSubmatch(text(t, name), -1) {
			if use[1] != "kellybot" && !pinned.MatchString(use[1]) {
				t.Errorf("%s: %s is not pinned to a version", name, use[1])
			}
		}
	}
}

// exposure is the most that systemd may find exposed of the service, of 100:
// the greatest part is that it uses the network.
const exposure = "15"

func TestSystemdAcceptsTheUnitAndFindsLittleExposed(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("no systemd-analyze: it is in Debian's package systemd")
	}
	// The unit as it is, but with a program that is there.
	unit := filepath.Join(t.TempDir(), "kellybot.service")
	content := strings.ReplaceAll(text(t, "packaging/kellybot.service"), "/usr/local/bin/kellybot", "/bin/true")
	if err := os.WriteFile(unit, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", "--man=no", unit},
		{"security", "--offline=true", "--no-pager", "--threshold=" + exposure, unit},
	} {
		said, err := exec.CommandContext(t.Context(), analyze, args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(said) > 0 {
			t.Errorf("%s: %v\n%s", args[0], err, said)
		}
	}
}
