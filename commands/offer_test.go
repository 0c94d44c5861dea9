package commands

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestANearMissIsDrawnInOneTap(t *testing.T) {
	k := newKeeper(t)
	k.settings["chat:telegram:30"] = Settings{Styles: map[string]Preset{"pastel": {Words: "soft"}}}
	for _, c := range []struct {
		line, buttons, press string
		prompt, model, size  string
	}{
		{`/imagine a "red" fox \--really --model PhotoPerfekt --size 640x384 --n 2 --no text, \--people`, "🎨 PhotoPerfect 🎨 Anything V5 🎨 DreamShaperXL", "🎨 Anything V5",
			`a "red" fox --really`, "Anything V5", "640x384"},
		{`/imagine fox --model zzz --n 2 --no text, \--people`, "🎨 PhotoPerfect 🎨 RealisticVision 🎨 Anything V5", "🎨 Anything V5", "fox", "Anything V5", "1024x1024"},
		{"/imagine fox --size 9000x4500 --model anythingv5 --n 2 --no text, \\--people", "📐 2048x1024", "📐 2048x1024", "fox", "Anything V5", "2048x1024"},
		{"/imagine fox --size 10x20 --n 2 --no text, \\--people", "📐 64x128", "📐 64x128", "fox", "PhotoPerfect", "64x128"},
		{"/imagine fox --size 9/16 --n 2 --no text, \\--people", "📐 9/16", "📐 9/16", "fox", "PhotoPerfect", "768x1368"},
		{"/imagine fox --style pastle --n 2 --no \"text, --people\"", "🖌️ pastel", "🖌️ pastel", "fox, soft", "PhotoPerfect", "1024x1024"},
	} {
		reply, pending := k.types(t, k.from("7", "30", false), c.line)
		if pending || labels(reply) != c.buttons || !reply.Private || !reply.Failed {
			t.Fatalf("%s: %q with %s", c.line, reply.Text, labels(reply))
		}
		other, _ := k.presses(t, k.from("8", "30", true), reply, c.press)
		if other.Text.String() != "This button is for whoever asked: ask for a picture of your own with /imagine." || !other.Private {
			t.Errorf("another reads %q", other.Text)
		}
		pressed, pending := k.presses(t, k.from("7", "30", false), reply, c.press)
		job := k.drawn(t, pressed, pending)
		if g := job.Generate; g.Prompt != c.prompt || g.Model != c.model || (Size{g.Width, g.Height}).String() != c.size || job.Count != 2 || job.negativeWords() != "text, --people" || job.Request.Command != "imagine" {
			t.Errorf("%s makes %+v", c.line, job)
		}
		again, _ := k.presses(t, k.from("7", "30", false), reply, c.press)
		if again.Text.String() != "That request is over already: ask for a new one with /imagine." || len(k.jobs) > 0 {
			t.Errorf("pressed twice: %q", again.Text)
		}
	}
}

func TestANearMissKeepsFieldsAndThePictureItIsAbout(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.bench, settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "discord"}
	g.cfg.Preferences, g.cfg.Offers, g.cfg.Records = k, k, k
	k.Router = NewRouter(g.cfg)
	req := k.from("7", "30", false)
	req.Command, req.Text, req.Options = "edit", "at night", map[string]string{"size": "5000x5000", "negative": "text"}
	req.Message, req.Replied, req.Attachments = "m9", []Attachment{{Data: []byte(`"replied"`)}}, []Attachment{{Data: []byte(`"own"`)}}
	reply, _ := k.Handle(t.Context(), req)
	pressed, pending := k.presses(t, k.from("7", "30", false), reply, "📐 2048x2048")
	job := k.drawn(t, pressed, pending)
	if job.Work != ToEdit || string(job.Source.Attachment.Data) != `"own"` || job.Generate.Width != 2048 || job.negativeWords() != "text" || job.Request.Message != "m9" || len(job.Request.Replied) != 1 {
		t.Errorf("it is %+v", job)
	}
}

func TestWhatAButtonAskedInVainCanBeAskedAgain(t *testing.T) {
	k := newKeeper(t)
	reply, _ := k.types(t, k.from("7", "7", false), "/imagine fox --size 1x1")
	k.full = true
	for range 2 {
		var pending bool
		press := "📐 64x64"
		if strings.Contains(labels(reply), "Retry") {
			press = "🔁 Retry"
		}
		if reply, pending = k.presses(t, k.from("7", "7", false), reply, press); pending || labels(reply) != "🔁 Retry" || !strings.Contains(reply.Text.String(), "too busy") {
			t.Fatalf("%q with %s", reply.Text, labels(reply))
		}
	}
	k.full = false
	pressed, pending := k.presses(t, k.from("7", "7", false), reply, "🔁 Retry")
	if job := k.drawn(t, pressed, pending); job.Generate.Width != 64 {
		t.Errorf("it is %+v", job)
	}
}

func TestASizeOfNoSensibleRatioIsNotOffered(t *testing.T) {
	k := newKeeper(t)
	for _, size := range []string{"99999x1", "64x6400", "2x99999999999999999999", "99999999999999999999x1"} {
		if reply, pending := k.types(t, k.from("7", "7", false), "/imagine fox --size "+size); pending || len(reply.Buttons) != 0 || !strings.Contains(reply.Text.String(), "out of range") {
			t.Errorf("%s: %q with %s", size, reply.Text, labels(reply))
		}
	}
}

func TestWhereNothingIsStoredAnAnswerHasNoButtons(t *testing.T) {
	k := newKeeper(t)
	k.err = errors.New("away")
	reply, err := Reply{Text: T("No."), Buttons: []Button{{Label: "A", Command: "a"}, Button{Label: "B"}.asking(Request{})}}.Offered(t.Context(), k, k.from("7", "7", false))
	if err == nil || labels(reply) != "A" {
		t.Errorf("%v: %s", err, labels(reply))
	}
	b := newBench(t, nil).warm(t)
	if reply, _ := b.say(t, "/imagine fox --size 1x1"); len(reply.Buttons) != 0 || !reply.Failed {
		t.Errorf("in a shell: %+v", reply)
	}
}

func TestAModelThatIsFoundMissingLaterIsOfferedToo(t *testing.T) {
	k := newKeeper(t)
	job := Job{Request: *k.from("7", "7", false), ModelUnchecked: true}
	job.Request.Command = "imagine"
	job.Generate.Prompt, job.Generate.Model, job.Generate.Width, job.Generate.Height, job.Count = "a fox", "PhotoPerfekt", 640, 384, 3
	err := Settle(t.Context(), k.catalog, &job)
	reply, _ := Failure(err).Offered(t.Context(), k, k.from("7", "7", false))
	pressed, pending := k.presses(t, k.from("7", "7", false), reply, "🎨 PhotoPerfect")
	if got := k.drawn(t, pressed, pending); got.Generate.Model != "PhotoPerfect" || got.Generate.Prompt != "a fox" || got.Generate.Width != 640 || got.Count != 3 {
		t.Errorf("it is %+v", got)
	}
}

func TestADefaultModelOnNoListIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(cfg *Config) { cfg.Model = "PhotoPerfekt" }).warm(t)
		defer b.catalog.Close()
		const told = `level=ERROR msg="the picture service does not list DEFAULT_MODEL, and may refuse it" model=PhotoPerfekt nearest=PhotoPerfect`
		for _, list := range []struct {
			model string
			lines int
		}{{"PhotoPerfect", 1}, {"Photo Perfekt", 1}, {"PhotoPerfect", 2}} {
			b.service.sd = []string{list.model}
			time.Sleep(catalogAge)
			b.catalog.Now()
			synctest.Wait()
			if got := strings.Count(b.log.String(), told); got != list.lines {
				t.Errorf("with %s listed the log has it %d times:\n%s", list.model, got, &b.log)
			}
		}
	})
}

func TestTheNearestThreeComeInTheirOrder(t *testing.T) {
	for _, c := range []struct {
		word, want string
		of         []string
	}{
		{"b", "b,ab,abc", []string{"abc", "b", "xyz", "ab"}},
		{"b", "b", []string{"b"}},
		{"b", "", nil},
	} {
		if got := strings.Join(nearestOf(c.word, c.of, 3), ","); got != c.want {
			t.Errorf("%s: %s, want %s", c.word, got, c.want)
		}
	}
}

func TestAPictureBesideImagineIsNotPassedOverInSilence(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.bench, settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	g.cfg.Preferences, g.cfg.Offers, g.cfg.Records = k, k, k
	k.Router = NewRouter(g.cfg)
	for _, c := range []struct {
		line, buttons, press string
		work                 Work
	}{
		{"/imagine a fox --no text", "✏️ Draw the picture anew 🎨 Draw without it", "✏️ Draw the picture anew", ToEdit},
		{"/imagine a fox --no text", "✏️ Draw the picture anew 🎨 Draw without it", "🎨 Draw without it", ToDraw},
		{"/imagine a fox --no text --model PhotoPerfect", "🎨 Draw without it", "🎨 Draw without it", ToDraw},
	} {
		req := k.from("7", "30", false)
		req.Attachments = []Attachment{{Data: []byte(`"own"`)}}
		reply, pending := k.types(t, req, c.line)
		if pending || labels(reply) != c.buttons || reply.Text.String() != "/imagine uses only your words and not your picture: to change the picture, use /edit." {
			t.Fatalf("%s: %q with %s", c.line, reply.Text, labels(reply))
		}
		pressed, pending := k.presses(t, k.from("7", "30", false), reply, c.press)
		job := k.drawn(t, pressed, pending)
		if job.Work != c.work || job.Generate.Prompt != "a fox" || job.negativeWords() != "text" || c.work == ToEdit && string(job.Source.Attachment.Data) != `"own"` {
			t.Errorf("%s: %s makes %+v", c.line, c.press, job)
		}
	}
	// In reply to a picture it is a word in a conversation.
	if job := g.accepted(t, "/imagine a fox", func(r *Request) { r.Message, r.Replied = "m1", []Attachment{{}} }); job.Work != ToDraw {
		t.Errorf("a reply makes %+v", job)
	}
}

func TestAModelWithoutItsQuotesIsFoundInTheWordsAfterIt(t *testing.T) {
	k := newKeeper(t)
	for line, prompt := range map[string]string{
		"/imagine fox --model Anything V5":                           "fox",
		"/imagine fox --model=anything v5":                           "fox",
		"/imagine draw Anything goes --model Anything  v5 in snow":   "draw Anything goes in snow",
		"/imagine a super-model shoot --model Anything V5":           "a super-model shoot",
		"/imagine fox —model Anything V.5 --no text, --size 640x384": "fox",
	} {
		reply, pending := k.types(t, k.from("7", "30", false), line)
		if pending || labels(reply) != "🎨 Anything V5" || !strings.Contains(reply.Text.String(), `the nearest is --model "Anything V5"`) {
			t.Fatalf("%s: %q with %s", line, reply.Text, labels(reply))
		}
		pressed, pending := k.presses(t, k.from("7", "30", false), reply, "🎨 Anything V5")
		if job := k.drawn(t, pressed, pending); job.Generate.Model != "Anything V5" || job.Generate.Prompt != prompt {
			t.Errorf("%s makes %+v", line, job.Generate)
		}
	}
}
