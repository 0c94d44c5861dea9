package discord

import (
	"context"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

func TestAPanicIsLoggedWithItsStackAndToldToWhomItConcerns(t *testing.T) {
	const sentence = "Something went wrong in the bot: please try again, and tell whoever runs it if it happens again."
	privately := []botstest.Message{{Text: sentence, For: anna.UserID}}
	panics := func(_ context.Context, req *commands.Request) (commands.Reply, bool) { panic("cannot " + req.Text) }
	for name, c := range map[string]struct {
		handle func(context.Context, *commands.Request) (commands.Reply, bool)
		do     func(b *bench)
		want   []botstest.Message
		stack  string // is in the log
	}{
		"in a command": {panics, func(b *bench) { b.say("/imagine a red fox") }, privately, "panic_test.go"},
		"in a command that takes long": {func(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
			after(2*ackWithin, commands.Reply{})(ctx, req)
			panic("cannot " + req.Text)
		}, func(b *bench) { b.say("/imagine a red fox") }, privately, "panic_test.go"},
		"in a private command that takes long": {func(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
			after(2*ackWithin, commands.Reply{})(ctx, req)
			panic("cannot " + req.Text)
		}, func(b *bench) { b.say("/models a red fox") }, privately, "panic_test.go"},
		"while rendering": {after(0, commands.Reply{Text: commands.T("a red fox"), Images: make([]commands.Image, 1)}),
			func(b *bench) { b.say("/imagine a red fox") }, privately, "ladder.go"},
		"while rendering late": {after(2*ackWithin, commands.Reply{Text: commands.T("a red fox"), Images: make([]commands.Image, 1)}),
			func(b *bench) { b.say("/imagine a red fox") }, privately, "ladder.go"},
		"in the registry": {nil, func(b *bench) {
			b.Say(anna, "/imagine a red fox")
			b.router.registry = "a red fox is no command"
			b.inbox.event(b.Event())
		}, privately, "helpers_test.go"},
		"at a button": {panics, func(b *bench) {
			b.Interact(anna, "imagine", map[string]any{"type": 3, "data": map[string]any{"component_type": 2, "custom_id": "retry:k3v9x2m4p7q8a"}})
			b.inbox.event(b.Event())
		}, privately, "panic_test.go"},
		"while completing": {nil, func(b *bench) {
			b.Type(anna, "imagine", "model", "a red fox")
			b.router.registry = "a red fox is no command"
			b.inbox.event(b.Event())
		}, nil, "helpers_test.go"},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				b.router.handle = c.handle
				c.do(b)
				b.inbox.running.Wait()
				b.want(t, c.want...)
				log := b.log.String()
				if strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, c.stack) || strings.Contains(log, "red fox") {
					t.Errorf("the log has\n%s", log)
				}
				if c.want == nil {
					if got := b.Choices(); len(got) != 1 || len(got[0]) != 0 {
						t.Errorf("offered are %q", got)
					}
				}
				b.router.handle, b.router.registry = after(0, commands.Reply{Text: commands.T("Said.")}), ""
				b.say("/imagine a red fox")
				b.inbox.running.Wait()
				b.want(t, append(c.want, botstest.Message{Text: "Said."})...)
			})
		})
	}
}
