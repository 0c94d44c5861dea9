package commands

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// warden is a router with Rules and Reports in memory, of which 1 is an admin.
type warden struct {
	*bench
	rules    map[Scope]Rule
	reports  map[string]Report
	erased   []string
	reported []string // pictures, and reasons
}

func newWarden(t *testing.T) *warden {
	w := &warden{rules: map[Scope]Rule{}, reports: map[string]Report{}}
	w.bench = newBench(t, func(cfg *Config) {
		cfg.Rules, cfg.Reports, cfg.Pictures = w, w, w
		cfg.Access.Admins = map[string]bool{"telegram:1": true}
		cfg.Policy = Policy{UserDaily: 20, Cooldown: time.Minute, Blocked: func(text string) (string, bool) {
			return "bad words", strings.Contains(text, "bad words")
		}}
	}).warm(t)
	return w
}

func (w *warden) RulesOf(_ context.Context, scopes ...Scope) (rules []Rule, err error) {
	for _, scope := range scopes {
		rules = append(rules, w.rules[scope])
	}
	return rules, nil
}

func (w *warden) Decide(_ context.Context, scope Scope, change func(*Rule)) error {
	rule := w.rules[scope]
	change(&rule)
	w.rules[scope] = rule
	return nil
}

func (w *warden) Decided(_ context.Context, skip, limit int) (decided []Decided, others int, err error) {
	for scope, rule := range w.rules {
		decided = append(decided, Decided{scope, rule})
	}
	slices.SortFunc(decided, func(a, b Decided) int { return strings.Compare(string(a.Scope), string(b.Scope)) })
	return decided[min(skip, len(decided)):min(skip+limit, len(decided))], 2, nil
}

func (w *warden) Today(_ context.Context, scopes ...Scope) ([]int, error) {
	return make([]int, len(scopes)), nil
}

func (w *warden) Move(_ context.Context, from, to Scope) error {
	w.rules[to] = w.rules[from]
	return nil
}

func (w *warden) Asker(_ context.Context, by *Request) (Scope, error) {
	if by.Message != "m" {
		return "", ErrNoPicture
	}
	return "user:telegram:5", nil
}

func (w *warden) Picture(_ context.Context, _ *Request, id string) (Picture, error) {
	if id != exampleID {
		return Picture{}, ErrNoPicture
	}
	return Picture{ID: id}, nil
}

func (w *warden) PictureIn(ctx context.Context, by *Request, _ string) (Picture, error) {
	return w.Picture(ctx, by, exampleID)
}

func (w *warden) History(context.Context, *Request, string, int, int) ([]Picture, bool, error) {
	return []Picture{{ID: exampleID, File: Attachment{Data: []byte("{}")}}}, false, nil
}

func (w *warden) Delete(context.Context, *Request, string) error { return nil }

func (w *warden) Report(_ context.Context, _ *Request, picture Picture, reason string) error {
	w.reported = append(w.reported, picture.ID+" "+reason)
	return nil
}

func (w *warden) Reported(_ context.Context, id string) (Report, error) {
	report, ok := w.reports[id]
	if !ok {
		return report, ErrFinished
	}
	return report, nil
}

func (w *warden) Erase(_ context.Context, id string) error {
	w.erased = append(w.erased, id)
	return nil
}

// asks has a user of a Discord or Telegram group type a line.
func (w *warden) asks(t *testing.T, user, line string, change func(*Request)) string {
	t.Helper()
	name, _, text, _ := ParseLine(line)
	req := &Request{ID: "e", Address: Address{Platform: "telegram"}, User: User{ID: user}, Chat: Chat{ID: "-100"}, Command: name, Text: text}
	if change != nil {
		change(req)
	}
	reply, _ := w.Handle(t.Context(), req)
	return reply.Text.String()
}

func TestAdminsSayWhomTheyMean(t *testing.T) {
	for line, want := range map[string]Scope{
		"/ban 42":                      "user:telegram:42",
		"/ban discord:42 7d":           "user:discord:42",
		"/ban user:discord:42":         "user:discord:42",
		"/ban <@42> spam":              "user:telegram:42",
		"/ban <@!42>":                  "user:telegram:42",
		"/ban <#42>":                   "chat:telegram:42",
		"/ban chat":                    "chat:telegram:-100",
		"/ban chat:-1001":              "chat:telegram:-1001",
		"/ban chat:discord:9 30m loud": "chat:discord:9",
		"/ban -1001":                   "chat:telegram:-1001",
	} {
		w := newWarden(t)
		if got := w.asks(t, "1", line, nil); !w.rules[want].Banned || len(w.rules) != 1 {
			t.Errorf("%s: %q, %v", line, got, w.rules)
		}
	}
	w := newWarden(t)
	w.asks(t, "1", "/ban 1d loud", func(r *Request) { r.Message = "m" })
	if rule := w.rules["user:telegram:5"]; !rule.Banned || rule.Until.IsZero() || rule.Reason != "loud" {
		t.Errorf("who asked for the picture: %+v", w.rules)
	}
	w.asks(t, "1", "/ban", func(r *Request) { r.Message, r.Author = "x", "6" })
	if rule := w.rules["user:telegram:6"]; !rule.Banned || !rule.Until.IsZero() {
		t.Errorf("who wrote the message: %+v", w.rules)
	}
	for line, want := range map[string]string{
		"/ban":                           "Say who, by an id such as telegram:123456789, a mention, or a reply, or chat for this chat.",
		"/ban Anna":                      "Say who, by an id such as telegram:123456789, a mention, or a reply, or chat for this chat.",
		"/ban telgram:42":                "Say who, by an id such as telegram:123456789, a mention, or a reply, or chat for this chat.",
		"/ban user:-1001":                "user:telegram:-1001 is banned for good, and what was waiting is cancelled: /unban user:telegram:-1001 lifts it.",
		"/ban 42 tomorrow":               "telegram:42 is banned for good, and what was waiting is cancelled: /unban telegram:42 lifts it.\nThe reason given is: tomorrow",
		"/ban 1":                         "telegram:1 is an admin, whom nobody can ban: ADMINS says who is.",
		"/ban 6 7days":                   "7days is no time for a ban: say it like 30m, 12h, 7d or 2w, ten years at most, or begin the reason with a letter.",
		"/ban 6 9999w late":              "9999w is no time for a ban: say it like 30m, 12h, 7d or 2w, ten years at most, or begin the reason with a letter.",
		"/unban 77":                      "telegram:77 is not banned: /limits shows who is.",
		"/unban 6":                       "telegram:6 may use the bot again.",
		"/limits 6 --daily many":         "many is no number of pictures: it may be 0 or more, or usual.",
		"/limits 6 --daily -1":           "-1 is no number of pictures: it may be 0 or more, or usual.",
		"/limits 6 --nsfw on":            "That is set for a chat and not for a user: send it as in /limits chat --nsfw on.",
		"/limits chat --nsfw maybe":      "maybe is neither on nor off.",
		"/limits 6 nonsense":             "I do not know what nonsense is to mean here: send it as in /limits 123456789 --daily 50.",
		"/limits 6":                      "telegram:6: as for all\nAsked for today: 0 pictures",
		"/limits 6 --daily 1":            "telegram:6: 1 picture a day\nAsked for today: 0 pictures",
		"/limits chat --nsfw on":         "chat:telegram:-100: nudity may be drawn\nAsked for today: 0 pictures",
		"/limits chat --nsfw off":        "chat:telegram:-100: as for all\nAsked for today: 0 pictures",
		"/limits 6 --daily usual":        "telegram:6: as for all\nAsked for today: 0 pictures",
		"/limits --page 9":               "There is no page 9: /limits shows the first.",
		"/limits --page x":               "x is no page: send it as in /limits --page 2.",
		"/filter test bad words":         "This rule of the word list forbids that: bad words",
		"/filter test good words":        "No rule of the word list forbids that.",
		"/filter bad words":              "This rule of the word list forbids that: bad words",
		"/filter test":                   "No rule of the word list forbids that.",
		"/filter":                        "Give the words to try: send it as in /filter a red fox.",
		"/report":                        "Say which picture: reply to it, or give the id that stands below it, as in /report --id " + exampleID + ".",
		"/report it is rude":             "Say which picture: reply to it, or give the id that stands below it, as in /report --id " + exampleID + ".",
		"/report rude --id " + exampleID: "Thank you: those who run the bot are told, and nobody else learns of it.",
	} {
		w := newWarden(t)
		w.rules["user:telegram:6"] = Rule{Banned: line == "/unban 6"}
		if got := w.asks(t, "1", line, nil); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestABanIsConfirmedWithItsTimeAndItsReason(t *testing.T) {
	w := newWarden(t)
	got := w.asks(t, "1", "/ban 42 7d loud", nil)
	until := w.rules["user:telegram:42"].Until.UTC().Format("2006-01-02 15:04 UTC")
	for command, usage := range map[string]string{"ban": "/ban who [time] [reason]", "unban": "/unban who"} {
		if help := w.asks(t, "1", "/help "+command, nil); !strings.Contains(help, "\n"+usage+"\n") {
			t.Errorf("the help says %q", help)
		}
	}
	if want := "telegram:42 is banned until " + until + ", and what was waiting is cancelled: /unban telegram:42 lifts it.\nThe reason given is: loud"; got != want {
		t.Errorf("it says %q", got)
	}
}

func TestAReportMayBeginWithThePicturesID(t *testing.T) {
	for line, want := range map[string]string{
		"/report " + exampleID:           exampleID + " ",
		"/report " + exampleID + " rude": exampleID + " rude",
	} {
		w := newWarden(t)
		if got := w.asks(t, "1", line, nil); !slices.Equal(w.reported, []string{want}) {
			t.Errorf("%s: %q, %q", line, got, w.reported)
		}
	}
}

func TestABanHoldsInAChatThatHasAnotherID(t *testing.T) {
	w := newWarden(t)
	w.rules["chat:telegram:-500"] = Rule{Banned: true}
	w.Moved(t.Context(), "telegram", "-500", "-100")
	if got := w.asks(t, "2", "/imagine a fox", nil); !strings.HasPrefix(got, "This bot may not be used in this chat any more") {
		t.Errorf("it says %q", got)
	}
}

func TestTheListOfRulesHasPages(t *testing.T) {
	w := newWarden(t)
	for n := range decidedPage + 1 {
		w.rules[Scope("user:telegram:"+strings.Repeat("7", n+1))] = Rule{Daily: new(n)}
	}
	first := w.asks(t, "1", "/limits", nil)
	if want := "Each user: 20 pictures a day\nEach chat: any number of pictures\nBetween two requests: 60 seconds\ntelegram:7: any number of pictures\ntelegram:77: 1 picture a day\n"; !strings.HasPrefix(first, want) {
		t.Errorf("it is %q", first)
	}
	if want := "\nOthers, who wanted to be forgotten: 2\n/limits --page 2 shows more."; !strings.HasSuffix(first, want) {
		t.Errorf("it ends %q", first)
	}
	if second := w.asks(t, "1", "/limits --page 2", nil); !strings.Contains(second, "20 pictures a day\nOthers") || strings.Contains(second, "shows more") {
		t.Errorf("the second is %q", second)
	}
}

func TestOthersHaveNoCommandsOfAdmins(t *testing.T) {
	w := newWarden(t)
	for _, line := range []string{"/ban 5", "/unban 5", "/limits", "/filter test x", "/erase r", "/banish r", "/dismiss r", "/help ban"} {
		if got := w.asks(t, "2", line, nil); !strings.HasPrefix(got, "There is no command") || strings.Contains(got, "try /ban") {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got := w.asks(t, "2", "/help", nil); strings.Contains(got, "/ban") {
		t.Errorf("the help has %q", got)
	}
	if got := w.asks(t, "1", "/help", nil); !strings.Contains(got, "For admins: /ban /unban /limits /filter") {
		t.Errorf("an admin's help has %q", got)
	}
	if len(w.rules)+len(w.erased) > 0 {
		t.Errorf("done are %v, %v", w.rules, w.erased)
	}
}

func TestWhoIsBannedGetsNothingButWhatIsTheirs(t *testing.T) {
	w := newWarden(t)
	until := time.Now().Add(time.Hour)
	w.rules["user:telegram:2"] = Rule{Banned: true, Until: until, Reason: "loud"}
	want := "You may not use this bot before " + until.UTC().Format("2006-01-02 15:04 UTC") + ": whoever runs it can say more.\nThe reason given is: loud"
	for _, line := range []string{"/imagine a red fox", "/help", "/models", "/nonsense"} {
		if got := w.asks(t, "2", line, nil); got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
	if got := w.asks(t, "2", "/again "+exampleID, func(r *Request) { r.Pressed = true }); got != want || len(w.jobs) > 0 {
		t.Errorf("a button: %q", got)
	}
	req := &Request{Address: Address{Platform: "telegram"}, User: User{ID: "2"}, Chat: Chat{ID: "2", Private: true}}
	if found, _, err := w.Recent(t.Context(), req, "", 0, 10); err == nil || len(found) > 0 {
		t.Errorf("while typing: %v (%v)", found, err)
	}
	if got := w.asks(t, "2", "/delete "+exampleID, nil); got != "The picture is deleted." {
		t.Errorf("what is theirs: %q", got)
	}
	w.rules["user:telegram:1"] = Rule{Banned: true}
	if got := w.asks(t, "1", "/help", nil); got == want {
		t.Error("an admin is banned")
	}
}

func TestTheButtonsOfAReportDoWhatTheySay(t *testing.T) {
	w := newWarden(t)
	w.reports["r"] = Report{ID: "r", Picture: exampleID, Asker: "user:discord:5"}
	if got := w.asks(t, "1", "/erase r", nil); got != "The picture is deleted." || !slices.Equal(w.erased, []string{"r"}) {
		t.Errorf("Delete: %q, %q", got, w.erased)
	}
	if got := w.asks(t, "1", "/banish r", nil); !w.rules["user:discord:5"].Banned || !strings.HasPrefix(got, "discord:5 is banned") {
		t.Errorf("Ban: %q, %v", got, w.rules)
	}
	if got := w.asks(t, "1", "/dismiss r", nil); got != "The report of "+exampleID+" is dismissed." {
		t.Errorf("Dismiss: %q", got)
	}
	if got := w.asks(t, "1", "/dismiss gone", nil); !strings.HasPrefix(got, "That request is over already") {
		t.Errorf("of a report that is gone: %q", got)
	}
}

// FuzzNamed holds that whatever an admin writes names somebody by digits, or
// nobody.
func FuzzNamed(f *testing.F) {
	for _, text := range []string{"42", "<@!42>", "chat", "chat:discord:-1", "user:1", "<#1> 7d x", "discord:"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, word string) {
		req := &Request{Address: Address{Platform: "discord"}, Chat: Chat{ID: "9"}}
		who, ok := parseScope(req, word)
		if !ok {
			return
		}
		kind, platform, id := who.Parts()
		if kind != "user" && kind != "chat" || platform == "" || id == "" || strings.Trim(id, "-0123456789") != "" {
			t.Errorf("%q is %q", word, who)
		}
		if again, ok := parseScope(req, who.name().Text); !ok || again != who {
			t.Errorf("%q is %q, and its name %q", word, who, again)
		}
		if lasts, ok := parseTime(word); ok && (lasts <= 0 || lasts > maxTime) {
			t.Errorf("%q is %s", word, lasts)
		}
	})
}
