package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestEnvExampleHoldsEverySettingWithItsDefault(t *testing.T) {
	text, err := os.ReadFile("../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^#([A-Z_]+)=(.*)$`)

	var names, want []string
	for _, s := range settings {
		want = append(want, s.name)
	}
	for _, match := range line.FindAllStringSubmatch(string(text), -1) {
		names = append(names, match[1])
		for _, s := range settings {
			if s.name == match[1] && s.fallback != strings.Trim(match[2], "'") {
				t.Errorf("%s stands there with %s, its default is %q", s.name, match[2], s.fallback)
			}
		}
	}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("the example holds\n%q, the settings are\n%q", names, want)
	}

	// With every line in force it is a .env file that changes nothing.
	name := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(name, line.ReplaceAll(text, []byte("$1=$2")), 0o600); err != nil {
		t.Fatal(err)
	}
	got, warnings, err := Load(nil, name)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("err = %v, warnings = %q", err, warnings)
	}
	if plain, _, _ := Load(nil, ""); !reflect.DeepEqual(got, plain) {
		t.Errorf("got  %+v\nwant %+v", got, plain)
	}
}

func TestREADMEListsEverySettingWithItsDefault(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Settings\n")
	table, _, _ = strings.Cut(table, "\n## ")
	var rows, want []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (?:`([^`]*)` )?\\|").FindAllStringSubmatch(table, -1) {
		rows = append(rows, match[1]+"="+match[2])
	}
	for _, s := range settings {
		want = append(want, s.name+"="+s.fallback)
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("the table holds\n%q, the settings are\n%q", rows, want)
	}
}
