package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/internal/store/storetest"
	"kellybot/kelly"
)

// asked accepts a job of the user's, changed, and returns why it is refused.
func (w *world) asked(user, id string, change func(*commands.Job)) error {
	w.t.Helper()
	j := job(user, id)
	if change != nil {
		change(&j)
	}
	return w.Accept(w.t.Context(), j)
}

// over reports whether err is a limit, and what is left of it.
func over(err error, limit commands.Limit) (left int, is bool) {
	e, ok := errors.AsType[*commands.LimitError](err)
	if !ok || e.Limit != limit || e.Again <= 0 {
		return 0, false
	}
	return e.Left, true
}

func decide(t *testing.T, w *world, scope commands.Scope, change func(*commands.Rule)) {
	t.Helper()
	if err := w.Decide(t.Context(), scope, change); err != nil {
		t.Fatal(err)
	}
}

func TestABanCancelsWhatWaitsAndRefusesWhatComes(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		w.accept("a", "a0", "a1")
		w.accept("b", "b0")
		w.wait("the first to be drawn", func() bool { return len(w.order) == 1 })
		decide(t, w, "user:telegram:a", func(r *commands.Rule) { r.Banned = true })
		release()
		w.failed("a0", "Cancelled.")
		w.failed("a1", "Cancelled.")
		w.answered("b0")
		if err := w.asked("a", "a2", nil); err == nil || !strings.HasPrefix(commands.Explain(err).String(), "You may not use this bot any more") {
			t.Errorf("somebody who is banned is told %v", err)
		}
		if err := w.asked("a", "a3", func(j *commands.Job) { j.Request.Admin = true }); err != nil {
			t.Errorf("an admin is banned: %v", err)
		}
		decide(t, w, "user:telegram:a", func(r *commands.Rule) { r.Until = time.Now().Add(-time.Second) })
		if err := w.asked("a", "a4", nil); err != nil {
			t.Errorf("after its time a ban holds: %v", err)
		}
		for scope, change := range map[commands.Scope]func(*commands.Job){
			"chat:telegram:p":  func(j *commands.Job) { j.Request.Chat.Parent = "p" }, // in a thread of it
			"chat:telegram:cb": nil,
			"chat:telegram:s":  func(j *commands.Job) { j.Request.Chat.Server = "s" },
		} {
			decide(t, w, scope, func(r *commands.Rule) { r.Banned = true })
			if err := w.asked("b", "b"+string(scope), change); err == nil || !strings.HasPrefix(commands.Explain(err).String(), "This bot may not be used in this chat") {
				t.Errorf("in %s one is told %v", scope, err)
			}
			decide(t, w, scope, func(r *commands.Rule) { r.Banned = false })
		}
	})
}

func TestABanOfAServerCancelsWhatWaitsInItsChannels(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Workers = 1 })
		release := w.hold()
		in := func(channel, server string) func(*commands.Job) {
			return func(j *commands.Job) { j.Request.Chat = commands.Chat{ID: channel, Server: server} }
		}
		for id, where := range map[string]func(*commands.Job){"a0": in("c1", "s"), "a1": in("c2", "s"), "b0": in("c3", "other"), "b1": in("c4", "")} {
			if err := w.asked("u"+id, id, where); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Store.DB.Exec(`UPDATE requests SET body = '[]' WHERE id = 'b1'`); err != nil {
			t.Fatal(err)
		}
		decide(t, w, "chat:telegram:s", func(r *commands.Rule) { r.Banned = true })
		release()
		w.failed("a0", "Cancelled.")
		w.failed("a1", "Cancelled.")
		w.answered("b0")
	})
}

func TestABanThatIsOverCancelsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), nil)
	release := w.hold()
	decide(t, w, "user:telegram:a", func(r *commands.Rule) { r.Banned, r.Until = true, time.Now().Add(-time.Second) })
	w.accept("a", "a0")
	decide(t, w, "user:telegram:a", func(r *commands.Rule) { r.Daily = new(5) })
	release()
	w.answered("a0")
}

func TestABanHoldsWhoseUsersPictureIsDrawnAtThatMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Postgres(t), nil)
	release := w.hold()
	defer release()
	w.accept("a", "a0", "a1")
	w.wait("both to be drawn", func() bool { return len(w.order) == 2 })
	banned := make(chan error, 1)
	err := w.Store.InTx(t.Context(), func(tx *sql.Tx) error {
		if err := store.Drawn(t.Context(), tx, "a0", 1, nil, time.Now()); err != nil {
			return err
		}
		go func() {
			banned <- w.Decide(t.Context(), "user:telegram:a", func(r *commands.Rule) { r.Banned = true })
		}()
		eventually(t, "the ban to wait for that", func() (waits bool) {
			err := w.Store.Read.QueryRowContext(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits)
			return err == nil && waits
		})
		return nil
	})
	if err := errors.Join(err, <-banned); err != nil {
		t.Fatal(err)
	}
	w.failed("a1", "Cancelled.")
	if err := w.asked("a", "a2", nil); err == nil {
		t.Error("the ban does not hold")
	}
}

func TestDailyLimitsCountWhatIsDrawnForEachUserAndChat(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, func(c *Config) { c.Policy = commands.Policy{UserDaily: 2, ChatDaily: 3} })
		w.set(func() {
			w.draw = func(_ context.Context, prompt string) error {
				if strings.HasPrefix(prompt, "bad") {
					return &kelly.Error{Kind: kelly.ErrRefused}
				}
				return nil
			}
		})
		in := func(j *commands.Job) { j.Request.Chat.ID = "c" }
		if err := w.asked("a", "bad", in); err != nil {
			t.Fatal(err)
		}
		w.over("bad")
		if err := w.asked("a", "a0", in); err != nil {
			t.Fatalf("what failed was not given back: %v", err)
		}
		if left, is := over(w.asked("a", "many", func(j *commands.Job) { in(j); j.Count = 2 }), commands.UserDailyLimit); !is || left != 1 {
			t.Errorf("two more: %d are left", left)
		}
		if err := w.asked("a", "a1", in); err != nil {
			t.Fatal(err)
		}
		if _, is := over(w.asked("a", "a2", in), commands.UserDailyLimit); !is {
			t.Error("a third picture of the day is accepted")
		}
		if err := w.asked("a", "words", func(j *commands.Job) { in(j); j.Work, j.Source = commands.ToShow, &commands.Source{ID: "none"} }); err != nil {
			t.Errorf("what draws nothing counts: %v", err)
		}
		if err := w.asked("b", "b0", in); err != nil {
			t.Fatal(err)
		}
		if _, is := over(w.asked("b", "b1", in), commands.ChatDailyLimit); !is {
			t.Error("a fourth picture of the chat is accepted")
		}
		if err := w.asked("b", "b2", func(j *commands.Job) { in(j); j.Request.Admin = true }); err != nil {
			t.Errorf("an admin has a limit: %v", err)
		}
		thread := func(j *commands.Job) {
			j.Request.Chat = commands.Chat{ID: "thread of " + j.Request.ID, Parent: "p", Server: "s"}
		}
		for n := range 3 {
			if err := w.asked(fmt.Sprint("t", n), fmt.Sprint("t", n), thread); err != nil {
				t.Fatal(err)
			}
		}
		if _, is := over(w.asked("t", "t3", thread), commands.ChatDailyLimit); !is {
			t.Error("a fourth picture of the server, in a thread of its own, is accepted")
		}
		decide(t, w, "chat:telegram:c", func(r *commands.Rule) { r.Daily = new(0) })
		decide(t, w, "user:telegram:a", func(r *commands.Rule) { r.Daily = new(3) })
		if err := w.asked("a", "a3", in); err != nil {
			t.Errorf("a limit of its own does not hold: %v", err)
		}
		line, err := w.Line(t.Context(), by("b", "d"))
		if err != nil || len(line.Quotas) != 2 || line.Quotas[1] != (commands.Quota{Chat: true, Left: 3, Max: 3}) {
			t.Errorf("what is left is %+v (%v)", line.Quotas, err)
		}
	})
}

func TestACooldownIsBetweenTwoPicturesOfOneUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Policy.Cooldown = time.Hour })
	w.accept("a", "a0")
	if _, is := over(w.asked("a", "a1", nil), commands.CooldownLimit); !is {
		t.Error("the next is accepted at once")
	}
	w.accept("b", "b0")
	w.answered("a0", "b0")
	if err := w.asked("a", "a0", nil); err != nil {
		t.Errorf("the same event once more is refused: %v", err)
	}
}

func TestACooldownIsNotCutShortByCancelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Policy.Cooldown, c.Workers = time.Hour, 1 })
	defer w.hold()()
	w.accept("a", "a0")
	w.wait("its drawing", func() bool { return len(w.order) == 1 })
	w.accept("b", "b0")
	for _, id := range []string{"a0", "b0"} {
		if err := w.Abandon(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, is := over(w.asked("a", "a1", nil), commands.CooldownLimit); !is {
		t.Error("whose picture the service was at work on is let in again at once")
	}
	if err := w.asked("b", "b1", nil); err != nil {
		t.Errorf("who only waited is refused: %v", err)
	}
}

func TestTheGuardStaysWhateverIsAsked(t *testing.T) {
	own := "my own negative prompt"
	for name, c := range map[string]struct {
		given  *string
		lifted bool // by an admin
		adult  bool // by the platform
		want   string
		hidden bool
	}{
		"nothing given":          {nil, false, false, "", false},
		"a prompt of one's own":  {&own, false, false, kelly.DefaultNegativePrompt + ", " + own, false},
		"an empty one":           {new(""), false, false, "", false},
		"lifted":                 {nil, true, false, strings.TrimSuffix(kelly.DefaultNegativePrompt, ", nsfw"), true},
		"lifted, with words":     {&own, true, false, strings.TrimSuffix(kelly.DefaultNegativePrompt, ", nsfw") + ", " + own, true},
		"an age-restricted chat": {nil, false, true, strings.TrimSuffix(kelly.DefaultNegativePrompt, ", nsfw"), false},
	} {
		j := job("a", "a0")
		j.Generate.NegativePrompt, j.Request.Chat.AgeRestricted = c.given, c.adult
		policy := commands.Policy{Spoiler: "auto"}
		policy.Apply(&j, []commands.Rule{{}, {Lifted: c.lifted}})
		got := ""
		if j.Generate.NegativePrompt != nil {
			got = *j.Generate.NegativePrompt
		}
		if got != c.want || j.Spoiler != c.hidden {
			t.Errorf("%s: %q, hidden %t", name, got, j.Spoiler)
		}
		// Asked for again where nothing is lifted.
		j.Request.Chat.AgeRestricted = false
		policy.Apply(&j, nil)
		if n := j.Generate.NegativePrompt; n != nil && !strings.HasPrefix(*n, kelly.DefaultNegativePrompt) {
			t.Errorf("%s: again, elsewhere: %q", name, *n)
		}
	}
}

func TestWhatIsStoredOfAChatFollowsItToItsNewID(t *testing.T) {
	t.Parallel()
	storetest.OnEach(t, func(t *testing.T, url string) {
		w := newWorld(t, url, nil)
		set := func(chat commands.Scope, model string) {
			t.Helper()
			err := w.Change(t.Context(), chat, func(s *commands.Settings) error {
				s.Model, s.Styles = model, map[string]commands.Preset{"soft": {Words: "pastel"}}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		const before, after, third = commands.Scope("chat:telegram:-500"), commands.Scope("chat:telegram:-1002"), commands.Scope("chat:telegram:-1003")
		decide(t, w, before, func(r *commands.Rule) { r.Banned, r.Reason, r.Daily, r.Lifted = true, "spam", new(3), true })
		set(before, "M")
		if err := w.asked("a", "a0", func(j *commands.Job) { j.Request.Chat.ID = "-499" }); err != nil {
			t.Fatal(err)
		}
		if err := w.Move(t.Context(), "chat:telegram:-499", after); err != nil {
			t.Fatal(err)
		}
		for range 2 { // by two messages
			if err := w.Move(t.Context(), before, after); err != nil {
				t.Fatal(err)
			}
		}
		rules, err := w.RulesOf(t.Context(), before, after)
		if err != nil || rules[0].Banned || !rules[1].Banned || rules[1].Reason != "spam" || *rules[1].Daily != 3 || !rules[1].Lifted {
			t.Errorf("decided is %+v (%v)", rules, err)
		}
		if listed, _, err := w.Decided(t.Context(), 0, 9); err != nil || len(listed) != 1 || listed[0].Scope != after {
			t.Errorf("listed is %+v (%v)", listed, err)
		}
		if _, of, err := w.Settings(t.Context(), "user:telegram:x", after); err != nil || of.Model != "M" || of.Styles["soft"].Words != "pastel" {
			t.Errorf("set is %+v (%v)", of, err)
		}
		if used, err := w.Today(t.Context(), after); err != nil || used[0] != 1 {
			t.Errorf("counted are %v (%v)", used, err)
		}
		// What is decided and set there already is newer.
		decide(t, w, third, func(r *commands.Rule) { r.Daily = new(9) })
		set(third, "N")
		if err := w.Move(t.Context(), after, third); err != nil {
			t.Fatal(err)
		}
		rules, err = w.RulesOf(t.Context(), third)
		_, of, fault := w.Settings(t.Context(), "user:telegram:x", third)
		if err != nil || fault != nil || rules[0].Banned || *rules[0].Daily != 9 || of.Model != "N" {
			t.Errorf("where something stands it is %+v and %+v (%v, %v)", rules, of, err, fault)
		}
	})
}

func TestBlockedWordsAreRefusedWhereTheyWouldBeDrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) {
		c.Policy.Blocked = func(text string) (string, bool) { return "bad", strings.Contains(text, "bad") }
	})
	for id, c := range map[string]struct {
		change  func(*commands.Job)
		refused bool
	}{
		"bad":      {nil, true},
		"good":     {nil, false},
		"edit":     {func(j *commands.Job) { j.Work, j.Generate.Prompt = commands.ToEdit, "bad" }, true},
		"question": {func(j *commands.Job) { j.Work, j.Question = commands.ToDescribe, "bad" }, true},
		"without":  {func(j *commands.Job) { j.Generate.NegativePrompt = new("bad") }, false},
		"upscale":  {func(j *commands.Job) { j.Work, j.Generate.Prompt = commands.ToUpscale, "bad" }, false},
	} {
		err := w.asked("a", id, c.change)
		if _, refused := errors.AsType[*commands.Refusal](err); refused != c.refused {
			t.Errorf("%s: %v", id, err)
		}
	}
}
