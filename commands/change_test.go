package commands

import (
	"strings"
	"testing"
)

func TestTheFormOfAChangeHoldsWhatWasAsked(t *testing.T) {
	g := newGallery(t)
	values := func(id string) (form *Form, all string) {
		reply, pending := g.ask(t, "/change "+id, nil)
		if pending || reply.Form == nil {
			t.Fatalf("%+v", reply)
		}
		for _, field := range reply.Form.Fields {
			all += field.Name + "=" + field.Value + ";"
		}
		return reply.Form, all
	}
	if form, all := values(fox); form.Command != "imagine" || form.ID != "" ||
		all != `=a red fox \--really;negative=text, people;model=Anything V5;size=768x512;` {
		t.Errorf("%+v: %s", form, all)
	}
	if form, all := values(edited); form.Command != "edit" || form.ID != fox || all != "=at night;negative=;size=;" {
		t.Errorf("%+v: %s", form, all)
	}
	if form, _ := values(large); form.Command != "edit" || form.ID != large {
		t.Errorf("%+v", form)
	}
}

func TestWhatAPictureWasMadeOfIsLeftToThoseWhoMaySeeIt(t *testing.T) {
	g := newGallery(t)
	photo := Picture{ID: "ph0t0ph0t0ph0", Job: Job{Work: ToEdit, Source: &Source{Attachment: &Attachment{}}, Request: Request{User: User{ID: "7"}, Chat: Chat{ID: "30"}}}}
	g.pictures[photo.ID] = photo
	sourceOf := func(id, user, chat string) *Source {
		job := g.accepted(t, "/again "+id, func(r *Request) { r.User.ID, r.Chat.ID = user, chat })
		return job.Source
	}
	for _, chat := range []string{"30", "40"} {
		if got := sourceOf(photo.ID, "7", chat); got.Attachment == nil {
			t.Errorf("in %s, whoever sent the photo works on %+v", chat, got)
		}
		if got := sourceOf(photo.ID, "8", chat); got.Attachment != nil || got.ID != photo.ID {
			t.Errorf("in %s, others work on %+v", chat, got)
		}
	}

	if got := sourceOf(edited, "8", "30"); got.ID != fox {
		t.Errorf("of a picture that they see, others work on %+v", got)
	}
	delete(g.pictures, fox) // which is as if it was not theirs to see
	if got := sourceOf(edited, "8", "30"); got.ID != edited {
		t.Errorf("of a picture that they do not see, others work on %+v", got)
	}
	reply, _ := g.ask(t, "/change "+edited, nil)
	if reply.Form == nil || reply.Form.ID != edited || reply.Text.String() != "Send it changed: /edit at night --id "+edited {
		t.Errorf("the form is %+v below %q", reply.Form, reply.Text)
	}
}

func TestAnAnswerInWordsKeepsWhatItDoesNotName(t *testing.T) {
	g := newGallery(t)
	for _, c := range []struct {
		id, words string
		work      Work
		line      string
	}{
		{fox, "a blue fox", ToDraw, `/imagine a blue fox --model "Anything V5" --size 768x512 --no text, people`},
		{fox, "a blue fox --no snow --size 640x384", ToDraw, `/imagine a blue fox --model "Anything V5" --size 640x384 --no snow`},
		{fox, "a blue fox --ar 1:1 --model PhotoPerfect", ToDraw, "/imagine a blue fox --model PhotoPerfect --size 1024x1024 --no text, people"},
		{fox, "--model PhotoPerfect", ToDraw, `/imagine a red fox \--really --model PhotoPerfect --size 768x512 --no text, people`},
		{edited, "at dawn", ToEdit, "/edit at dawn"},
		{edited, "at dawn --size 640x384", ToEdit, "/edit at dawn --size 640x384"},
	} {
		form, _ := g.ask(t, "/change "+c.id, nil)
		command, id := form.Form.Asks()
		if command != "change" || id != c.id {
			t.Fatalf("words alone are for %s %s", command, id)
		}
		job := g.accepted(t, "/"+command+" "+c.words, func(r *Request) { r.Options = map[string]string{"id": id} })
		name, _, _ := strings.Cut(strings.TrimPrefix(c.line, "/"), " ")
		if got := job.line(name); got != c.line || job.Work != c.work || c.work == ToEdit && job.Source.ID != fox {
			t.Errorf("%s by %q: %s of %+v", c.id, c.words, got, job.Source)
		}
	}
	if command, id := (Form{Command: "settings", ID: "x"}).Asks(); command != "settings" || id != "x" {
		t.Errorf("what changes no picture is for %s %s", command, id)
	}
	reply, _ := g.ask(t, "/change a fox --modle x", func(r *Request) { r.Options = map[string]string{"id": fox} })
	if !strings.Contains(reply.Text.String(), "/imagine a fox --model x") {
		t.Errorf("a wrong option: %q", reply.Text)
	}
}

func TestAnAnswerInWordsAddsNothingThatIsSet(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.bench, settings: map[Scope]Settings{"user:telegram:7": {Negative: "blur"}}, platform: "telegram"}
	g.cfg.Preferences = k
	k.Router = NewRouter(g.cfg)
	plain := g.pictures[fox]
	plain.Job.Generate.NegativePrompt = nil
	g.pictures[fox] = plain
	for words, want := range map[string]string{"a blue fox": "", "a blue fox --no snow": "snow"} {
		for _, id := range []string{fox, edited} {
			job := g.accepted(t, "/change "+words, func(r *Request) { r.Options = map[string]string{"id": id} })
			if got := job.negativeWords(); got != want {
				t.Errorf("%q of %s is drawn without %q, want %q", words, id, got, want)
			}
		}
	}
	for line, about := range map[string]string{"/details": "the details", "/change": "the question"} {
		reply, _ := g.ask(t, line+" "+fox, nil)
		_, command, _ := strings.Cut(reply.Text.String(), "/imagine ")
		if got := g.accepted(t, "/imagine "+command, nil); got.negativeWords() != "" || got.Generate.Prompt != "a red fox --really" {
			t.Errorf("the command of %s, %q, is drawn without %q", about, command, got.negativeWords())
		}
	}
	if got := g.accepted(t, "/imagine a blue fox", nil).negativeWords(); got != "blur" {
		t.Errorf("a new picture is drawn without %q", got)
	}
}

func FuzzLiterally(f *testing.F) {
	for _, s := range []string{"a fox", "--model x", `\--model`, "—model", "-model", `\-model`, "a --b \\\\--c", "\n--x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, prompt string) {
		options := newDrawingOptions(Config{Model: "M"})
		got, typed, err := parseOptions("imagine", literally(prompt), []Option{options.model, options.size})
		if err != nil || len(typed) > 0 || got != strings.TrimSpace(prompt) {
			t.Errorf("%q is read as %q with %v: %v", prompt, got, typed, err)
		}
	})
}
