package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// same are the sentences that are the same in English and in other languages.
var same = map[string]string{
	"%s s":   "de es pt-BR",
	"Prompt": "de es pt-BR",
	"no":     "es",
	"🚫 No":   "es",
}

// literals are what people type, and is the same in every language.
var literals = regexp.MustCompile(`(?:^|\s)(?:/|--)[a-z]+|^[^\x00-\x7f]+ `)

func TestEverySentenceIsTranslatedIntoEveryLanguage(t *testing.T) {
	all := map[string]sentence{}
	for _, s := range sentences(t) {
		if before, ok := all[s.english]; ok {
			if s.many == "" {
				s.many = before.many
			}
			if s.limit == 0 || before.limit > 0 && before.limit < s.limit {
				s.limit = before.limit
			}
		}
		all[s.english] = s
		if s.limit > 0 && utf8.RuneCountInString(s.english) > s.limit {
			t.Errorf("%s: %q has more than %d characters", s.at, s.english, s.limit)
		}
	}
	for _, language := range Languages[1:] {
		t.Run(language, func(t *testing.T) {
			texts := translations(t, language)
			for english := range texts {
				if _, ok := all[english]; !ok {
					t.Errorf("nobody says %q", english)
				}
			}
			missing := ""
			for _, english := range slices.Sorted(maps.Keys(all)) {
				said, ok := texts[english]
				switch {
				case ok:
					check(t, language, all[english], said)
				case hasLetters(english):
					key, _ := json.Marshal(english)
					missing += fmt.Sprintf("  %s: \"\",\n", key)
				}
			}
			if missing != "" {
				t.Errorf("these are missing:\n%s", missing)
			}
		})
	}
}

// check holds a translation against its English.
func check(t *testing.T, language string, s sentence, said said) {
	t.Helper()
	forms := map[string]bool{}
	if s.many != "" {
		for n := range 1000 {
			forms[pluralForm(in(language).tag, n)] = true
		}
		forms["other"] = true
	}
	for form := range said.forms {
		if !forms[form] {
			t.Errorf("%q has a form %q that the language does not have", s.english, form)
		}
	}
	for form := range forms {
		if said.forms[form] == "" {
			t.Errorf("%q lacks the form %q", s.english, form)
		}
	}
	for _, text := range said.all() {
		switch {
		case text == "":
			t.Errorf("%q is empty", s.english)
		case !sameArguments(s.english, text):
			t.Errorf("%q takes other arguments than %q", text, s.english)
		case text == s.english && !slices.Contains(strings.Fields(same[s.english]), language):
			t.Errorf("%q is English", text)
		case s.limit > 0 && utf8.RuneCountInString(text) > s.limit:
			t.Errorf("%q has %d characters and may have %d", text, utf8.RuneCountInString(text), s.limit)
		}
		for _, literal := range literals.FindAllString(s.english, -1) {
			if !strings.Contains(text, strings.TrimSpace(literal)) {
				t.Errorf("%q does not say %q as it is", text, strings.TrimSpace(literal))
			}
		}
	}
}

// translations reads a catalogue's file as it is, and fails where it says
// anything twice.
func translations(t *testing.T, language string) map[string]said {
	file, err := os.ReadFile("locales/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]said
	if err := json.Unmarshal(file, &texts); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(file) {
		key, _, ok := strings.Cut(strings.TrimSpace(string(line)), `": `)
		if !ok || strings.HasPrefix(string(line), "    ") {
			continue
		}
		if seen[key] {
			t.Errorf("%s\" stands there twice", key)
		}
		seen[key] = true
	}
	if len(seen) != len(texts) {
		t.Errorf("%d sentences on %d lines: let each begin a line of its own, indented by two spaces", len(texts), len(seen))
	}
	return texts
}
