package jobs

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store/storetest"
)

func TestSettingsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		user, chat := commands.UserScope(alone("7")), commands.ChatScope(alone("7"))
		if user == chat {
			t.Fatal("who is alone with the bot has the chat's settings")
		}
		set := commands.Settings{Model: "M", Size: commands.Size{Width: 640, Height: 384}, Spoiler: new(false), Language: "de",
			Styles: map[string]commands.Preset{"пастель": {Words: "soft"}}}
		if err := w.Change(t.Context(), user, func(s *commands.Settings) error { *s = set; return nil }); err != nil {
			t.Fatal(err)
		}
		w.close(w.Jobs, 0)
		w.open(nil)
		own, ofChat, err := w.Settings(t.Context(), user, chat)
		if err != nil || own.Model != "M" || own.Size != set.Size || own.Spoiler == nil || *own.Spoiler || own.Language != "de" || own.Styles["пастель"].Words != "soft" {
			t.Errorf("they are %+v, %v", own, err)
		}
		if ofChat.Model != "" || ofChat.Styles != nil {
			t.Errorf("the chat's are %+v", ofChat)
		}
		// What is set to nothing leaves no row.
		if err := w.Change(t.Context(), user, func(s *commands.Settings) error { *s = commands.Settings{}; return nil }); err != nil {
			t.Fatal(err)
		}
		if body, _, err := w.Store.Settings(t.Context(), string(user), ""); body != nil || err != nil {
			t.Errorf("left is %s, %v", body, err)
		}
	})
}

func TestAnOfferIsTakenOnceByItsUserWithinADay(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		asked := commands.Request{Command: "edit", Text: "at night", Options: map[string]string{"size": "64x64"}, Message: "m1",
			Attachments: []commands.Attachment{{Data: []byte(`{"file":"f"}`)}}}
		ids, err := w.Offer(t.Context(), alone("7"), []commands.Request{asked, {Command: "imagine", Text: "fox"}})
		if err != nil || len(ids) != 2 || ids[0] == ids[1] {
			t.Fatal(ids, err)
		}
		w.close(w.Jobs, 0)
		w.open(nil)
		elsewhere := alone("7")
		elsewhere.Address.Platform = "discord"
		for _, other := range []*commands.Request{alone("8"), elsewhere} {
			if _, err := w.Take(t.Context(), other, ids[0]); !errors.Is(err, commands.ErrNotYours) {
				t.Errorf("another user: %v", err)
			}
		}
		got, err := w.Take(t.Context(), alone("7"), ids[0])
		if err != nil || got.Command != "edit" || got.Text != "at night" || got.Options["size"] != "64x64" || got.Message != "m1" || string(got.Attachments[0].Data) != `{"file":"f"}` {
			t.Errorf("it is %+v, %v", got, err)
		}
		for _, id := range []string{ids[0], "nothing", ""} {
			if _, err := w.Take(t.Context(), alone("7"), id); !errors.Is(err, commands.ErrFinished) {
				t.Errorf("%q: %v", id, err)
			}
		}
		if err := w.pruneOnce(t.Context(), time.Now().Add(offerTime+time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Take(t.Context(), alone("7"), ids[1]); !errors.Is(err, commands.ErrFinished) {
			t.Errorf("a day later: %v", err)
		}
	})
}

func TestTheModelsOfAUserAreThoseUsedMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	release := w.hold()
	defer release()
	for id, model := range map[string]string{"1": "B/1", "2": "PhotoPerfect", "3": "B/1", "4": "B/1", "5": "PhotoPerfect"} {
		one := job("7", id)
		one.Generate.Model = model
		if err := w.Accept(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	upscaled := job("7", "6")
	upscaled.Work, upscaled.Source = commands.ToUpscale, &commands.Source{ID: "none"}
	if err := w.Accept(t.Context(), upscaled); err != nil {
		t.Fatal(err)
	}
	w.accept("8", "9")
	if used, err := w.Used(t.Context(), alone("7")); err != nil || !slices.Equal(used, []string{"b/1", "photoperfect"}) {
		t.Errorf("they are %v, %v", used, err)
	}
}

func TestWhatIsSettledWhenTheWorkStartsIsWhatIsToldLoggedAndKept(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		typed := w.do("a", "a0", func(j *commands.Job) { j.Generate.Model, j.ModelUnchecked = "photo-perfect", true })
		gone := w.do("a", "a1", func(j *commands.Job) {
			j.Generate.Model, j.Fallback, j.ModelUnchecked = "Old One", "PhotoPerfect", true
		})
		if text := typed.Text.String(); !strings.Contains(text, "PhotoPerfect · ") || strings.Contains(text, "no longer there") {
			t.Errorf("as typed: %q", text)
		}
		if text := gone.Text.String(); !strings.Contains(text, "The model Old One that was set is no longer there, so PhotoPerfect drew this") {
			t.Errorf("in place of another: %q", text)
		}
		w.wait("the records", func() bool { return strings.Count(w.log.String(), "a request is over") == 2 })
		if log := w.said(); strings.Count(log, "model=PhotoPerfect") != 2 {
			t.Errorf("the log says\n%s", log)
		}
		picture, err := w.Picture(t.Context(), alone("a"), idOf(gone, 1))
		if err != nil || picture.Job.Generate.Model != "PhotoPerfect" || picture.Job.Request.Command == "" {
			t.Errorf("kept is %+v, %v", picture.Job, err)
		}
		if used, err := w.Used(t.Context(), alone("a")); err != nil || len(used) != 1 || used[0] != "photoperfect" {
			t.Errorf("used are %q, %v", used, err)
		}
	})
}
