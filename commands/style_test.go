package commands

import (
	"fmt"
	"strings"
	"testing"
)

func TestAStyleIsSavedListedUsedAndDeleted(t *testing.T) {
	k := newKeeper(t)
	say := func(line string) string {
		t.Helper()
		reply, _ := k.types(t, k.alone("7", "30", true), line)
		if !reply.Private {
			t.Errorf("%s: everybody reads %q", line, reply.Text)
		}
		return reply.Text.String()
	}
	for _, c := range []struct{ line, want string }{
		{"/style", "There are no styles yet: save one with /style save pastel soft light, watercolour."},
		{"/imagine fox --style pastel", "There is no style pastel: save one with /style save pastel soft light, watercolour."},
		{`/style save Pastel soft light, \--really --no photo, text --model anythingv5 --size 640x384`, "The style is saved: use it as in /imagine a red fox in snow --style pastel."},
		{"/style save ТУШЬ-2 ink --chat", "The style is saved: use it as in /imagine a red fox in snow --style тушь-2."},
		{"/style list", "pastel: soft light, --really · Anything V5 · 640x384 · --no photo, text\nтушь-2: ink · this chat's\nUse a style as in /imagine a red fox in snow --style pastel."},
		{"/style list Pastell", "There is no style Pastell: /style list shows all of them."},
		{"/style list PASTEL", `It is saved by /style save pastel soft light, \--really --model "Anything V5" --size 640x384 --no photo, text.`},
		{"/style delete тушь-2", "тушь-2 is this chat's style, not yours: a moderator deletes it with /style delete тушь-2 --chat."},
		{"/style delete pastel --chat", "pastel is your own style, not this chat's: delete it with /style delete pastel."},
		{"/style delete Тушь-2 --chat", "This chat's style тушь-2 is deleted."},
		{"/style delete Тушь-2 --chat", "There is no style Тушь-2: /style list shows all of them."},
		{"/style delete pastel light", "There is no style pastel light: /style list shows all of them."},
		{"/style", "pastel: soft light, --really · Anything V5 · 640x384 · --no photo, text\nUse a style as in /imagine a red fox in snow --style pastel."},
		{"/style delete pastel", "Your style pastel is deleted."},
		{"/style list", "There are no styles yet: save one with /style save pastel soft light, watercolour."},
	} {
		if got := say(c.line); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.line, got, c.want)
		}
	}
	if len(k.jobs) > 0 {
		t.Errorf("drawn is %+v", k.jobs)
	}
}

func TestWhatAStyleIsSavedByMakesItAgain(t *testing.T) {
	k := newKeeper(t)
	preset := Preset{Words: `a --b "c" \d`, Negative: `--e f`, Model: "Anything V5", Size: Size{640, 384}}
	if reply, _ := k.types(t, k.from("7", "7", false), preset.line("x")); reply.Failed || k.settings["user:telegram:7"].Styles["x"] != preset {
		t.Errorf("%s makes %+v", preset.line("x"), k.settings)
	}
}

func TestWrongStylesAreRefused(t *testing.T) {
	k := newKeeper(t)
	const name = "A style's name begins with a letter, has at most 32 letters, digits and hyphens, and is none of save, list, delete: send it as in /style save pastel soft light, watercolour."
	for line, want := range map[string]string{
		"/style save":          name,
		"/style save a_b soft": name,
		"/style save 2 soft":   name,
		"/style save - soft":   name,
		"/style save -x soft":  name,
		"/style save list x":   name,
		"/style save Delete x": name,
		"/style save \u0301 x": name,
		"/style save 🖌️ soft":  name,
		"/style save " + strings.Repeat("я", 33) + " soft": name,
		"/style save pastel":                                   "A style adds words, --no, --model or --size: send it as in /style save pastel soft light, watercolour.",
		"/style save pastel \u200b":                            "A style adds words, --no, --model or --size: send it as in /style save pastel soft light, watercolour.",
		"/style save pastel " + strings.Repeat("x", 1001):      "The words have 1001 characters and may have 1000: shorten them, as in /style save pastel soft light, watercolour.",
		"/style save pastel --no " + strings.Repeat("x", 1001): "The words have 1001 characters and may have 1000: shorten them, as in /style save pastel soft light, watercolour.",
		"/style save pastel --size 9":                          "9 is no size: give width and height in pixels, such as --size 768x512.",
		"/style save pastel soft --chat":                       "Only a moderator of this chat may change that: /settings shows what you may set for yourself.",
		"/style delete x --chat":                               "Only a moderator of this chat may change that: /settings shows what you may set for yourself.",
		"/style delete":                                        "Say what to do: /style save pastel soft light, watercolour, /style list, or /style delete pastel.",
		"/style make pastel":                                   "Say what to do: /style save pastel soft light, watercolour, /style list, or /style delete pastel.",
		"/style save pastel soft --modle x":                    `There is no option --modle: send /style save pastel soft --model x instead, or write \--modle to have it in the text as it is.`,
	} {
		if reply, _ := k.types(t, k.from("7", "30", false), line); reply.Text.String() != want || !reply.Failed {
			t.Errorf("%s: %s", line, reply.Text)
		}
	}
	if len(k.settings) > 0 {
		t.Errorf("saved is %+v", k.settings)
	}
	for _, name := range []string{"पेस्टल", "e\u0301te\u0301", strings.Repeat("я", 32)} {
		if reply, _ := k.types(t, k.from("7", "30", false), "/style save "+name+" soft"); reply.Failed {
			t.Errorf("%s: %s", name, reply.Text)
		}
	}
	if _, ok := k.settings["user:telegram:7"].Styles["été"]; !ok {
		t.Error("accents that are put together otherwise make another name")
	}
}

func TestOnesOwnStylesAreNotShownAmongOthers(t *testing.T) {
	k := newKeeper(t)
	k.settings["user:telegram:7"] = Settings{Styles: map[string]Preset{"pastel": {Words: "soft light"}}}
	const hint = "Your own styles are shown to you alone, in our private chat."
	for _, line := range []string{"/style list", "/style list pastel"} {
		if reply, _ := k.types(t, k.from("7", "30", false), line); reply.Text.String() != hint || reply.Start != "style" {
			t.Errorf("%s: %+v", line, reply)
		}
	}
	k.settings["chat:telegram:30"] = Settings{Styles: map[string]Preset{"ink": {Words: "ink"}}}
	reply, _ := k.types(t, k.from("7", "30", false), "/style list")
	if want := "ink: ink · this chat's\nUse a style as in /imagine a red fox in snow --style ink.\n" + hint; reply.Text.String() != want || reply.Start != "style" {
		t.Errorf("beside the chat's: %+v", reply)
	}
	if brought, _ := k.types(t, k.from("7", "7", false), "/start style"); !strings.HasPrefix(brought.Text.String(), "pastel: soft light\n") {
		t.Errorf("the private chat shows %q", brought.Text)
	}
}

func TestStylesAreNotEndlessAndListedInPages(t *testing.T) {
	k := newKeeper(t)
	for i := range maxStyles {
		if reply, _ := k.types(t, k.from("7", "7", false), fmt.Sprintf("/style save s%02d %s", i, strings.Repeat("x", 900))); reply.Failed {
			t.Fatal(reply.Text)
		}
	}
	reply, _ := k.types(t, k.from("7", "7", false), "/style save more soft")
	if want := "There are 25 styles, which is as many as are kept: delete one with /style delete pastel."; reply.Text.String() != want {
		t.Errorf("one too many: %q", reply.Text)
	}
	if reply, _ := k.types(t, k.from("7", "7", false), "/style save s00 soft"); reply.Failed {
		t.Errorf("in place of one: %q", reply.Text)
	}
	for page, has := range map[string]string{"": "s09: ", " 2": "The next is /style list 3.", " 3": "s24: "} {
		reply, _ := k.types(t, k.from("7", "7", false), "/style list"+page)
		if text := reply.Text.String(); !strings.Contains(strings.ReplaceAll(text, ", the next", ". The next"), has) || len(text) > 1600 {
			t.Errorf("page%s: %s", page, text)
		}
	}
	if reply, _ := k.types(t, k.from("7", "7", false), "/style list 4"); reply.Text.String() != "There is no page 4: the last one is /style list 3." {
		t.Errorf("page 4: %s", reply.Text)
	}
}

func TestAStyleOfBlockedWordsIsNotSaved(t *testing.T) {
	k := newKeeper(t)
	k.cfg.Policy.Blocked = func(text string) (string, bool) { return "bad words", strings.Contains(text, "bad words") }
	k.Router = NewRouter(k.cfg)
	reply, _ := k.types(t, k.from("7", "7", false), "/style save rude soft bad words")
	if want := "bad words may not be asked for here: please say it without."; reply.Text.String() != want || len(k.settings) > 0 {
		t.Errorf("it says %q: %v", reply.Text, k.settings)
	}
	if k.types(t, k.from("7", "7", false), "/style save clean soft --no bad words"); len(k.settings["user:telegram:7"].Styles) != 1 {
		t.Errorf("what it keeps out is refused: %v", k.settings)
	}
}

func TestWhatIsOnesOwnIsNotNamedWhereAllRead(t *testing.T) {
	k := newKeeper(t)
	k.settings["user:telegram:7"] = Settings{Model: "RealisticVision", Styles: map[string]Preset{"secret": {Words: "soft"}}}
	k.settings["chat:telegram:30"] = Settings{Styles: map[string]Preset{"segments": {Words: "loud"}}}
	for chat, want := range map[string]struct{ style, buttons, model string }{
		"30": {"There is no style secre: /style list shows all of them.", "", "PhotoPerfect (default)"},
		"7":  {"There is no style secre: the nearest is --style secret, and /style list shows all of them.", "🖌️ secret", "RealisticVision (default)"},
	} {
		if reply, _ := k.types(t, k.from("7", chat, false), "/imagine fox --style secre"); reply.Text.String() != want.style || labels(reply) != want.buttons {
			t.Errorf("in %s: %q with %s", chat, reply.Text, labels(reply))
		}
		if reply, _ := k.types(t, k.from("7", chat, false), "/models"); !strings.Contains(reply.Text.String(), want.model) {
			t.Errorf("in %s: %q", chat, reply.Text)
		}
		if _, pending := k.types(t, k.from("7", chat, false), "/imagine fox --style secret"); !pending {
			t.Errorf("in %s one's own style is not there", chat)
		}
	}
}
