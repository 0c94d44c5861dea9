package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"kellybot/kelly"
)

// bench is a router with everything around it faked.
type bench struct {
	*Router
	service *service
	catalog *Catalog
	jobs    []Job
	full    bool // the queue takes nothing more
	log     bytes.Buffer
}

func newBench(t *testing.T, change func(*Config)) *bench {
	b := &bench{service: &service{
		sd:   []string{"PhotoPerfect", "RealisticVision", "Anything V5"},
		sdxl: []string{"DreamShaperXL"},
	}}
	b.catalog = NewCatalog(b.service)
	t.Cleanup(b.catalog.Close)
	cfg := Config{
		Catalog: b.catalog, Queue: b, Model: "PhotoPerfect", Size: Size{1024, 1024}, MaxSize: 2048,
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	b.Router = NewRouter(cfg)
	return b
}

// warm waits until the lists of models are in memory.
func (b *bench) warm(t *testing.T) *bench {
	if _, err := b.catalog.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) Accept(_ context.Context, job Job) error {
	if b.full {
		return ErrBusy
	}
	b.jobs = append(b.jobs, job)
	return nil
}

// say has a user of a private Telegram chat type a line.
func (b *bench) say(t *testing.T, line string) (Reply, bool) {
	name, _, text, ok := ParseLine(line)
	if !ok {
		t.Fatalf("%q is no command", line)
	}
	return b.Handle(t.Context(), &Request{
		ID: "telegram:1:2", Address: Address{Platform: "telegram"}, User: User{ID: "7", Name: "Anna"},
		Chat: Chat{ID: "7", Private: true}, Command: name, Text: text,
	})
}

// refused checks that the line is answered with the sentence and accepted by nobody.
func (b *bench) refused(t *testing.T, line, sentence string) {
	t.Helper()
	reply, pending := b.say(t, line)
	if pending || len(b.jobs) > 0 {
		t.Errorf("%s: accepted", line)
	}
	if got := reply.Text.String(); got != sentence || !reply.Private || !reply.Failed {
		t.Errorf("%s: %q (private %v, failed %v)\nwant %q", line, got, reply.Private, reply.Failed, sentence)
	}
}

// accepted returns the one job that the line makes.
func (b *bench) accepted(t *testing.T, line string) Job {
	t.Helper()
	b.jobs = nil
	reply, pending := b.say(t, line)
	if !pending || len(b.jobs) != 1 {
		t.Fatalf("%s: not accepted: %s", line, reply.Text)
	}
	return b.jobs[0]
}

// service is a Lister and Generator.
type service struct {
	Service  // of which only Generate is there
	sd, sdxl []string
	err      error // of everything
	calls    int   // of SDModels
	request  kelly.GenerateRequest
	hold     chan struct{} // when set, lists wait for it to close
}

func (s *service) SDModels(ctx context.Context) ([]string, error) {
	s.calls++
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.sd, s.err
}

func (s *service) SDXLModels(context.Context) ([]string, error) { return s.sdxl, s.err }

func (s *service) Generate(_ context.Context, req kelly.GenerateRequest) (*kelly.Picture, error) {
	s.request = req
	if s.err != nil {
		return nil, s.err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, req.Width, req.Height))); err != nil {
		return nil, err
	}
	return kelly.NewPicture(b.Bytes())
}

func TestLinesAreCommands(t *testing.T) {
	for _, c := range []struct {
		line, name, target, rest string
		ok                       bool
	}{
		{"/imagine a red fox", "imagine", "", "a red fox", true},
		{"/Imagine@MyBot a\nb", "imagine", "MyBot", "a\nb", true},
		{"/imagine\u00a0a red fox", "imagine", "", "a red fox", true},
		{" /imagine\na", "imagine", "", "a", true},
		{"/help", "help", "", "", true},
		{"/help@MyBot", "help", "MyBot", "", true},
		{"a red fox /imagine", "", "", "", false},
		{"/", "", "", "", false},
		{"/ imagine", "", "", "", false},
		{"/@MyBot", "", "", "", false},
		{"//imagine", "", "", "", false},
		{"/usr/bin", "", "", "", false},
		{"", "", "", "", false},
	} {
		name, target, rest, ok := ParseLine(c.line)
		if name != c.name || target != c.target || rest != c.rest || ok != c.ok {
			t.Errorf("%q: %q, %q, %q, %v", c.line, name, target, rest, ok)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("/imagine@Bot a")
	f.Fuzz(func(t *testing.T, line string) {
		name, _, rest, ok := ParseLine(line)
		if ok && (name == "" || strings.ContainsAny(name, " /@") || !strings.Contains(line, rest)) {
			t.Errorf("%q: %q, %q", line, name, rest)
		}
	})
}

func TestCommandsAreWithinThePlatformsLimits(t *testing.T) {
	all := whole(t)
	for _, platform := range []string{"discord", "telegram", "cli"} {
		for _, c := range all.Commands(platform) {
			if len(c.Name) < 1 || len(c.Name) > 32 || strings.ToLower(c.Name) != c.Name {
				t.Errorf("/%s is no name for a command", c.Name)
			}
			for _, summary := range append([]string{c.Summary}, summaries(c)...) {
				if len(summary) < 1 || len(summary) > 100 {
					t.Errorf("/%s: %q has not 1 to 100 characters", c.Name, summary)
				}
			}
			if len(c.Examples) == 0 {
				t.Errorf("/%s has no example", c.Name)
			}
		}
	}
}

func summaries(c *Command) []string {
	var all []string
	if c.Argument.Name != "" {
		all = append(all, c.Argument.Summary)
	}
	for _, o := range c.Options {
		all = append(all, o.Summary)
	}
	return all
}

func TestEveryExampleWorksUnderAnySettings(t *testing.T) {
	for _, c := range []struct {
		model   string
		size    Size
		maximum int
	}{
		{"PhotoPerfect", Size{1024, 1024}, 2048},
		{"Anything V5", Size{512, 512}, 512},
		{"PhotoPerfect", Size{64, 64}, 64},
		{"PhotoPerfect", Size{100, 70}, 100},
		{"PhotoPerfect", Size{64, 10000}, 10000},
	} {
		k := &keeper{settings: map[Scope]Settings{"user:telegram:7": {Styles: map[string]Preset{exampleStyle: {Words: "soft"}}}}, offers: map[string]offered{}, platform: "telegram"}
		b := newBench(t, func(cfg *Config) {
			cfg.Model, cfg.Size, cfg.MaxSize = c.model, c.size, c.maximum
			cfg.Preferences, cfg.Offers = k, k
		}).warm(t)
		for range 100 {
			b.catalog.lists.SD = append(b.catalog.lists.SD, "PhotoPerfect")
		}
		works := func(line string) {
			t.Helper()
			if reply, _ := b.say(t, line); reply.Failed {
				t.Errorf("%+v: %s: %s", c, line, reply.Text)
			}
		}
		for _, command := range b.Commands("telegram") {
			for _, example := range command.Examples {
				works(example)
			}
			for _, option := range command.Options {
				if option.Switch { // for those who are among others
					continue
				}
				line := command.Examples[0] + " "
				works(line + example(option, false))
				works(line + example(option, true))
				if option.Complete == nil {
					continue
				}
				for _, value := range option.Complete(t.Context(), k.from("7", "7", false), "") {
					works(line + "--" + option.Flag + " " + quoted(value))
				}
			}
		}
		// What sentences show.
		for _, line := range []string{
			"/help", "/help imagine", "/models", "/imagine fox --size 1x1", "/imagine fox --size big", "/imagine fox --ar 1000:1", "/imagine fox --ar wide",
			"/imagine fox --size 64x64 --ar 1:1", "/imagine fox --size", "/imagine fox --ar", "/imagine fox --model", "/imagine fox --modle PhotoPerfect",
			"/imagine", "/imagine --no fox", "/imagine fox --model zzz",
		} {
			reply, _ := b.say(t, line)
			for _, span := range reply.Text {
				switch {
				case span.Style != Code, !strings.Contains(span.Text, " "), regexp.MustCompile(`NAME|WxH|W:H|WORDS|--n N`).MatchString(span.Text):
				case strings.HasPrefix(span.Text, "/"):
					works(span.Text)
				case strings.HasPrefix(span.Text, "--"):
					works("/imagine fox " + span.Text)
				}
			}
		}
	}
}

func TestAPanicIsAnsweredAndLoggedWithoutThePrompt(t *testing.T) {
	b := newBench(t, nil)
	b.commands[0].Run = func(context.Context, *Request) (Reply, bool, error) { panic("secret prompt") }
	b.refused(t, "/imagine secret prompt", "Something went wrong in the bot: please try again, and tell whoever runs it if it happens again.")
	if log := b.log.String(); !strings.Contains(log, "panic") || !strings.Contains(log, "commands_test.go") || strings.Contains(log, "secret") {
		t.Errorf("the log says %s", log)
	}
}

func TestAnUnknownCommandNamesTheNearest(t *testing.T) {
	b := newBench(t, nil)
	b.refused(t, "/imagin a red fox", "There is no command /imagin: try /imagine, or /help for all of them.")
	for _, far := range []string{"zzz", "ban", "filter", "status"} {
		b.refused(t, "/"+far+" a red fox", "There is no command /"+far+": /help shows all of them.")
	}
	if reply, _ := b.Handle(t.Context(), &Request{Address: Address{Platform: "discord"}, Command: "start"}); !reply.Failed {
		t.Error("/start is offered outside Telegram")
	}
}

func TestOnlyWhoIsAllowedMayUseTheBot(t *testing.T) {
	set := func(keys ...string) map[string]bool {
		m := map[string]bool{}
		for _, key := range keys {
			m[key] = true
		}
		return m
	}
	const (
		notYou  = "This bot is not open to you: please ask whoever runs it to add your id discord:1."
		notHere = "This bot is not open in this chat: please ask whoever runs it to add the id discord:30."
	)
	for _, c := range []struct {
		name   string
		access Access
		want   string
	}{
		{"no lists", Access{}, ""},
		{"a listed user", Access{Users: set("discord:1")}, ""},
		{"another user", Access{Users: set("discord:2", "telegram:1")}, notYou},
		{"a listed channel", Access{Chats: set("discord:20")}, ""},
		{"a listed server", Access{Chats: set("discord:30")}, ""},
		{"another chat", Access{Chats: set("discord:21", "telegram:20")}, notHere},
		{"a listed user in another chat", Access{Users: set("discord:1"), Chats: set("discord:21")}, notHere},
		{"another user in a listed chat", Access{Users: set("discord:2"), Chats: set("discord:20")}, notYou},
		{"an admin anywhere", Access{Users: set("discord:2"), Chats: set("discord:21"), Admins: set("discord:1")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, func(cfg *Config) { cfg.Access = c.access })
			reply, pending := b.Handle(t.Context(), &Request{
				Address: Address{Platform: "discord"}, User: User{ID: "1"}, Chat: Chat{ID: "20", Server: "30"}, Command: "imagine", Text: "fox",
			})
			if got := reply.Text.String(); got != c.want || pending != (c.want == "") || (c.want != "") != reply.Private {
				t.Errorf("%q, pending %v, private %v", got, pending, reply.Private)
			}
			if len(b.jobs) == 1 && b.jobs[0].Request.Moderator != (c.access.Admins != nil) {
				t.Error("an admin, and nobody else, is a moderator everywhere")
			}
		})
	}
}

func TestErrorsAreToldInOneSentenceWithoutTheirText(t *testing.T) {
	fault := func(kind error, change func(*kelly.Error)) error {
		e := &kelly.Error{Kind: kind, Op: "generate"}
		if change != nil {
			change(e)
		}
		return e
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.New("dial tcp: secret"), "Something went wrong in the bot"},
		{ErrBusy, "too busy to take the request right now"},
		{ErrNoRoom, "has no room for pictures right now"},
		{ErrNoRequest, "no such request here"},
		{ErrNotYours, "Only whoever asked"},
		{ErrFinished, "over already"},
		{&LimitError{Limit: UserLimit, Max: 10, Again: 100e9}, "You have 10 requests waiting, which is as many as anybody may have: please send this one again in about 2 minutes."},
		{&LimitError{Limit: TotalLimit, Max: 1000}, "There are 1000 requests waiting, which is as many as this bot takes: please send yours again in a few minutes."},
		{&LimitError{Limit: DailyLimit, Max: 50, Again: 5 * 3600e9}, "Today's 50 pictures are all drawn: please ask again in about 5 hours, when a new day begins in UTC."},
		{context.Canceled, "The bot is restarting"},
		{context.DeadlineExceeded, "took too long"},
		{fault(kelly.ErrTimeout, nil), "took too long"},
		{fault(kelly.ErrBadKey, nil), "does not accept this bot's key"},
		{fmt.Errorf("%w: %w", ErrOwnModel, fault(kelly.ErrRefused, nil)), "does not know this bot's own model: name one that /models lists, and tell whoever runs the bot."},
		{fault(kelly.ErrRefused, nil), "refused this request: please change it"},
		{fault(kelly.ErrRefused, func(e *kelly.Error) { e.Detail = "width\ntoo big" }), "refused this request (width too big): please change it"},
		{fault(kelly.ErrRefused, func(e *kelly.Error) { e.Detail = strings.Repeat("ü", 201) }), "refused this request (" + strings.Repeat("ü", 200) + "…): please change it"},
		{fault(kelly.ErrTooManyRequests, nil), "try again in a minute."},
		{fault(kelly.ErrTooManyRequests, func(e *kelly.Error) { e.RetryAfter = 1 }), "try again in 1 second."},
		{fault(kelly.ErrTooManyRequests, func(e *kelly.Error) { e.RetryAfter = 90e9 }), "try again in 90 seconds."},
		{fault(kelly.ErrTooManyRequests, func(e *kelly.Error) { e.RetryAfter = 91e9 }), "try again in 2 minutes."},
		{fault(kelly.ErrTooManyRequests, func(e *kelly.Error) { e.RetryAfter = 7200e9 }), "try again in 2 hours."},
		{fault(kelly.ErrAway, nil), "is away right now"},
		{fault(kelly.ErrTooLarge, nil), "too large to handle"},
		{fault(kelly.ErrInvalidContent, nil), "is no picture"},
		{refuse("No %s.", code("fox")), "No fox."},
	} {
		got := Explain(c.err).String()
		if !strings.Contains(got, c.want) || strings.Contains(got, "secret") || strings.Count(got, ". ") > 0 || !strings.HasSuffix(got, ".") {
			t.Errorf("%v: %q, want %q in it", c.err, got, c.want)
		}
	}
}
