package commands

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keeper is a router with Preferences, Offers and Records in memory.
type keeper struct {
	*bench
	settings map[Scope]Settings
	offers   map[string]offered
	used     []string
	forgot   []string // users
	err      error    // of all of them
	fails    error    // of Forget alone
	platform string
}

type offered struct {
	scope   Scope
	request Request
}

func newKeeper(t *testing.T) *keeper {
	k := &keeper{settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	k.bench = newBench(t, func(cfg *Config) {
		cfg.Preferences, cfg.Offers, cfg.Records = k, k, k
		cfg.Retention, cfg.KeepOriginals = 720*3600e9, 168*3600e9
	}).warm(t)
	return k
}

func (k *keeper) Settings(_ context.Context, user, chat Scope) (own, ofChat Settings, err error) {
	return k.settings[user], k.settings[chat], k.err
}

func (k *keeper) Change(_ context.Context, scope Scope, change func(*Settings) error) error {
	set := k.settings[scope]
	set.Styles = maps.Clone(set.Styles)
	if err := errors.Join(k.err, change(&set)); err != nil {
		return err
	}
	k.settings[scope] = set
	return nil
}

func (k *keeper) Used(context.Context, *Request) ([]string, error) {
	if k.err != nil {
		return nil, k.err
	}
	return k.used, nil
}

func (k *keeper) Offer(_ context.Context, by *Request, requests []Request) (ids []string, err error) {
	for _, request := range requests {
		id := fmt.Sprintf("offer%d", len(k.offers)+len(ids))
		ids = append(ids, id)
		if k.err == nil {
			defer func() { k.offers[id] = offered{UserScope(by), request} }()
		}
	}
	return ids, k.err
}

func (k *keeper) Take(_ context.Context, by *Request, id string) (Request, error) {
	offer, ok := k.offers[id]
	switch {
	case !ok:
		return Request{}, ErrFinished
	case offer.scope != UserScope(by):
		return Request{}, ErrNotYours
	}
	delete(k.offers, id)
	return offer.request, nil
}

func (k *keeper) Export(_ context.Context, by *Request) (data json.RawMessage, cut bool, err error) {
	return fmt.Appendf(nil, `{"user":%q}`, by.User.ID), by.User.ID == "8", k.err
}

func (k *keeper) Forget(_ context.Context, by *Request) error {
	k.forgot = append(k.forgot, by.User.ID)
	return cmp.Or(k.fails, k.err)
}

// from is a request of somebody in the chat "30", which is theirs alone where
// it has their id.
func (k *keeper) from(user, chat string, moderator bool) *Request {
	private := user == chat
	return &Request{
		ID: "event", Address: Address{Platform: k.platform}, User: User{ID: user}, Chat: Chat{ID: chat, Private: private},
		Alone: private, Moderator: moderator || private,
	}
}

// alone is from where nobody else reads the answers, as on Discord.
func (k *keeper) alone(user, chat string, moderator bool) *Request {
	req := k.from(user, chat, moderator)
	req.Alone = true
	return req
}

// types handles a line that somebody types.
func (k *keeper) types(t *testing.T, req *Request, line string) (Reply, bool) {
	t.Helper()
	name, _, text, ok := ParseLine(line)
	if !ok {
		t.Fatalf("%q is no command", line)
	}
	req.Command, req.Text = name, text
	return k.Handle(t.Context(), req)
}

// validID is what every platform takes as a button's id.
var validID = regexp.MustCompile(`^[a-z0-9]{1,63}$`)

// presses presses the reply's button of that label.
func (k *keeper) presses(t *testing.T, req *Request, reply Reply, label string) (Reply, bool) {
	t.Helper()
	i := slices.IndexFunc(reply.Buttons, func(b Button) bool { return b.Label == label })
	if i < 0 {
		t.Fatalf("there is no button %q among %s below %q", label, labels(reply), reply.Text)
	}
	button := reply.Buttons[i]
	if !validID.MatchString(button.ID) || len(button.Command)+1+len(button.ID) > 64 {
		t.Errorf("%q stands for %s:%s", label, button.Command, button.ID)
	}
	req.Command, req.Text, req.Pressed, req.Message = button.Command, button.ID, true, "pressed"
	return k.Handle(t.Context(), req)
}

// labels are those of a reply's buttons, with a bar where a row begins.
func labels(reply Reply) string {
	var all []string
	for _, b := range reply.Buttons {
		if b.Break && len(all) > 0 {
			all = append(all, "|")
		}
		all = append(all, b.Label)
	}
	return strings.Join(all, " ")
}

// drawn is the one job that came of what was just asked.
func (k *keeper) drawn(t *testing.T, reply Reply, pending bool) Job {
	t.Helper()
	if !pending || len(k.jobs) != 1 {
		t.Fatalf("nothing, or too much, is drawn: %q, %d", reply.Text, len(k.jobs))
	}
	job := k.jobs[0]
	k.jobs = nil
	return job
}

func TestWhatIsSaidGoesBeforeTheStyleOnesOwnTheChatsAndTheBots(t *testing.T) {
	k := newKeeper(t)
	ask := func(line string) Job {
		t.Helper()
		k.jobs = nil
		reply, pending := k.types(t, k.from("7", "30", false), line)
		return k.drawn(t, reply, pending)
	}
	is := func(job Job, prompt, model, size, negative string, count int) {
		t.Helper()
		got := Size{job.Generate.Width, job.Generate.Height}.String()
		if job.Generate.Prompt != prompt || job.Generate.Model != model || got != size || job.negativeWords() != negative || max(job.Count, 1) != count {
			t.Errorf("it is %q by %s, %s, without %q, %d times", job.Generate.Prompt, job.Generate.Model, got, job.negativeWords(), job.Count)
		}
	}
	is(ask("/imagine fox"), "fox", "PhotoPerfect", "1024x1024", "", 1)
	k.settings["chat:telegram:30"] = Settings{
		Model: "Anything V5", Size: Size{512, 512}, Negative: "of the chat", Count: 2, Spoiler: new(true), Language: "de",
		Styles: map[string]Preset{"pastel": {Words: "the chat's"}, "ink": {Words: "ink", Negative: "colour"}},
	}
	job := ask("/imagine fox")
	is(job, "fox", "Anything V5", "512x512", "of the chat", 2)
	if !job.Spoiler || job.AsFile || job.Request.Locale != "de" {
		t.Errorf("the chat's is %+v", job)
	}
	k.settings["user:telegram:7"] = Settings{
		Model: "RealisticVision", Size: Size{640, 640}, Negative: "own", Count: 3, Spoiler: new(false), AsFile: new(true), Language: "ru",
		Styles: map[string]Preset{"pastel": {Words: "soft light, --really", Negative: "photo", Model: "DreamShaperXL", Size: Size{768, 768}}},
	}
	job = ask("/imagine fox")
	is(job, "fox", "RealisticVision", "640x640", "own", 3)
	if job.Spoiler || !job.AsFile || job.Request.Locale != "ru" {
		t.Errorf("one's own is %+v", job)
	}
	is(ask("/imagine fox --style Pastel"), "fox, soft light, --really", "DreamShaperXL", "768x768", "photo", 3)
	is(ask("/imagine fox --style ink"), "fox, ink", "RealisticVision", "640x640", "colour", 3)
	is(ask("/imagine fox --style pastel --model anythingv5 --size 64x64 --n 1 --no text"), "fox, soft light, --really", "Anything V5", "64x64", "text, photo", 1)
	is(ask("/imagine fox --ar 1:4"), "fox", "RealisticVision", "320x1280", "own", 3)
	if job.Fallback != "PhotoPerfect" || ask("/imagine fox --model anythingv5").Fallback != "" {
		t.Error("a model that is asked for by name has a fallback, or one that is set has none")
	}

	// Another's are another's.
	k.jobs = nil
	reply, pending := k.types(t, k.from("8", "31", false), "/imagine fox")
	is(k.drawn(t, reply, pending), "fox", "PhotoPerfect", "1024x1024", "", 1)
}

func TestWhatWasRightOnceIsLeftOut(t *testing.T) {
	k := newKeeper(t)
	k.settings["user:telegram:7"] = Settings{Size: Size{4096, 4096}, Count: 9, Language: "tlh", Styles: map[string]Preset{"big": {Words: "big", Size: Size{9999, 64}}}}
	for _, line := range []string{"/imagine fox", "/imagine fox --style big"} {
		reply, pending := k.types(t, k.from("7", "7", false), line)
		if job := k.drawn(t, reply, pending); job.Generate.Width != 1024 || job.Count != 0 || job.Request.Locale != "" {
			t.Errorf("it is %+v", job)
		}
	}
}

func TestNothingIsDrawnOtherThanAsSetWhenThatCannotBeRead(t *testing.T) {
	k := newKeeper(t)
	k.err = errors.New("away")
	for line, failed := range map[string]bool{"/imagine fox": true, "/settings": true, "/style list": true, "/say fox": true, "/help": false, "/models": false, "/privacy": false} {
		reply, pending := k.types(t, k.from("7", "7", false), line)
		if pending || reply.Failed != failed || failed && !strings.Contains(reply.Text.String(), "too busy to take the request") {
			t.Errorf("%s: %+v", line, reply.Text)
		}
	}
	if len(k.jobs) > 0 {
		t.Error("something is drawn")
	}
}

func TestEverythingIsSaidInTheLanguageOfTheSettings(t *testing.T) {
	k := newKeeper(t)
	k.settings["user:telegram:7"] = Settings{Language: "de"}
	for _, line := range []string{"/help", "/nonsense", "/imagine", "/settings"} {
		req := k.from("7", "7", false)
		req.Locale = "en-GB"
		if reply, _ := k.types(t, req, line); reply.Locale != "de" {
			t.Errorf("%s is answered in %q", line, reply.Locale)
		}
	}
	k.settings["user:telegram:7"] = Settings{}
	req := k.from("7", "7", false)
	req.Locale = "ru"
	if reply, _ := k.types(t, req, "/help"); reply.Locale != "ru" {
		t.Errorf("without a setting it is %q", reply.Locale)
	}
}

func TestModelsThatOneUsesAreCompletedFirst(t *testing.T) {
	k := newKeeper(t)
	k.used = []string{"dreamshaperxl", "gone", "anything v5"}
	k.settings["user:telegram:7"] = Settings{Styles: map[string]Preset{"pastel": {}, "ink": {}}}
	k.settings["chat:telegram:30"] = Settings{Styles: map[string]Preset{"pastel": {}, "paper": {}}}
	options := k.Commands("telegram")[0].Options
	for _, c := range []struct{ option, typed, want string }{
		{"model", "", "DreamShaperXL,Anything V5,PhotoPerfect,RealisticVision"},
		{"model", "p", "DreamShaperXL,PhotoPerfect"},
		{"model", "zzz", ""},
		{"style", "", "ink,pastel,paper"},
		{"style", "pa", "pastel,paper"},
	} {
		option := options[slices.IndexFunc(options, func(o Option) bool { return o.Name == c.option })]
		if got := strings.Join(option.Complete(t.Context(), k.from("7", "30", false), c.typed), ","); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.option, c.typed, got, c.want)
		}
	}
	k.err = errors.New("away")
	if got := options[0].Complete(t.Context(), k.from("7", "30", false), "p"); strings.Join(got, ",") != "PhotoPerfect,DreamShaperXL" {
		t.Errorf("without what was used: %v", got)
	}
}
