package botstest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kellybot/bots"
)

// patience bounds each wait for something that must happen; it is never
// waited out in a test that passes.
const patience = 30 * time.Second

// Run checks that the adapter of a platform does what the contract of
// bots.Adapter says. start returns a new platform for each test.
func Run(t *testing.T, start func(t *testing.T) Platform) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, p Platform)
	}{
		{"a command reaches the router as it was typed", testRequest},
		{"a reply is read as it was written", testReply},
		{"a private reply is for the requester", testPrivate},
		{"a picture arrives byte for byte, with its name", testPicture},
		{"a spoiler is hidden, and nothing else", testSpoiler},
		{"several pictures are one answer, in order", testSeveral},
		{"a picture arrives as a file where that is asked", testDocument},
		{"a file arrives byte for byte, with its name", testFile},
		{"a picture of the user's own can be fetched", testAttachment},
		{"what is no picture of the platform's is not fetched", testUnfetched},
		{"a prompt pings nobody and is no markup", testMarkup},
		{"a long prompt is cut and the rest stays", testLongPrompt},
		{"a late refusal is for the requester and leaves no placeholder", testLateRefusal},
		{"one slow request holds up nobody", testConcurrent},
		{"an event delivered twice has one id", testRepeat},
		{"an address outlives the adapter that made it", testAddress},
		{"work in progress shows", testProgress},
		{"a status shows, changes in place, and goes with the answer", testStatus},
		{"a status outlives the adapter that showed it", testStatusElsewhere},
		{"pressing a button is a request of whoever presses", testPress},
		{"a failure can be tried again by its button", testRetryButton},
		{"a form asks, and its answer is a request", testForm},
		{"a reply takes the place of the message whose button was pressed", testUpdate},
		{"what is removed is gone, and gone again is no error", testRemove},
		{"somebody who has not asked is written to in private", testWriter},
		{"the menu is the registry", testMenu},
		{"a picture over the platform's limit that cannot be made smaller is answered in words", testTooLarge},
		{"a refused token ends the adapter", testToken},
		{"the check names the bot", testCheck},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, start(t)) })
	}
}

var anna = From{UserID: "1001", Name: "Anna"}

func testToken(t *testing.T, p Platform) {
	if solitary(p) {
		t.Skip("the platform has no tokens")
	}
	p.RefuseToken()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	adapter := p.Adapter(t, newRouter())
	if err := adapter.Run(ctx, func() {}); !errors.Is(err, bots.ErrToken) {
		t.Errorf("Run ended with %v, want bots.ErrToken", err)
	}
	if _, err := adapter.Check(ctx); !errors.Is(err, bots.ErrToken) {
		t.Errorf("Check ended with %v, want bots.ErrToken", err)
	}
}

func testCheck(t *testing.T, p Platform) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	identity, err := p.Adapter(t, newRouter()).Check(ctx)
	if err != nil || !strings.HasPrefix(identity, "@") {
		t.Errorf("Check returned %q, %v", identity, err)
	}
}
