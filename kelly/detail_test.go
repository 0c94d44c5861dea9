package kelly

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestDetailsBecomeOneReadableLine(t *testing.T) {
	client, _ := answersFrom(t, nil)
	long := strings.Repeat("é", 200)
	for raw, want := range map[string]string{
		``:                                ``,
		`null`:                            ``,
		`"no such model"`:                 `no such model`,
		`" two\r\n\tlines \u0000\u202e "`: `two lines`,
		`"` + long + `"`:                  strings.Repeat("é", 148) + "…",
		`"Bearer ` + testKey + `?"`:       `Bearer [key]?`,
		`[{"loc":["body","width"],"msg":"too wide","type":"x"}]`:      `width: too wide`,
		`[{"loc":["body"],"msg":"no JSON"},{"loc":[],"msg":"empty"}]`: `body: no JSON; empty`,
		`[{"loc":["query","a",1.5],"msg":"odd"}]`:                     `query.a.1.5: odd`,
		`[{"msg":"first"},{"msg":"` + long + `"}]`:                    `first`,
		`["a text"]`:           `["a text"]`,
		`[]`:                   `[]`,
		`[{}]`:                 `[{}]`,
		`{"code":7,"msg":"x"}`: `{"code":7,"msg":"x"}`,
		`7`:                    `7`,
	} {
		if got, _ := client.detail(json.RawMessage(raw)); got != want {
			t.Errorf("%s became %q, want %q", raw, got, want)
		}
	}
}

func TestAShortKeyIsNotSearchedFor(t *testing.T) {
	client, err := New("sandbox")
	if err != nil {
		t.Fatal(err)
	}
	if got := client.clean("the sandbox is full"); got != "the sandbox is full" {
		t.Errorf("got %q", got)
	}
}

func FuzzDetail(f *testing.F) {
	for _, seed := range []string{`"text"`, `[{"loc":["body","a",1],"msg":"m"}]`, `{"a":"` + testKey + `"}`, `[{"loc":[null,{}],"msg":"\u0000"}]`, `"\ud800"`} {
		f.Add([]byte(seed))
	}
	client, err := New(testKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		text, fields := client.detail(raw)
		held := 0
		for _, field := range fields {
			held += len(field.Field) + len(field.Message)
			text += " " + field.Field + " " + field.Message
		}
		if held > maxDetail || len(text)-held-2*len(fields) > maxDetail {
			t.Errorf("an error holds %d and %d bytes", held, len(text)-held)
		}
		if strings.Contains(text, testKey) || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("unfit for an error: %q", text)
		}
	})
}
