package commands

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kellybot/kelly"
)

func TestSettingsAreShownAndChangedInPlaceByButtons(t *testing.T) {
	k := newKeeper(t)
	k.settings["chat:telegram:30"] = Settings{Model: "Anything V5"}
	own := func() *Request { return k.alone("7", "30", false) }
	page, _ := k.types(t, own(), "/settings")
	const want = "Your settings\nModel: Anything V5 (this chat's)\nSize: 1024x1024 (the bot's)\nNegative prompt: no words of your own\n" +
		"Number of pictures: 1 (the bot's)\nHidden until tapped: no (the bot's)\nFiles or photos: photos (the bot's)\nLanguage: that of the app\n" +
		"Text without a command: you are asked\n/settings chat shows those of this chat."
	if page.Text.String() != want || !page.Private || page.Update ||
		labels(page) != "🎨 Model 📐 Size 🚫 Negative prompt 🔢 Number | 🙈 Hidden 📄 File or photo 🌐 Language 💬 Plain text" {
		t.Errorf("%q with %s", page.Text, labels(page))
	}
	for _, c := range []struct {
		open, buttons, press, line string
		set                        func(Settings) bool
	}{
		{"📐 Size", "📐 1024x1024 📐 1368x768 📐 768x1368 📐 1256x840 | 📐 840x1256 📐 1184x888 📐 888x1184 | ✏️ Type it ◀️ Back", "📐 768x1368",
			"Size: 768x1368", func(s Settings) bool { return s.Size == Size{768, 1368} }},
		{"🔢 Number", "🔢 1 🔢 2 🔢 3 🔢 4 | ◀️ Back", "🔢 3", "Number of pictures: 3", func(s Settings) bool { return s.Count == 3 }},
		{"🔢 Number", "🔢 1 🔢 2 🔢 3 🔢 4 | ↩️ Use the bot's ◀️ Back", "↩️ Use the bot's", "Number of pictures: 1 (the bot's)", func(s Settings) bool { return s.Count == 0 }},
		{"🙈 Hidden", "🙈 Hide them 👁️ Show them | ◀️ Back", "🙈 Hide them", "Hidden until tapped: yes", func(s Settings) bool { return is(s.Spoiler) }},
		{"🙈 Hidden", "🙈 Hide them 👁️ Show them | ↩️ Use the bot's ◀️ Back", "👁️ Show them", "Hidden until tapped: no", func(s Settings) bool { return s.Spoiler != nil && !*s.Spoiler }},
		{"🙈 Hidden", "🙈 Hide them 👁️ Show them | ↩️ Use the bot's ◀️ Back", "↩️ Use the bot's", "Hidden until tapped: no (the bot's)", func(s Settings) bool { return s.Spoiler == nil }},
		{"📄 File or photo", "📄 Files 🖼️ Photos | ◀️ Back", "📄 Files", "Files or photos: files", func(s Settings) bool { return is(s.AsFile) }},
		{"💬 Plain text", "✏️ Draw it 🚫 Leave it | ◀️ Back", "🚫 Leave it", "Text without a command: is not drawn", func(s Settings) bool { return s.Plain != nil && !*s.Plain }},
		{"🎨 Model", "✏️ Type it ◀️ Back", "◀️ Back", "Model: Anything V5 (this chat's)", func(s Settings) bool { return s.Model == "" }},
	} {
		opened, _ := k.presses(t, own(), page, c.open)
		if labels(opened) != c.buttons || !opened.Update || !opened.Private {
			t.Errorf("%s shows %q with %s, update %v", c.open, opened.Text, labels(opened), opened.Update)
		}
		page, _ = k.presses(t, own(), opened, c.press)
		if !strings.Contains(page.Text.String()+"\n", "\n"+c.line+"\n") || !page.Update || !c.set(k.settings["user:telegram:7"]) {
			t.Errorf("%s, %s: %q, %+v", c.open, c.press, page.Text, k.settings["user:telegram:7"])
		}
	}
	// The new language is spoken at once.
	opened, _ := k.presses(t, own(), page, "🌐 Language")
	if page, _ = k.presses(t, own(), opened, "🌐 Português (Brasil)"); k.settings["user:telegram:7"].Language != "pt-BR" || page.Locale != "pt-BR" {
		t.Errorf("%q in %q", page.Text, page.Locale)
	}
}

func TestAButtonOfAnotherPlatformsPageIsOnlyWhereItIsOfUse(t *testing.T) {
	k := newKeeper(t)
	k.platform = "discord"
	page, _ := k.types(t, k.from("7", "7", false), "/settings")
	if labels(page) != "🎨 Model 📐 Size 🚫 Negative prompt 🔢 Number | 🙈 Hidden 🌐 Language" || strings.Contains(page.Text.String(), "this chat") {
		t.Errorf("%q with %s", page.Text, labels(page))
	}
}

func TestSettingsArePressedByTheirOwnerAlone(t *testing.T) {
	k := newKeeper(t)
	page, _ := k.types(t, k.alone("7", "30", false), "/settings")
	reply, _ := k.presses(t, k.alone("8", "30", true), page, "🎨 Model")
	if reply.Text.String() != "These are somebody else's settings: /settings shows yours." || !reply.Private || !reply.Failed {
		t.Errorf("another reads %+v", reply)
	}
	for _, id := range []string{"", "7", "70pagex", "7pagex", "7setmodel", "7opennothing", "7askn0", "chat", "8page", "x", "7set", "7setsize09x9", "chatchatpage"} {
		req := k.from("7", "7", false)
		req.Command, req.Text, req.Pressed = "settings", id, true
		if reply, pending := k.Handle(t.Context(), req); pending || !reply.Failed && id != "7setmodel" {
			t.Errorf("%q: %q", id, reply.Text)
		}
	}
	if len(k.settings) > 1 || k.settings["user:telegram:7"].Model != "" {
		t.Errorf("set is %+v", k.settings)
	}
}

func TestAChatsSettingsAreItsModerators(t *testing.T) {
	k := newKeeper(t)
	reply, _ := k.types(t, k.from("7", "30", false), "/settings chat --n 2")
	if want := "Only a moderator of this chat may change that: /settings shows what you may set for yourself."; reply.Text.String() != want || !reply.Failed {
		t.Errorf("anybody reads %q", reply.Text)
	}
	reply, _ = k.types(t, k.from("7", "7", false), "/settings chat")
	if want := "Nobody else is in this chat, so only your own settings and styles count: send it again without chat."; reply.Text.String() != want {
		t.Errorf("alone one reads %q", reply.Text)
	}
	page, _ := k.types(t, k.from("7", "30", true), "/settings Chat --n 2 --language English")
	if !strings.HasPrefix(page.Text.String(), "This chat's settings\n") || !strings.Contains(page.Text.String(), "\nNumber of pictures: 2\n") || strings.Contains(labels(page), "Plain") {
		t.Errorf("a moderator reads %q", page.Text)
	}
	if _, own := k.settings["user:telegram:7"]; own || k.settings["chat:telegram:30"].Count != 2 || k.settings["chat:telegram:30"].Language != "en" {
		t.Errorf("set is %+v", k.settings)
	}
	// Any moderator may press, and nobody else, though they were one before.
	opened, _ := k.presses(t, k.from("8", "30", true), page, "🔢 Number")
	if reply, _ := k.presses(t, k.from("7", "30", false), opened, "🔢 4"); !reply.Failed {
		t.Errorf("no moderator reads %q", reply.Text)
	}
	if page, _ = k.presses(t, k.from("9", "30", true), opened, "🔢 4"); k.settings["chat:telegram:30"].Count != 4 {
		t.Errorf("a moderator reads %q", page.Text)
	}
}

func TestSettingsAreTyped(t *testing.T) {
	k := newKeeper(t)
	own := func() *Request { return k.from("7", "7", false) }
	if reply, _ := k.types(t, own(), "/settings --model anything-v5 --size 640×384 --no text, people --n 4"); reply.Failed {
		t.Fatal(reply.Text)
	}
	if got := k.settings["user:telegram:7"]; got.Model != "Anything V5" || got.Size != (Size{640, 384}) || got.Negative != "text, people" || got.Count != 4 {
		t.Errorf("set is %+v", got)
	}
	before := k.settings["user:telegram:7"]
	for line, want := range map[string]string{
		"/settings --n 5":                             "5 is no number of pictures: it may be 1 to 4, such as --n 4.\n/settings --n usual goes back to the usual one.",
		"/settings --size big":                        "big is no size: give width and height in pixels, such as --size 768x512.\n/settings --size usual goes back to the usual one.",
		"/settings --language tlh":                    "I do not speak tlh: choose one of en, de, es, pt-BR, ru.\n/settings --language usual goes back to the usual one.",
		"/settings --n 1 --model zzz":                 "There is no model zzz: /models lists all of them.\n/settings --model usual goes back to the usual one.",
		"/settings model PhotoPerfect":                "There is no setting model PhotoPerfect: change one as in /settings --size 768x512, undo that as in /settings --size usual, or see all of them with /settings.",
		"/settings --no " + strings.Repeat("x", 1001): "The words have 1001 characters and may have 1000: shorten them, as in /settings --no text, people.\n/settings --no usual goes back to the usual one.",
	} {
		if reply, _ := k.types(t, own(), line); reply.Text.String() != want || !reply.Failed {
			t.Errorf("%s: %q", line, reply.Text)
		}
	}
	if got := k.settings["user:telegram:7"]; got.Count != before.Count {
		t.Errorf("a part of a wrong command is done: %+v", got)
	}

	if reply, _ := k.types(t, own(), "/settings --size usual --n Usual --language usual"); reply.Failed || k.settings["user:telegram:7"].Size != (Size{}) || k.settings["user:telegram:7"].Count != 0 {
		t.Errorf("undone: %q, %+v", reply.Text, k.settings["user:telegram:7"])
	}
	k.settings["user:telegram:7"] = Settings{Negative: "text"}
	if reply, _ := k.types(t, own(), `/settings --no ""`); reply.Failed || k.settings["user:telegram:7"].Negative != "" {
		t.Errorf("no words: %q, %+v", reply.Text, k.settings["user:telegram:7"])
	}
	k.settings["user:telegram:7"] = Settings{Negative: "text, people"}
	if reply, _ := k.types(t, own(), "/settings reset"); reply.Text.String() != "There is no setting reset: change one as in /settings --size 768x512, undo that as in /settings --size usual, or see all of them with /settings." {
		t.Errorf("reset: %q", reply.Text)
	}

	// What a form asks for.
	page, _ := k.types(t, own(), "/settings")
	opened, _ := k.presses(t, own(), page, "🚫 Negative prompt")
	asks, _ := k.presses(t, own(), opened, "✏️ Type it")
	if form := asks.Form; form == nil || form.Command != "settings" || !validID.MatchString(form.ID) || len(form.Fields) != 1 || form.Fields[0].Value != "text, people" ||
		form.Fields[0].Name != "" || !form.Fields[0].Long || asks.Text.String() != "Send what it shall be, as in /settings --no text, people." ||
		form.Line() != "/settings --no text, people" {
		t.Fatalf("it asks by %+v, %q", asks.Form, asks.Text)
	}
	k.settings["chat:telegram:30"] = Settings{Negative: "text, --people", Model: "Anything V5"}
	for button, want := range map[string]string{
		"🚫 Negative prompt": `/settings chat --no text, \--people`, "🎨 Model": `/settings chat --model "Anything V5"`, "📐 Size": "",
	} {
		page, _ := k.types(t, k.from("7", "30", true), "/settings chat")
		opened, _ := k.presses(t, k.from("7", "30", true), page, button)
		asks, _ := k.presses(t, k.from("7", "30", true), opened, "✏️ Type it")
		if asks.Form.Line() != want {
			t.Errorf("%s: the present is said by %s", button, asks.Form.Line())
		}
	}
	delete(k.settings, "chat:telegram:30")
	sent := own()
	sent.Command, sent.Text, sent.Options = "settings", " snow ", map[string]string{"id": asks.Form.ID}
	if reply, _ := k.Handle(t.Context(), sent); reply.Failed || reply.Update || k.settings["user:telegram:7"].Negative != "snow" {
		t.Errorf("%q, %+v", reply.Text, k.settings["user:telegram:7"])
	}
	sent = k.from("8", "8", false)
	sent.Command, sent.Text, sent.Options = "settings", "rain", map[string]string{"id": asks.Form.ID}
	if reply, _ := k.Handle(t.Context(), sent); !reply.Failed || len(k.settings) != 1 {
		t.Errorf("another's form: %q, %+v", reply.Text, k.settings)
	}
}

func TestOnesOwnSettingsAreNotShownAmongOthers(t *testing.T) {
	k := newKeeper(t)
	k.settings["user:telegram:7"] = Settings{Negative: "spiders"}
	for line, want := range map[string]string{
		"/settings":       "Your settings are shown to you alone, in our private chat.",
		"/settings --n 2": "That is set: your settings are shown to you alone, in our private chat.",
	} {
		reply, _ := k.types(t, k.from("7", "30", false), line)
		if reply.Text.String() != want || !reply.Private || reply.Failed || len(reply.Buttons) > 0 || reply.Start != "settings" {
			t.Errorf("%s: %+v", line, reply)
		}
	}
	pressed := k.from("7", "30", false) // an offer, say, whose answer may be private all the same
	pressed.Address.Platform = "discord"
	if reply, _ := k.types(t, pressed, "/settings"); reply.Start != "" || len(reply.Buttons) == 0 {
		t.Errorf("on Discord: %+v", reply)
	}
	brought, _ := k.types(t, k.from("7", "7", false), "/start settings")
	if text := brought.Text.String(); !strings.HasPrefix(text, "Your settings\n") || !strings.Contains(text, "\nNumber of pictures: 2\n") || len(brought.Buttons) == 0 {
		t.Errorf("the private chat shows %q", text)
	}
}

func TestAModelIsKeptOnlyWhenItIsKnownToBeThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keeper{settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
		k.bench = newBench(t, func(cfg *Config) { cfg.Preferences, cfg.Offers, cfg.Records = k, k, k })
		k.service.hold = make(chan struct{})
		for _, line := range []string{"/settings --n 2 --model nonsense", "/settings --model PhotoPerfect", "/style save pastel soft --model nonsense"} {
			reply, _ := k.types(t, k.from("7", "7", false), line)
			if want := "The picture service has not said yet which models there are: please try again in a minute."; !strings.HasPrefix(reply.Text.String(), want) || !reply.Failed {
				t.Errorf("%s: %q", line, reply.Text)
			}
		}
		if len(k.settings) > 0 {
			t.Errorf("kept is %+v", k.settings)
		}
		close(k.service.hold)
		synctest.Wait()
		if reply, _ := k.types(t, k.from("7", "7", false), "/settings --model photoperfect"); reply.Failed || k.settings["user:telegram:7"].Model != "PhotoPerfect" {
			t.Errorf("with the lists it says %q", reply.Text)
		}
	})
}

func TestTheBotsModelDrawsWhereTheOneThatWasSetIsNoLongerThere(t *testing.T) {
	const gone = "The model Old One that was set is no longer there, so PhotoPerfect drew this: /models lists those that are."
	for name, set := range map[string]Settings{
		"a setting": {Model: "Old One"},
		"a style":   {Styles: map[string]Preset{"ink": {Words: "ink", Model: "Old One"}}},
	} {
		k := newKeeper(t)
		k.settings["user:telegram:7"] = set
		if list, _ := k.types(t, k.from("7", "7", false), "/models photo"); !strings.Contains(list.Text.String(), "PhotoPerfect (default)") {
			t.Errorf("%s: /models says %q", name, list.Text)
		}
		line := "/imagine fox"
		if set.Styles != nil {
			line += " --style ink"
		}
		reply, pending := k.types(t, k.from("7", "7", false), line)
		job := k.drawn(t, reply, pending)
		if text := Answer(job, []Made{{Picture: &kelly.Picture{}}}, 0).Text.String(); job.Generate.Model != "PhotoPerfect" || !strings.HasSuffix(text, "\n"+gone) {
			t.Errorf("%s: %s draws, and it says %q", name, job.Generate.Model, text)
		}
		if reply, pending = k.types(t, k.from("7", "7", false), "/imagine fox --model oldone"); pending || !reply.Failed {
			t.Errorf("%s: one that is asked for by name: %q", name, reply.Text)
		}
	}
}

func TestAModelThatWasSetIsLookedForOnceTheListsAreThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keeper{settings: map[Scope]Settings{"user:telegram:7": {Model: "Old One"}}, platform: "telegram"}
		k.bench = newBench(t, func(cfg *Config) { cfg.Preferences = k })
		k.service.hold = make(chan struct{})
		reply, pending := k.types(t, k.from("7", "7", false), "/imagine fox")
		job := k.drawn(t, reply, pending)
		close(k.service.hold)
		if err := Settle(t.Context(), k.catalog, &job); err != nil || job.Generate.Model != "PhotoPerfect" || job.Gone != "Old One" {
			t.Errorf("%s draws in place of %q: %v", job.Generate.Model, job.Gone, err)
		}
	})
}

func TestANearMissInTheSettingsIsSetInOneTap(t *testing.T) {
	k := newKeeper(t)
	reply, _ := k.types(t, k.from("7", "30", true), "/settings chat --size 5000x5000")
	reply, _ = k.presses(t, k.from("7", "30", true), reply, "📐 2048x2048")
	if k.settings["chat:telegram:30"].Size != (Size{2048, 2048}) {
		t.Errorf("%q, %+v", reply.Text, k.settings)
	}
}

func TestEveryLanguageHasItsName(t *testing.T) {
	for _, tag := range Languages {
		if languageNames[tag] == "" {
			t.Errorf("%s has none", tag)
		}
	}
	if len(languageNames) != len(Languages) {
		t.Errorf("there are %d names of %d languages", len(languageNames), len(Languages))
	}
}

func FuzzPress(f *testing.F) {
	for _, id := range []string{"7page", "7opensize", "7setsize01368x768", "7setmodel0x", "7askmodel", "chatopenn", "chatset0", "p" + "obuw4", "u00", "offer0", "everything", "7setlanguage0ptbr"} {
		f.Add(id, true)
		f.Add(id, false)
	}
	f.Fuzz(func(t *testing.T, id string, pressed bool) {
		k := &keeper{settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
		k.bench = newBench(t, func(cfg *Config) { cfg.Preferences, cfg.Offers, cfg.Records = k, k, k })
		k.catalog.lists = Lists{SD: []string{"PhotoPerfect"}, SDXL: []string{}}
		k.catalog.fetched = time.Now()
		for _, command := range []string{"settings", "models", "offer", "style", "forget"} {
			req := k.from("7", "30", true)
			req.Command, req.Text, req.Pressed = command, id, pressed
			if !pressed {
				req.Options = map[string]string{"id": id}
			}
			reply, pending := k.Handle(t.Context(), req)
			if pending || reply.Text.String() == "" || strings.Contains(k.log.String(), "panic") {
				t.Errorf("%s %q: %+v\n%s", command, id, reply, k.log.String())
			}
			if len(k.forgot) > 0 {
				t.Errorf("%s %q forgets", command, id)
			}
			for _, button := range reply.Buttons {
				if !validID.MatchString(button.ID) || len(button.Command)+1+len(button.ID) > 64 {
					t.Errorf("a button stands for %s:%s", button.Command, button.ID)
				}
			}
		}
	})
}
