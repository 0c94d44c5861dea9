package discord

import (
	"context"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

func TestWhatTheBotMayDoInAPlaceDecidesWhatIsDrawnAndUntilWhen(t *testing.T) {
	const all = discordgo.PermissionViewChannel | discordgo.PermissionSendMessages | discordgo.PermissionAttachFiles
	channel := func(kind int) map[string]any {
		return map[string]any{"channel": map[string]any{"id": "1", "type": kind}}
	}
	told := func(permissions any) map[string]any { return map[string]any{"app_permissions": permissions} }
	for name, c := range map[string]struct {
		permissions int64
		from        botstest.From
		changed     map[string]any
		limited     bool   // to the time of the interaction's token
		lacks       string // for pictures
	}{
		"a server that the bot is in":         {permissions: all},
		"one where it is an administrator":    {permissions: discordgo.PermissionAdministrator},
		"one that only a user has it in":      {permissions: 0, limited: true},
		"one that has only its commands":      {permissions: discordgo.PermissionAttachFiles | discordgo.PermissionEmbedLinks, limited: true},
		"the same, without files":             {permissions: discordgo.PermissionEmbedLinks, limited: true, lacks: "Attach Files"},
		"a channel that is hidden":            {permissions: all &^ discordgo.PermissionViewChannel, limited: true, lacks: "View Channel"},
		"one that is not for writing":         {permissions: all &^ discordgo.PermissionSendMessages, limited: true, lacks: "Send Messages"},
		"one without pictures":                {permissions: all &^ discordgo.PermissionAttachFiles, limited: true, lacks: "Attach Files"},
		"one for reading alone":               {permissions: discordgo.PermissionViewChannel, limited: true, lacks: "Send Messages, Attach Files"},
		"one where nothing is allowed":        {permissions: all, changed: told("0"), limited: true, lacks: "Attach Files"},
		"one of which Discord does not say":   {permissions: all, changed: told(nil), limited: true},
		"a thread":                            {permissions: all | discordgo.PermissionSendMessagesInThreads, changed: channel(11)},
		"a thread that is not for it":         {permissions: all, changed: channel(11), limited: true, lacks: "Send Messages in Threads"},
		"a thread in a channel to be read in": {permissions: all&^discordgo.PermissionSendMessages | discordgo.PermissionSendMessagesInThreads, changed: channel(11)},
		"a private chat with the bot":         {from: botstest.From{UserID: "7", Private: true}},
		"a chat between users": {from: botstest.From{UserID: "7", Private: true}, limited: true,
			changed: map[string]any{"context": 2, "authorizing_integration_owners": map[string]any{"1": "7"}}},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				if c.from.UserID == "" {
					c.from = anna
				}
				b.SetPermissions(c.permissions)
				b.Interact(c.from, "imagine", c.changed)
				b.inbox.event(b.Event())
				b.inbox.running.Wait()
				req := b.router.last(t)
				if req.Chat.Lacks != c.lacks {
					t.Errorf("it lacks %q, want %q", req.Chat.Lacks, c.lacks)
				}
				got := b.adapter.Until(req.Address)
				if c.limited && time.Until(got) != deliverWithin || !c.limited && !got.IsZero() {
					t.Errorf("it can be answered until %v", got)
				}
			})
		})
	}
	if got := new(Adapter).Until(commands.Address{}); !got.IsZero() {
		t.Errorf("what is no address can be answered until %v", got)
	}
}

// queue counts what is asked for.
type queue struct{ jobs int }

func (q *queue) Accept(context.Context, commands.Job) error { q.jobs++; return nil }

func TestAMissingPermissionIsSaidToTheRequesterBeforeAnythingIsDrawn(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		q := new(queue)
		real := commands.NewRouter(commands.Config{Catalog: &commands.Catalog{}, Queue: q, Size: commands.Size{Width: 64, Height: 64}, MaxSize: 64, Log: b.adapter.log})
		b.router.handle = real.Handle
		b.SetPermissions(discordgo.PermissionViewChannel | discordgo.PermissionSendMessages)
		b.say("/imagine a red fox")
		b.inbox.running.Wait()
		b.want(t, botstest.Message{
			Text: "The bot may not send pictures here (missing: Attach Files): please ask in another chat, or have whoever manages this one allow it.",
			For:  anna.UserID,
		})
		b.SetPermissions(discordgo.PermissionViewChannel | discordgo.PermissionSendMessages | discordgo.PermissionAttachFiles)
		b.say("/imagine a red fox")
		b.inbox.running.Wait()
		if q.jobs != 1 {
			t.Errorf("%d pictures are asked for", q.jobs)
		}
	})
}
