package commands

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// ledger is a Requests that says what a test tells it to.
type ledger struct {
	*bench
	line      Line
	err       error
	cancelled []string
	abandoned []string
	retried   []string
}

func (l *ledger) Cancel(_ context.Context, _ *Request, id string) error {
	l.cancelled = append(l.cancelled, id)
	return l.err
}

func (l *ledger) Abandon(_ context.Context, id string) error {
	l.abandoned = append(l.abandoned, id)
	return l.err
}

func (l *ledger) Retry(_ context.Context, _ *Request, id string) error {
	l.retried = append(l.retried, id)
	return l.err
}

func (l *ledger) Line(context.Context, *Request) (Line, error) { return l.line, l.err }

func newLedger(t *testing.T) *ledger {
	l := &ledger{}
	l.bench = newBench(t, func(cfg *Config) { cfg.Requests = l })
	return l
}

func TestARequestWhoseAnswerNobodyTakesIsGivenUp(t *testing.T) {
	l := newLedger(t)
	for _, l.err = range []error{nil, ErrFinished} {
		l.Router.Abandon(t.Context(), &Request{ID: "discord:1:2"})
	}
	if !slices.Equal(l.abandoned, []string{"discord:1:2", "discord:1:2"}) {
		t.Errorf("given up are %q", l.abandoned)
	}
}

func TestCancelSaysWhatCameOfIt(t *testing.T) {
	for _, c := range []struct {
		line, id string
		err      error
		want     string
	}{
		{"/cancel", "", nil, "The request is cancelled."},
		{"/cancel  k3v9x2m4p7q8a ", "k3v9x2m4p7q8a", nil, "The request is cancelled."},
		{"/cancel", "", ErrNoRequest, "You have nothing to cancel here."},
		{"/cancel x", "x", ErrNoRequest, "There is no such request here: /queue shows yours."},
		{"/cancel x", "x", ErrNotYours, "Only whoever asked for that picture, or a moderator, can do this: /queue shows your own requests."},
		{"/cancel x", "x", ErrFinished, "That request is over already: ask for a new one with /imagine."},
		{"/cancel x", "x", errors.New("database"), "Something went wrong in the bot: please try again, and tell whoever runs it if it happens again."},
	} {
		l := newLedger(t)
		l.err = c.err
		reply, pending := l.say(t, c.line)
		if pending || !reply.Private || reply.Failed != (c.err != nil) || reply.Text.String() != c.want || l.cancelled[0] != c.id {
			t.Errorf("%s (%v): %+v, cancelled %q", c.line, c.err, reply, l.cancelled)
		}
	}
}

func TestRetryIsForButtonsAlone(t *testing.T) {
	l := newLedger(t)
	for _, command := range l.Commands("discord") {
		if command.Name == "retry" {
			t.Error("/retry is in the menu")
		}
	}
	if _, pending := l.say(t, "/retry k3v9x2m4p7q8a"); !pending || l.retried[0] != "k3v9x2m4p7q8a" {
		t.Errorf("pending %v, retried %q", pending, l.retried)
	}
	l.err = &LimitError{Limit: UserLimit, Max: 10}
	if reply, pending := l.say(t, "/retry x"); pending || !reply.Failed || !strings.Contains(reply.Text.String(), "You have 10 requests waiting") {
		t.Errorf("over a limit: %+v, pending %v", reply, pending)
	}
}

func TestQueueShowsNumbersAndOnesOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger(t)
		now := time.Now()
		for _, c := range []struct {
			line Line
			want string
		}{
			{Line{}, "0 requests at work, 0 requests waiting.\nNone of them is yours: ask for a picture with /imagine."},
			{Line{Running: 1, Waiting: 2, Own: []Standing{
				{ID: "a", Prompt: "a red\nfox", Since: now.Add(-12 * time.Second), Ready: now.Add(20 * time.Second)},
				{ID: "b", Prompt: "snow", Position: 3, Ready: now.Add(-time.Second)},
				{ID: "c", Prompt: strings.Repeat("x", 100), Position: 4},
				{ID: "d", Prompt: "sea"},
			}}, "1 request at work, 2 requests waiting." +
				"\na is being drawn, started 12 seconds ago, ready in about 20 seconds: a red fox" +
				"\nb is about #3 in line, ready any moment: snow" +
				"\nc is about #4 in line: " + strings.Repeat("x", 60) + "…" +
				"\nd is kept until the picture service is back: sea" +
				"\n/cancel and an id cancels one."},
			{Line{Away: now}, "0 requests at work, 0 requests waiting. The picture service has been away since 00:00 UTC; everything is kept until it is back.\nNone of them is yours: ask for a picture with /imagine."},
		} {
			l.line = c.line
			if reply, _ := l.say(t, "/queue"); reply.Text.String() != c.want || !reply.Private {
				t.Errorf("got  %q\nwant %q", reply.Text, c.want)
			}
		}
	})
}

func TestStatusesBeginWithAnHourglassAndCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		for want, status := range map[string]Status{
			"⏳ You are about #3 in line.":                                            Waiting("id", 3, time.Time{}),
			"⏳ You are about #3 in line, your picture is ready in about 40 seconds.": Waiting("id", 3, now.Add(40*time.Second)),
			"⏳ Drawing: started 7 seconds ago.":                                      Drawing("id", now.Add(-7*time.Second), time.Time{}),
			"⏳ Drawing: started 7 seconds ago, ready in about 2 minutes.":            Drawing("id", now.Add(-7*time.Second), now.Add(100*time.Second)),
			"⏳ Kelly has been away since 00:00 UTC; your request is kept.":           Held("id", now),
		} {
			if status.Text.String() != want || len(status.Buttons) != 1 || status.Buttons[0].Command != "cancel" || status.Buttons[0].ID != "id" {
				t.Errorf("got %q with %v, want %q", status.Text, status.Buttons, want)
			}
		}
		// Platforms that count by themselves get the moment.
		for _, span := range Waiting("id", 3, now.Add(40*time.Second)).Text {
			if strings.HasPrefix(span.Text, "in about") && !span.At.Equal(now.Add(40*time.Second)) {
				t.Errorf("the moment is %v", span.At)
			}
		}
	})
}

func TestWhereTheBotMayNotSendPicturesNoneIsDrawn(t *testing.T) {
	l := newLedger(t)
	const refused = "The bot may not send pictures here (missing: Attach Files): " +
		"please ask in another chat, or have whoever manages this one allow it."
	for name, want := range map[string]string{"imagine": refused, "retry": refused, "cancel": "The request is cancelled."} {
		reply, pending := l.Handle(t.Context(), &Request{
			ID: "discord:1:2", Address: Address{Platform: "discord"}, User: User{ID: "7", Name: "Anna"},
			Chat: Chat{ID: "7", Lacks: "Attach Files"}, Command: name, Text: "k3v9x2m4p7q8a",
		})
		if pending || !reply.Private || reply.Failed != (name != "cancel") || reply.Text.String() != want {
			t.Errorf("/%s: %+v", name, reply)
		}
	}
	if len(l.jobs) != 0 || len(l.retried) != 0 {
		t.Error("a picture is asked for all the same")
	}
}
