package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store/storetest"
	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// losePictures removes the files of a request's pictures.
func (w *world) losePictures(id string) {
	pictures, err := w.Store.Pictures(context.Background(), id)
	if err != nil || len(pictures) == 0 {
		w.t.Errorf("%s has %d pictures: %v", id, len(pictures), err)
	}
	for _, p := range pictures {
		_ = w.Files.Remove(p.Key)
	}
}

// do accepts what the job of a user becomes after change, and waits for the answer.
func (w *world) do(user, id string, change func(*commands.Job)) commands.Reply {
	w.t.Helper()
	asked := job(user, id)
	change(&asked)
	if err := w.Accept(w.t.Context(), asked); err != nil {
		w.t.Fatalf("accept %s: %v", id, err)
	}
	w.wait("the answer to "+id, func() bool { return len(w.answers[id]) > 0 })
	w.wait("the record of "+id, func() bool { return strings.Contains(w.log.String(), "job="+id+" ") })
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answers[id][0]
}

// idOf is the id of the n-th picture that a reply showed.
func idOf(reply commands.Reply, n int) string {
	name := reply.Images[n-1].Name
	name = name[:strings.LastIndexByte(name, '.')]
	return name[strings.LastIndexByte(name, '-')+1:]
}

func TestSeveralPicturesAreOneAnswerAndEachIsDrawnOnce(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.DailyLimit = 8 })
		drawn := 0
		w.set(func() {
			w.draw = func(context.Context, string) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				if drawn++; drawn == 3 {
					return errAway
				}
				return nil
			}
		})
		reply := w.do("a", "a0", func(j *commands.Job) { j.Count = 4 })
		if len(reply.Images) != 4 || drawn != 5 || idOf(reply, 2) != idOf(reply, 1)+"2" {
			t.Errorf("%d pictures of %d drawn: %+v", len(reply.Images), drawn, reply)
		}
		if !strings.Contains(reply.Text.String(), "4 × 64×64") {
			t.Errorf("it says %q", reply.Text)
		}
		over := job("a", "a1")
		over.Count = 4
		if err := w.Accept(t.Context(), over); err != nil {
			t.Errorf("eight of eight: %v", err)
		}
		var limit *commands.LimitError
		if err := w.Accept(t.Context(), job("a", "a2")); !errors.As(err, &limit) || limit.Limit != commands.DailyLimit {
			t.Errorf("nine of eight: %v", err)
		}
	})
}

func TestWhatIsRefusedAfterSomePicturesIsToldBesideThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.DailyLimit = 4 })
	drawn := 0
	w.set(func() {
		w.draw = func(context.Context, string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			if drawn++; drawn == 3 {
				return &kelly.Error{Kind: kelly.ErrRefused, Op: "generate", Detail: "no more of these"}
			}
			return nil
		}
	})
	reply := w.do("a", "a0", func(j *commands.Job) { j.Count = 4 })
	if len(reply.Images) != 2 || reply.Failed || !strings.Contains(reply.Text.String(), "no more of these") {
		t.Errorf("it is %+v", reply)
	}
	// What was not drawn does not count for the day.
	w.do("a", "a1", func(j *commands.Job) { j.Count = 2 })
}

func TestWorkOnAPictureTakesTheOriginalOrElseThePlatformsCopy(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		drawn := w.do("a", "a0", func(*commands.Job) {})
		id, size := idOf(drawn, 1), len(kellytest.Picture("a0", "PhotoPerfect", 64, 64))
		onIt := func(work commands.Work) func(*commands.Job) {
			return func(j *commands.Job) { j.Work, j.Source, j.Question = work, &commands.Source{ID: id}, "What?" }
		}
		const copied = "the original is no longer kept"
		for _, lost := range []bool{false, true} {
			if lost {
				w.losePictures("a0")
			}
			for work, want := range map[commands.Work]string{
				commands.ToEdit:             "edited · 64×64",
				commands.ToUpscale:          "upscaled · 128×128",
				commands.ToRemoveBackground: "without background · 64×64",
				commands.ToShow:             "PhotoPerfect · 64×64",
			} {
				reply := w.do("a", fmt.Sprint(work, lost), onIt(work))
				text := reply.Text.String()
				if len(reply.Images) != 1 || !strings.Contains(text, want) || strings.Contains(text, copied) != lost {
					t.Errorf("%s, the original lost %v: %+v", work, lost, reply)
				}
				if same := idOf(reply, 1) == id; same != (work == commands.ToShow) {
					t.Errorf("%s has the id %s, its source %s", work, idOf(reply, 1), id)
				}
			}
			reply := w.do("a", fmt.Sprint("describe", lost), onIt(commands.ToDescribe))
			if want := fmt.Sprintf("What? A picture of %d bytes.", size); reply.Text.String() != want || len(reply.Images) != 0 || reply.Failed {
				t.Errorf("described as %+v", reply)
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.drawn[fmt.Sprintf("upscaled of %d bytes", size)] != 2 {
			t.Errorf("the source was not what was drawn: %v", w.drawn)
		}
	})
}

func TestWorkOnAUsersPicture(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	data, _ := json.Marshal("photo")
	sent := func(j *commands.Job) {
		j.Work, j.Source = commands.ToUpscale, &commands.Source{Attachment: &commands.Attachment{Data: data}}
	}
	w.set(func() { w.pictures["photo"] = kellytest.Picture("photo", "x", 64, 64) })
	if reply := w.do("a", "a0", sent); len(reply.Images) != 1 {
		t.Errorf("it is %+v", reply)
	}
	w.set(func() { w.pictures["photo"] = []byte("<html>") })
	if reply := w.do("a", "a1", sent); !reply.Failed || !strings.Contains(reply.Text.String(), "That is no picture") || len(reply.Buttons) != 0 {
		t.Errorf("no picture: %+v", reply)
	}
	w.set(func() { delete(w.pictures, "photo") })
	if reply := w.do("a", "a2", sent); !strings.Contains(reply.Text.String(), "please send it again") {
		t.Errorf("gone: %+v", reply)
	}
}

func TestAPictureIsSeenByItsRequesterAndInItsChatAlone(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		id := idOf(w.do("a", "a0", func(*commands.Job) {}), 1)
		again := w.do("b", "b0", func(j *commands.Job) {
			j.Request.Chat.ID, j.Work, j.Source = "ca", commands.ToShow, &commands.Source{ID: id}
		})
		if idOf(again, 1) != id {
			t.Errorf("shown again, it is %s, was %s", idOf(again, 1), id)
		}
		for _, c := range []struct {
			user, chat string
			seen       bool
		}{{"a", "ca", true}, {"a", "elsewhere", true}, {"b", "ca", true}, {"b", "cb", false}} {
			picture, err := w.Picture(t.Context(), by(c.user, c.chat), strings.ToUpper(id))
			if c.seen && (err != nil || picture.Job.Generate.Prompt != "a0" || picture.Width != 64 || picture.Link != "https://chat/a0") ||
				!c.seen && !errors.Is(err, commands.ErrNoPicture) {
				t.Errorf("%s in %s: %+v, %v", c.user, c.chat, picture, err)
			}
		}
		for _, wrong := range []string{"", "x", id + "2", id + "0", "fffffffffffff"} {
			if _, err := w.Picture(t.Context(), by("a", "ca"), wrong); !errors.Is(err, commands.ErrNoPicture) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		for _, message := range []string{"ma0", "ma0.1", "mb0"} {
			picture, err := w.PictureIn(t.Context(), by("b", "ca"), message)
			if err != nil || picture.ID != id {
				t.Errorf("in %s: %+v, %v", message, picture, err)
			}
		}
		if _, err := w.PictureIn(t.Context(), by("a", "elsewhere"), "ma0"); !errors.Is(err, commands.ErrNoPicture) {
			t.Errorf("a message of another chat: %v", err)
		}
	})
}

func TestAPictureCanBeWorkedOnBeforeItsDeliveryIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	release, delivering := make(chan struct{}), make(chan struct{})
	w.set(func() {
		w.deliver = func(to commands.Address) error {
			if key(to) == "a0" {
				close(delivering)
				<-release
			}
			return nil
		}
	})
	w.accept("a", "a0")
	<-delivering
	row, err := w.Store.Get(t.Context(), "a0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Picture(t.Context(), by("b", "ca"), row.Short); err != nil {
		t.Errorf("somebody in its chat: %v", err)
	}
	if _, err := w.Picture(t.Context(), by("b", "cb"), row.Short); !errors.Is(err, commands.ErrNoPicture) {
		t.Errorf("somebody elsewhere: %v", err)
	}
	if err := w.Delete(t.Context(), by("a", "ca"), row.Short); !errors.Is(err, commands.ErrPending) {
		t.Errorf("delete: %v", err)
	}
	w.do("b", "b0", func(j *commands.Job) {
		j.Request.Chat.ID, j.Work, j.Source = "ca", commands.ToUpscale, &commands.Source{ID: row.Short}
	})
	close(release)
	w.answered("a0")
}

func TestHistoryListsAndSearchesOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	w.do("a", "a0", func(j *commands.Job) { j.Generate.Prompt = "a Red fox" })
	w.do("a", "a1", func(j *commands.Job) { j.Generate.Prompt, j.Count = "two blue foxes", 2 })
	w.do("b", "b0", func(j *commands.Job) { j.Generate.Prompt = "another's fox" })
	w.do("a", "a2", func(j *commands.Job) { j.Generate.Prompt, j.Request.Chat.ID = "a red fox elsewhere", "private" })
	for _, c := range []struct {
		alone       bool
		words       string
		skip, limit int
		want        []string
		more        bool
	}{
		{true, "", 0, 10, []string{"a red fox elsewhere", "two blue foxes", "two blue foxes", "a Red fox"}, false},
		{true, "", 1, 2, []string{"two blue foxes", "two blue foxes"}, true},
		{true, "FOX red", 0, 10, []string{"a red fox elsewhere", "a Red fox"}, false},
		{true, "badger", 0, 10, nil, false},
		{false, "", 0, 10, []string{"two blue foxes", "two blue foxes", "a Red fox"}, false},
	} {
		asker := by("a", "ca")
		asker.Alone = c.alone
		found, more, err := w.History(t.Context(), asker, c.words, c.skip, c.limit)
		var prompts []string
		for _, picture := range found {
			prompts = append(prompts, picture.Job.Generate.Prompt)
		}
		if err != nil || !slices.Equal(prompts, c.want) || more != c.more {
			t.Errorf("%+v: %q, more %v, %v", c, prompts, more, err)
		}
	}
}

func TestAPictureThatIsShownInAnotherChatIsThereForAllOfIt(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		drawn := w.do("a", "a0", func(j *commands.Job) { j.Count = 2 })
		id, other := idOf(drawn, 1), idOf(drawn, 2)
		show := func(user, event string) {
			w.do(user, event, func(j *commands.Job) {
				j.Request.Chat.ID, j.Work, j.Source = "cz", commands.ToShow, &commands.Source{ID: id}
			})
		}
		if _, err := w.Picture(t.Context(), by("b", "cz"), id); !errors.Is(err, commands.ErrNoPicture) {
			t.Errorf("before it is shown: %v", err)
		}
		show("a", "a1")
		if picture, err := w.Picture(t.Context(), by("b", "cz"), id); err != nil || picture.ID != id {
			t.Errorf("%+v, %v", picture, err)
		}
		if picture, err := w.PictureIn(t.Context(), by("b", "cz"), "ma1"); err != nil || picture.ID != id {
			t.Errorf("by its message: %+v, %v", picture, err)
		}
		for name, c := range map[string]struct{ chat, id string }{"another picture": {"cz", other}, "another chat": {"cb", id}} {
			if _, err := w.Picture(t.Context(), by("b", c.chat), c.id); !errors.Is(err, commands.ErrNoPicture) {
				t.Errorf("%s: %v", name, err)
			}
		}
		show("b", "b1")
		press := func(user, message string, moderator bool) error {
			w.set(func() { w.removed = nil })
			event := by(user, "cz")
			event.Pressed, event.Message, event.Moderator = true, message, moderator
			return w.Delete(t.Context(), event, id)
		}
		if err := press("b", "ma1", false); !errors.Is(err, commands.ErrNotYours) || len(w.removed) > 0 {
			t.Errorf("what another has shown: %v, removed %v", err, w.removed)
		}
		if err := press("b", "mb1", false); err != nil || !slices.Equal(w.removed, []string{"mb1", "mb1.1"}) {
			t.Errorf("what one has shown: %v, removed %v", err, w.removed)
		}
		if err := press("m", "ma1", true); err != nil || !slices.Equal(w.removed, []string{"ma1", "ma1.1"}) {
			t.Errorf("by a moderator: %v, removed %v", err, w.removed)
		}
		if _, err := w.Picture(t.Context(), by("b", "cz"), id); !errors.Is(err, commands.ErrNoPicture) {
			t.Errorf("after both are deleted: %v", err)
		}
		if picture, err := w.Picture(t.Context(), by("b", "ca"), id); err != nil || picture.Deleted {
			t.Errorf("where it was drawn: %+v, %v", picture, err)
		}
	})
}

func TestAButtonThatIsPressedTwiceWorksOnce(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		release := w.hold()
		press := func(user, id string) error {
			asked := job(user, id)
			asked.Request.Pressed, asked.Request.Command, asked.Request.Text = true, "again", "k3v9x2m4p7q8a"
			return w.Accept(t.Context(), asked)
		}
		if err := errors.Join(press("a", "a0"), press("a", "a0"), press("b", "b0")); err != nil {
			t.Errorf("first presses: %v", err)
		}
		if err := press("a", "a1"); !errors.Is(err, commands.ErrPending) {
			t.Errorf("a second press: %v", err)
		}
		release()
		w.answered("a0", "b0")
		w.wait("the record", func() bool { return strings.Count(w.log.String(), "a request is over") == 2 })
		acceptedAt := func(at time.Time) {
			if _, err := w.Store.DB.ExecContext(t.Context(), `UPDATE requests SET accepted_at = $1`, at.UnixMilli()); err != nil {
				t.Fatal(err)
			}
		}
		acceptedAt(time.Now())
		if err := press("a", "a2"); !errors.Is(err, commands.ErrPressed) {
			t.Errorf("a second press right after the answer: %v", err)
		}
		acceptedAt(time.Now().Add(time.Hour))
		if err := press("a", "after the clock was put back"); err != nil {
			t.Errorf("a press before the answer: %v", err)
		}
		w.answered("after the clock was put back")
		w.wait("the record", func() bool { return strings.Count(w.log.String(), "a request is over") == 3 })
		acceptedAt(time.Now().Add(-2 * pressTime))
		if err := press("a", "a3"); err != nil {
			t.Errorf("a press some seconds later: %v", err)
		}
		w.answered("a3")
	})
}

func TestAButtonThatWasPressedInVainCanBePressedAgainAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	press := func(j *commands.Job) {
		j.Request.Pressed, j.Request.Command, j.Request.Text = true, "again", "k3v9x2m4p7q8a"
	}
	w.set(func() {
		w.draw = func(context.Context, string) error { return &kelly.Error{Kind: kelly.ErrRefused, Op: "generate"} }
	})
	if reply := w.do("a", "a0", press); !reply.Failed {
		t.Fatalf("it is %+v", reply)
	}
	w.wait("the record", func() bool { return strings.Contains(w.log.String(), "outcome=refused") })
	w.set(func() { w.draw = nil })
	if reply := w.do("a", "a1", press); len(reply.Images) != 1 {
		t.Errorf("it is %+v", reply)
	}
}

func TestPicturesThatAreThereAreNotDrawnAgainAfterARestart(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		drawn := 0
		w.set(func() {
			w.draw = func(ctx context.Context, _ string) error {
				w.mu.Lock()
				drawn++
				stuck := drawn == 3
				w.mu.Unlock()
				if stuck {
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}
		})
		asked := job("a", "a0")
		asked.Count = 4
		if err := w.Accept(t.Context(), asked); err != nil {
			t.Fatal(err)
		}
		w.wait("the third", func() bool { return w.drawn["a0"] == 3 })
		w.close(w.Jobs, 0)
		w.open(nil)
		w.wait("the answer", func() bool { return len(w.answers["a0"]) > 0 })
		w.mu.Lock()
		defer w.mu.Unlock()
		if n := len(w.answers["a0"][0].Images); n != 4 || drawn != 5 {
			t.Errorf("%d pictures, %d drawn", n, drawn)
		}
		if !bytes.Equal(w.pictures["a0"], kellytest.Picture("a0", "PhotoPerfect", 64, 64)) {
			t.Error("the picture is another")
		}
	})
}
