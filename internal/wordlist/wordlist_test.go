package wordlist

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

func list(t testing.TB, rules ...string) *List {
	t.Helper()
	l, err := Parse([]byte(strings.Join(rules, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestARuleIsFoundHoweverItIsWritten(t *testing.T) {
	for text, rule := range map[string]string{
		"cunt":                         "cunt",
		"a CUNT!":                      "cunt",
		"(cunt)":                       "cunt",
		"a_cunt_b":                     "cunt",
		"ｃｕｎｔ":                         "cunt", // full width
		"𝓬𝓾𝓷𝓽":                         "cunt", // mathematical
		"c\u200bu\u00adn\u2060t":       "cunt", // what cannot be seen
		"c\u0336u\u0336n\u0336t\u0336": "cunt", // struck through
		"с\u200bunt":                   "cunt", // a Cyrillic с
		"cυnt":                         "cunt", // a Greek υ
		"cunt\ufe0f":                   "cunt",
		"cunt2":                        "cunt",
		"1сunt²":                       "cunt",
		"STRASSE":                      "Straße",
		"bad  \n words, here":          "bad words",
		"Bad-Words":                    "bad words",
		"ПЛОХО":                        "плохо",
		"плoxo":                        "плохо", // Latin o and x
		"el año nuevo":                 "año",
		"el an\u0303o nuevo":           "año", // decomposed
		"我要裸体照片":                       "裸体",
		"ヌード写真":                        "ヌード",
		"ﾇｰﾄﾞ":                         "ヌード", // half width
		"ภาพโป๊สวย":                    "โป๊",
		"ΟΔΟΣ":                         "οδός", // not: the accent is a letter's own
		"नंगा नाच":                     "नंगा",
	} {
		want := rule
		if rule == "οδός" {
			want = ""
		}
		if got, found := list(t, "harmless", rule).Find("see " + text + " there"); got != want || found != (want != "") {
			t.Errorf("in %q it finds %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsNoWholeWordIsNoHit(t *testing.T) {
	for text, rule := range map[string]string{
		"Scunthorpe":      "cunt",
		"class, grass":    "ass",
		"ano nuevo":       "año",
		"año nuevo":       "ano",
		"schwül":          "schwul",
		"сор":             "cop", // Russian for litter
		"A55 phone":       "ass",
		"a 1988 car":      "88",
		"an 18mm lens":    "18",
		"bad, good words": "bad words",
		"words bad":       "bad words",
		"bad":             "bad words",
		"ヌードル":            "ヌード", // noodles
		"":                "a",
		"नाग":             "ना",
		"\xff\xfe":        "a",
		"can't":           "ca",
		"a b":             "ab",
	} {
		if got, found := list(t, rule).Find(text); found {
			t.Errorf("in %q it finds %q", text, got)
		}
	}
}

func TestAFileOfRulesIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "words.txt")
	if err := os.WriteFile(path, []byte("\ufeff# ours\r\n\r\n  Bad\t Words  # with spaces\r\nworse\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"bad words": "Bad Words", "worse": "worse", "ours": "", "with spaces": ""} {
		if got, _ := l.Find(text); got != want {
			t.Errorf("in %q it finds %q, want %q", text, got, want)
		}
	}
}

func TestABrokenFileSaysWhichLine(t *testing.T) {
	for text, want := range map[string]string{
		"good\n!!!":                        "line 2 has no word in it, only signs",
		"good\n\xff\xfe":                   "line 2 is no UTF-8",
		strings.Repeat("word ", maxRule+1): fmt.Sprintf("line 1 has more than %d words", maxRule),
	} {
		if _, err := Parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "words.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing, below := filepath.Join(folder, "missing"), filepath.Join(file, "x")
	for path, want := range map[string]string{
		folder:  folder + " is a folder: name a file in it",
		missing: "there is no file " + missing + ": make it, or name another",
		below:   below + " cannot be read (not a directory): name a file that kellybot may read",
	} {
		if _, err := Load(path); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestManySearchAtOnce(t *testing.T) {
	l := list(t, "bad words")
	synctest.Test(t, func(t *testing.T) {
		for range 8 {
			go func() {
				for range 100 {
					if _, found := l.Find("some BAD words"); !found {
						t.Error("not found")
					}
				}
			}()
		}
		synctest.Wait()
	})
}

// FuzzFind holds that a rule is found in itself, between other words, whatever
// strangers write around it.
func FuzzFind(f *testing.F) {
	f.Add("bad words", "a red fox")
	f.Add("裸体", "e\u0301 с\u200bt")
	f.Add("ß", "İ")
	f.Fuzz(func(t *testing.T, rule, text string) {
		l, err := Parse([]byte(rule))
		if err != nil {
			return
		}
		if written, found := l.Find(text); found && !strings.Contains(strings.Join(strings.Fields(rule), " "), written) {
			t.Errorf("it finds %q, which is no rule", written)
		}
		for line := range strings.Lines(rule) {
			line, _, _ = strings.Cut(line, "#")
			if len(split(line)) == 0 {
				continue
			}
			if _, found := l.Find("fox " + line + " fox"); !found {
				t.Errorf("%q is not found in itself", line)
			}
		}
	})
}

// BenchmarkFind shows that ten thousand rules take as long as ten.
func BenchmarkFind(b *testing.B) {
	prompt := strings.Repeat("a quiet harbour at dawn, ", 80)
	for _, n := range []int{10, 10_000} {
		var rules []string
		for i := range n {
			rules = append(rules, fmt.Sprintf("bad%d word%d", i, i))
		}
		l := list(b, rules...)
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, found := l.Find(prompt); found {
					b.Fatal("found")
				}
			}
		})
	}
}
