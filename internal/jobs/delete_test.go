package jobs

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"kellybot/commands"
	"kellybot/internal/store/storetest"
)

func TestDeleteRemovesEveryMessageAndTheFiles(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		id := idOf(w.do("a", "a0", func(j *commands.Job) { j.Count = 2 }), 1)
		press := by("b", "ca")
		press.Message = "ma0"
		if err := w.Delete(t.Context(), press, id); !errors.Is(err, commands.ErrNotYours) || len(w.removed) > 0 {
			t.Errorf("somebody else's press: %v, removed %v", err, w.removed)
		}
		press.Moderator = true
		w.do("a", "b0", func(j *commands.Job) {
			j.Request.Chat.ID, j.Work, j.Source = "private", commands.ToShow, &commands.Source{ID: id}
		})
		elsewhere := by("a", "private")
		elsewhere.Message = "m7" // which shows something else
		if err := w.Delete(t.Context(), elsewhere, id); !errors.Is(err, commands.ErrNoPicture) || len(w.removed) > 0 {
			t.Errorf("by another message: %v, removed %v", err, w.removed)
		}
		elsewhere.Message = "mb0"
		if err := w.Delete(t.Context(), elsewhere, id); err != nil || !slices.Equal(w.removed, []string{"mb0", "mb0.1"}) {
			t.Errorf("where it was shown again: %v, removed %v", err, w.removed)
		}
		w.set(func() { w.removed = nil })
		reply := by("a", "ca")
		reply.Message = "somebody's"
		w.set(func() { w.refuse = errors.New("away") })
		if err := w.Delete(t.Context(), reply, id); err == nil || slices.Contains(w.removed, "somebody's") {
			t.Errorf("in a reply to somebody: %v, removed %v", err, w.removed)
		}
		w.set(func() { w.refuse, w.removed = nil, nil })
		w.set(func() { w.refuse = commands.ErrTooOld })
		if err := w.Delete(t.Context(), press, id); !errors.Is(err, commands.ErrStays) {
			t.Errorf("too old: %v", err)
		}
		if _, _, err := w.Files.Open(id + ".png"); err == nil {
			t.Error("the file of what is too old is still there")
		}
		w.set(func() { w.refuse, w.removed = nil, nil })
		if err := w.Delete(t.Context(), press, id); err != nil || !slices.Equal(w.removed, []string{"ma0", "ma0.1", "ma0.2"}) {
			t.Errorf("%v, removed %v", err, w.removed)
		}
		alone := by("a", "ca")
		alone.Alone = true
		history, _, err := w.History(t.Context(), alone, "", 0, 1)
		if err != nil || len(history) != 1 || !history[0].Deleted {
			t.Errorf("%+v, %v", history, err)
		}
	})
}

func TestAPictureThatWasDeletedIsOfNoUseToAnybody(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		id := idOf(w.do("a", "a0", func(*commands.Job) {}), 1)
		use := func(work commands.Work, id string) func(*commands.Job) {
			return func(j *commands.Job) { j.Request.Chat.ID, j.Work, j.Source = "ca", work, &commands.Source{ID: id} }
		}
		w.do("b", "b0", use(commands.ToShow, id))
		made := idOf(w.do("b", "b1", use(commands.ToUpscale, id)), 1)
		if err := w.Delete(t.Context(), by("a", "ca"), id); err != nil {
			t.Fatal(err)
		}
		for _, user := range []string{"a", "b"} {
			for _, id := range []string{id, w.short("b0")} {
				if picture, err := w.Picture(t.Context(), by(user, "ca"), id); !errors.Is(err, commands.ErrNoPicture) || picture.Job.Generate.Prompt != "" {
					t.Errorf("%s by %s: %+v, %v", id, user, picture, err)
				}
			}
			for _, message := range []string{"ma0", "mb0"} {
				if _, err := w.PictureIn(t.Context(), by(user, "ca"), message); !errors.Is(err, commands.ErrNoPicture) {
					t.Errorf("by %s in %s: %v", user, message, err)
				}
			}
		}
		for _, work := range []commands.Work{commands.ToShow, commands.ToUpscale, commands.ToDescribe} {
			if reply := w.do("b", "late-"+string(work), use(work, id)); !reply.Failed || !strings.Contains(reply.Text.String(), "no longer kept") {
				t.Errorf("%s: %+v", work, reply)
			}
		}
		if _, err := w.Picture(t.Context(), by("a", "ca"), made); err != nil {
			t.Errorf("what was made of it before: %v", err)
		}
	})
}

func TestAModeratorDeletesWhatNothingIsKnownOfAnyMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	id := idOf(w.do("a", "a0", func(*commands.Job) {}), 1)
	if err := w.Jobs.Forget(t.Context(), by("a", "ca")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name               string
		pressed, moderator bool
		removed            []string
	}{
		{"the requester", true, false, nil},
		{"a moderator's words", false, true, nil},
		{"a moderator's press", true, true, []string{"ma0"}},
	} {
		event := by("a", "ca")
		event.Message, event.Pressed, event.Moderator = "ma0", c.pressed, c.moderator
		err := w.Delete(t.Context(), event, id)
		if errors.Is(err, commands.ErrNoPicture) != (c.removed == nil) || !slices.Equal(w.removed, c.removed) {
			t.Errorf("%s: %v, removed %v", c.name, err, w.removed)
		}
	}
}
