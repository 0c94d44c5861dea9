package commands

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/kelly"
)

var update = flag.Bool("update", false, "write testdata/*.txt anew")

// TestEverybodyIsSpokenToInTheirOwnLanguage holds what people read against
// testdata, a file for each language.
func TestEverybodyIsSpokenToInTheirOwnLanguage(t *testing.T) {
	for _, locale := range Languages {
		t.Run(locale, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, file := read(t, locale), "testdata/"+locale+".txt"
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s says something else (-update writes it anew):\n%s", file, got)
				}
			})
		})
	}
}

// read is what somebody of the locale reads of every kind.
func read(t *testing.T, locale string) string {
	var all strings.Builder
	show := func(what string, reply Reply) {
		fmt.Fprintf(&all, "== %s\n%s\n", what, reply.Text)
		if reply.Form != nil {
			fmt.Fprintln(&all, reply.Form.Title)
			for _, field := range reply.Form.Fields {
				fmt.Fprintf(&all, "[%s] ", field.Label)
			}
			fmt.Fprintln(&all)
		}
		for _, button := range reply.Buttons {
			fmt.Fprintf(&all, "[%s] ", button.Label)
		}
		fmt.Fprintln(&all)
	}
	g, l := newGallery(t), newLedger(t)
	g.commands = append(g.commands, newQueue(l))
	now := time.Now()
	l.line = Line{Running: 1, Waiting: 22, Away: now, Own: []Standing{
		{ID: "a", Prompt: "a red fox", Since: now.Add(-3 * time.Second), Ready: now.Add(21 * time.Second)},
		{ID: "b", Prompt: "snow", Position: 3},
	}}
	for _, line := range []string{
		"/help", "/help imagine", "/imagine a fox --size 10x10", "/imagine --modle x", "/queue", "/history", "/details " + fox, "/change " + fox, "/upscale nothing",
	} {
		reply, _ := g.ask(t, line, func(req *Request) { req.Locale = locale })
		show(line, reply)
	}
	k := newKeeper(t)
	k.settings["user:telegram:7"] = Settings{Size: Size{768, 512}, Spoiler: new(true)}
	k.settings["chat:telegram:30"] = Settings{Model: "Anything V5", AsFile: new(true), Styles: map[string]Preset{"ink": {Words: "ink"}}}
	for _, line := range []string{
		"/settings", "/settings chat", "/style", "/style list ink", "/imagine fox --style inc", "/models photo", "/privacy", "/forget", "/export", "/say fox",
	} {
		req := k.from("7", "30", false)
		req.Locale = locale
		reply, _ := k.types(t, req, line)
		show(line, reply)
	}
	own := k.alone("7", "30", false)
	own.Locale = locale
	reply, _ := k.types(t, own, "/settings")
	show("/settings, where nobody else reads it", reply)
	for _, status := range []Status{Waiting("id", 3, now.Add(40*time.Second)), Drawing("id", now.Add(-time.Second), now.Add(100*time.Second)), Held("id", now)} {
		status = status.In(locale)
		show("a status", Reply{Text: status.Text, Buttons: status.Buttons})
	}
	show("a failure", Failure(&LimitError{Limit: UserLimit, Max: 10, Again: 100 * time.Second}).In(locale))
	picture := &kelly.Picture{Width: 64, Height: 48}
	show("a caption", Answer(g.pictures[large].Job, []Made{{ID: "x", Picture: picture, Copied: true}, {ID: "x2", Picture: picture}}, 1500*time.Millisecond).In(locale))
	return strings.ReplaceAll(all.String(), " \n", "\n")
}
