package discord

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/commands"
)

var deleteButton = commands.Button{Label: "🗑️ Delete", Command: "delete", ID: "k3v9x2m4p7q8a"}

// brought delivers a picture with a button below, and returns its message.
func (b *bench) brought(t *testing.T, from botstest.From, private bool, button commands.Button) string {
	t.Helper()
	b.router.handle = nil
	b.Say(from, "/imagine a red fox")
	b.inbox.event(b.Event())
	b.inbox.running.Wait()
	reply := drawn(t, 0)
	reply.Private, reply.Buttons = private, []commands.Button{button}
	receipt, err := b.adapter.Deliver(t.Context(), b.router.last(t).Address, reply)
	if err != nil {
		t.Fatal(err)
	}
	return receipt.MessageID
}

func TestPicturesAreRemovedInTheWayThatIsThere(t *testing.T) {
	const asBot, byPress = "/channels/", "/webhooks/"
	cem := botstest.From{UserID: "7", Name: "Cem", Private: true}
	pressed := func(pressed, _ string) []string { return []string{pressed} }
	other := func(_, other string) []string { return []string{other} }
	both := func(pressed, other string) []string { return []string{other, pressed} }
	noMember := func(b *bench) { b.SetPermissions(0) }
	for name, c := range map[string]struct {
		by      botstest.From
		private bool // it is for one alone
		makes   func(b *bench)
		refuses http.HandlerFunc // answers when the bot deletes
		which   func(pressed, other string) []string
		ways    []string // how Discord is asked to delete
		want    error
		fails   bool // for another reason, which may pass
		left    int  // of two pictures
	}{
		"where the bot is a member":    {by: anna, which: pressed, ways: []string{asBot}, left: 1},
		"in a private chat":            {by: cem, which: pressed, ways: []string{asBot}, left: 1},
		"several":                      {by: anna, which: both, ways: []string{asBot, asBot}, left: 0},
		"with what is gone already":    {by: anna, which: func(pressed, _ string) []string { return []string{"1", pressed} }, ways: []string{asBot, asBot}, left: 1},
		"where the bot is no member":   {by: anna, makes: noMember, which: pressed, ways: []string{byPress}, left: 1},
		"what only one person sees":    {by: anna, private: true, which: pressed, ways: []string{byPress}, left: 1},
		"several where it is none":     {by: anna, makes: noMember, which: both, ways: []string{byPress}, want: commands.ErrTooOld, left: 1},
		"only another where it is one": {by: anna, which: other, ways: []string{asBot}, left: 1},
		"only another where it is not": {by: anna, makes: noMember, which: other, want: commands.ErrTooOld, left: 2},
		"in a channel that it may not see any more": {by: anna, refuses: refusing(http.StatusForbidden, codeMissingAccess),
			which: pressed, ways: []string{asBot, byPress}, left: 1},
		"while Discord is away": {by: anna, refuses: page(http.StatusServiceUnavailable),
			which: pressed, ways: []string{asBot, asBot, asBot}, fails: true, left: 2},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(t *testing.T, b *bench) {
				other := b.brought(t, c.by, false, deleteButton)
				b.brought(t, c.by, c.private, deleteButton)
				if c.makes != nil {
					c.makes(b)
				}
				var ways []string
				b.SetFault(func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != http.MethodDelete {
						return false
					}
					way := asBot
					if strings.Contains(r.URL.Path, byPress) {
						way = byPress
					}
					ways = append(ways, way)
					if c.refuses != nil && way == asBot {
						c.refuses(w, r)
						return true
					}
					return false
				})
				var err error
				b.router.handle = func(ctx context.Context, req *commands.Request) (commands.Reply, bool) {
					err = b.adapter.Remove(ctx, req.Address, c.which(req.Message, other))
					return commands.Reply{Text: commands.T("That was it."), Private: true}, false
				}
				b.press(c.by, b.Messages()[1], deleteButton.Label)
				if c.fails && (err == nil || errors.Is(err, commands.ErrTooOld)) || !c.fails && !errors.Is(err, c.want) {
					t.Errorf("the error is %v, want %v", err, c.want)
				}
				if !slices.Equal(ways, c.ways) {
					t.Errorf("Discord is asked by %v, want %v", ways, c.ways)
				}
				left, said := 0, 0
				for _, m := range b.Messages() {
					left += len(m.Files)
					if m.Text == "That was it." && m.For == c.by.UserID {
						said++
					}
				}
				if left != c.left || said != 1 || b.warned() {
					t.Errorf("%d pictures are left, want %d; people see %+v; the log has\n%s", left, c.left, b.Messages(), b.log)
				}
			})
		})
	}
}

func TestWhatIsNotPressedHasNoOtherWay(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.SetPermissions(0)
		address := b.accepted(t)
		if err := b.adapter.Remove(t.Context(), address, []string{"1"}); !errors.Is(err, commands.ErrTooOld) {
			t.Errorf("the error is %v", err)
		}
	})
}
