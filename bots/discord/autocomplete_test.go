package discord

import (
	"context"
	"slices"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

// completions offers what Discord would refuse among what it takes.
func completions(_ context.Context, _ *commands.Request, typed string) []string {
	all := []string{typed + "Perfect", "", strings.Repeat("m", 101), strings.Repeat("🦊", 51), typed + "Perfect", strings.Repeat("é", 100)}
	for n := range 50 {
		all = append(all, strings.Repeat("n", n+1))
	}
	return all
}

func TestCompletionsAreWhatDiscordTakes(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		for _, option := range []string{"model", "negative", "unknown"} {
			b.Type(anna, "imagine", option, "Photo")
			b.inbox.event(b.Event())
			b.inbox.running.Wait()
		}
		got := b.Choices()
		if len(got) != 3 || len(got[0]) != 25 || !slices.Equal(got[0][:3], []string{"PhotoPerfect", strings.Repeat("é", 100), "n"}) {
			t.Fatalf("the choices are %q", got)
		}
		if len(got[1])+len(got[2]) != 0 {
			t.Errorf("options without completion offer %q", got[1:])
		}
	})
}

func TestNobodyMissesACompletionThatFails(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.Type(botstest.From{UserID: "2", Name: "Bo"}, "imagine", "model", "")
		b.inbox.event(b.Event())
		b.inbox.event(b.Event()) // the second answer is refused
		b.inbox.running.Wait()
		if b.warned() {
			t.Errorf("the log has %s", b.log)
		}
	})
}
