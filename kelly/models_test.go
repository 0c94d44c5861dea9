package kelly

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestModelListsOfEveryShape(t *testing.T) {
	want := []string{"PhotoPerfect", "Anime v3", "Ötzi 模型"}
	for name, answer := range map[string]string{
		"names":                       `["PhotoPerfect","Anime v3","Ötzi 模型"]`,
		"objects with a name":         `[{"name":"PhotoPerfect","id":7},{"name":"Anime v3"},{"name":"Ötzi 模型"}]`,
		"objects with other keys":     `[{"model":"PhotoPerfect"},{"model_name":"Anime v3"},{"id":"Ötzi 模型"}]`,
		"objects with a title":        `[{"title":"PhotoPerfect","id":1},{"title":"Anime v3","name":null},{"title":"Ötzi 模型","name":" "}]`,
		"the first key counts":        `[{"title":"x","name":"PhotoPerfect"},{"id":"x","model":"Anime v3"},{"title":"x","id":"Ötzi 模型"}]`,
		"models":                      `{"models":["PhotoPerfect","Anime v3","Ötzi 模型"]}`,
		"data":                        `{"object":"list","data":[{"id":"PhotoPerfect"},{"id":"Anime v3"},{"id":"Ötzi 模型"}]}`,
		"result":                      `{"ok":true,"result":["PhotoPerfect","Anime v3","Ötzi 模型"]}`,
		"details by name":             `{"PhotoPerfect":{"models":[1]},"Anime v3":null,"Ötzi 模型":["x"]}`,
		"details by name in a result": ` {"result": {"PhotoPerfect":{},"Anime v3":"for anime","Ötzi 模型":{"name":"x"}}}`,
		"blanks and repetitions":      `["PhotoPerfect",""," ","Anime v3","PhotoPerfect"," Ötzi 模型\n","Anime v3"]`,
		"what is no name":             `["PhotoPerfect",7,null,{},[],"Anime v3","Ötzi 模型","a\u0000b","` + strings.Repeat("x", 201) + `"]`,
	} {
		client, _ := answersFrom(t, func(*http.Request) (*http.Response, error) { return reply(200, answer), nil })
		if got, err := client.SDModels(t.Context()); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for _, answer := range []string{`[]`, `{"models":[]}`, `{}`} {
		client, _ := answersFrom(t, func(*http.Request) (*http.Response, error) { return reply(200, answer), nil })
		if got, err := client.SDModels(t.Context()); err != nil || got == nil || len(got) != 0 {
			t.Errorf("%s: got %q, %v", answer, got, err)
		}
	}
}

func TestModelListsThatAreNone(t *testing.T) {
	for answer, want := range map[string]error{
		`{"detail":"Not authorized"}`: ErrRefused,
		`<!DOCTYPE html>`:             ErrInvalidContent,
		`["PhotoPerfect"`:             ErrInvalidContent,
		`["PhotoPerfect"] x`:          ErrInvalidContent,
		`"PhotoPerfect"`:              ErrInvalidContent,
		`null`:                        ErrInvalidContent,
		`58`:                          ErrInvalidContent,
		`[{}]`:                        ErrInvalidContent,
		`[1,2,3]`:                     ErrInvalidContent,
		`{"error":"out of order"}`:    ErrInvalidContent,
		`{"message":"out of order"}`:  ErrInvalidContent,
		`["` + strings.Repeat("x", maxJSON) + `"]`: ErrInvalidContent,
	} {
		client, _ := answersFrom(t, func(*http.Request) (*http.Response, error) { return reply(200, answer), nil })
		if got, err := client.SDXLModels(t.Context()); got != nil || !errors.Is(err, want) {
			t.Errorf("%.40s: got %q, %v", answer, got, err)
		}
	}
}

func TestModelListsAreAskedWithTheKey(t *testing.T) {
	for _, path := range []string{"sd/models", "sdxl/models"} {
		client, _ := answersFrom(t, func(r *http.Request) (*http.Response, error) {
			if r.Method != "GET" || r.URL.String() != DefaultBaseURL+path || r.Header.Get("Authorization") != "Bearer "+testKey || r.Body != nil {
				t.Errorf("asked %s %s", r.Method, r.URL)
			}
			return reply(200, `["x"]`), nil
		})
		list := client.SDModels
		if path == "sdxl/models" {
			list = client.SDXLModels
		}
		if _, err := list(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func FuzzModelNames(f *testing.F) {
	for _, seed := range []string{`["a","b"]`, `{"models":[{"name":"a"}]}`, `{"a":{},"b":null}`, `{"data":{"a":1}}`, `[{"id":7}]`, `[{"title":"\ud800"}]`, `{"result":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if !json.Valid(answer) {
			return // readJSON has refused it
		}
		names, err := modelNames(answer)
		if (err == nil) != (names != nil) {
			t.Fatalf("got %q, %v", names, err)
		}
		seen := map[string]bool{}
		for _, name := range names {
			if name == "" || len(name) > maxModelName || !utf8.ValidString(name) || strings.TrimSpace(name) != name ||
				strings.ContainsFunc(name, unicode.IsControl) || seen[name] {
				t.Errorf("%q is no name", name)
			}
			seen[name] = true
		}
	})
}
