package commands

import (
	"strings"
	"testing"
)

func TestPlainTextIsDrawnAfterAskingOnce(t *testing.T) {
	k := newKeeper(t)
	own := func() *Request { return k.from("7", "7", false) }
	asked, pending := k.types(t, own(), "/say a red fox --n 2")
	if pending || asked.Text.String() != "Shall I draw that?" || labels(asked) != "✏️ Just this one | ♾️ Always draw what I write | 🚫 Never draw plain text" {
		t.Fatalf("%q with %s", asked.Text, labels(asked))
	}
	reply, pending := k.presses(t, own(), asked, "✏️ Just this one")
	if job := k.drawn(t, reply, pending); job.Generate.Prompt != "a red fox" || job.Count != 2 || job.Request.Command != "imagine" || k.settings["user:telegram:7"].Plain != nil {
		t.Errorf("once: %+v", job)
	}

	reply, pending = k.presses(t, own(), asked, "♾️ Always draw what I write")
	if job := k.drawn(t, reply, pending); job.Generate.Prompt != "a red fox" || !is(k.settings["user:telegram:7"].Plain) {
		t.Errorf("always: %+v", job)
	}
	reply, pending = k.types(t, own(), "/say another fox")
	if job := k.drawn(t, reply, pending); job.Generate.Prompt != "another fox" {
		t.Errorf("from then on: %+v", job)
	}

	reply, pending = k.presses(t, own(), asked, "🚫 Never draw plain text")
	if pending || !reply.Update || !strings.HasPrefix(reply.Text.String(), "I leave plain text alone: ") || k.settings["user:telegram:7"].Plain == nil || is(k.settings["user:telegram:7"].Plain) {
		t.Errorf("no: %+v", reply)
	}
	if reply, pending = k.types(t, own(), "/say a fox"); pending || reply.Update || !strings.Contains(reply.Text.String(), "/imagine a red fox in snow") {
		t.Errorf("from then on: %+v", reply)
	}
	if reply, _ = k.types(t, own(), "/say"); !strings.HasPrefix(reply.Text.String(), "Welcome!") {
		t.Errorf("a picture without words: %q", reply.Text)
	}
}

func TestABareWordThatNamesACommandIsThatCommand(t *testing.T) {
	for _, plain := range []*bool{nil, new(true), new(false)} {
		k := newKeeper(t)
		k.settings["user:telegram:7"] = Settings{Plain: plain}
		for text, command := range map[string]string{
			"help": "/help", " Help\n": "/help", "/": "/help", "// ": "/help", "settings": "/settings", "models": "/models", "imagine": "/imagine",
		} {
			want, _ := k.types(t, k.from("7", "7", false), command)
			req := k.from("7", "7", false)
			req.Command, req.Text = "say", text
			if got, pending := k.Handle(t.Context(), req); pending || got.Text.String() != want.Text.String() {
				t.Errorf("%q is answered by %q", text, got.Text)
			}
		}
		for _, text := range []string{"help me", "ban", "say"} { // none of which is a command that one may ask for
			req := k.from("7", "7", false)
			req.Command, req.Text = "say", text
			reply, pending := k.Handle(t.Context(), req)
			switch {
			case plain == nil && reply.Text.String() != "Shall I draw that?",
				is(plain) && !pending,
				plain != nil && !*plain && !strings.HasPrefix(reply.Text.String(), "I leave plain text alone: "):
				t.Errorf("%q is answered by %q", text, reply.Text)
			}
		}
	}
}

func TestWordsInReplyToAPictureEditItOnceSomebodyHasSaidSo(t *testing.T) {
	k := &keeper{settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	k.bench = newBench(t, func(cfg *Config) {
		cfg.Preferences, cfg.Offers, cfg.Pictures = k, k, newGallery(t)
	}).warm(t)
	replies := func(text string) (Reply, bool) {
		req := k.from("7", "7", false)
		req.Command, req.Text, req.Message, req.Replied = "say", text, "m9", []Attachment{{Data: []byte(`"photo"`)}}
		return k.Handle(t.Context(), req)
	}
	asked, pending := replies("make it night")
	if pending || asked.Text.String() != "Shall I draw that?" {
		t.Fatalf("it is answered by %q", asked.Text)
	}
	for _, button := range []string{"✏️ Just this one", "♾️ Always draw what I write", ""} {
		var reply Reply
		var pending bool
		if button == "" {
			reply, pending = replies("make it night")
		} else {
			reply, pending = k.presses(t, k.from("7", "7", false), asked, button)
		}
		if job := k.drawn(t, reply, pending); job.Work != ToEdit || job.Generate.Prompt != "make it night" || string(job.Source.Attachment.Data) != `"photo"` {
			t.Errorf("%q: it is %+v", button, job)
		}
	}
}

func TestAPictureWithWordsIsEditedUnlessPlainTextIsLeftAlone(t *testing.T) {
	for _, plain := range []*bool{nil, new(true), new(false)} {
		k := &keeper{settings: map[Scope]Settings{"user:telegram:7": {Plain: plain}}, offers: map[string]offered{}, platform: "telegram"}
		k.bench = newBench(t, func(cfg *Config) {
			cfg.Preferences, cfg.Offers, cfg.Pictures = k, k, newGallery(t)
		}).warm(t)
		req := k.from("7", "7", false)
		req.Command, req.Text, req.Attachments = "say", "make it night", []Attachment{{Data: []byte(`"photo"`)}}
		reply, pending := k.Handle(t.Context(), req)
		if left := plain != nil && !*plain; left {
			if want := "I leave plain text alone: /edit the same at night draws, and /settings changes that."; pending || reply.Text.String() != want {
				t.Errorf("left alone it is answered by %q", reply.Text)
			}
			continue
		}
		if job := k.drawn(t, reply, pending); job.Work != ToEdit || job.Generate.Prompt != "make it night" {
			t.Errorf("it is %+v", job)
		}
	}
}
