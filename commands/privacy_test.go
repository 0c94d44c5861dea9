package commands

import (
	"errors"
	"strings"
	"testing"
)

func TestPrivacySaysHowLong(t *testing.T) {
	k := newKeeper(t)
	reply, _ := k.types(t, k.from("7", "30", false), "/privacy")
	text := reply.Text.String()
	for _, want := range []string{"Requests: ", "links to the answers, for 30 days.\n", "Pictures: the files of your pictures, for 7 days at most", "/export gives you", "/forget deletes it."} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q: %s", want, text)
		}
	}
	if !reply.Private || len(text) > 1500 {
		t.Errorf("%d bytes, private %v", len(text), reply.Private)
	}
	k.cfg.Retention = 0
	if text := k.cfg.privacy().String(); !strings.Contains(text, "links to the answers, until you delete them.") {
		t.Errorf("kept for ever: %s", text)
	}
}

func TestAnExportIsForOnesOwnEyes(t *testing.T) {
	k := newKeeper(t)
	reply, _ := k.types(t, k.from("7", "30", false), "/export")
	if reply.Text.String() != "Others read the answers here: send /export to me in a private chat." || len(reply.Files) > 0 || !reply.Failed {
		t.Errorf("among others: %+v", reply)
	}
	reply, _ = k.types(t, k.from("7", "7", false), "/export")
	if len(reply.Files) != 1 || string(reply.Files[0].Bytes) != `{"user":"7"}` || reply.Files[0].Name != "kellybot-export.json" || !reply.Private || reply.Text.String() != "This is all that the bot stores of you here." {
		t.Errorf("alone: %+v", reply)
	}
	if reply, _ = k.types(t, k.from("8", "8", false), "/export"); !strings.Contains(reply.Text.String(), "without the oldest requests") {
		t.Errorf("cut: %q", reply.Text)
	}
}

func TestWhoAsksAsTheChatConfirmsAsItsModerator(t *testing.T) {
	k := newKeeper(t)
	anonymous := k.from("30", "30", true)
	anonymous.Alone, anonymous.Chat.Private = false, false
	asked, _ := k.types(t, anonymous, "/forget")
	for name, other := range map[string]*Request{"a member": k.from("7", "30", false), "another chat's moderator": k.from("7", "31", true)} {
		if reply, _ := k.presses(t, other, asked, "🗑️ Delete everything"); !reply.Failed || len(k.forgot) > 0 {
			t.Errorf("%s reads %q, and %v are forgotten", name, reply.Text, k.forgot)
		}
	}
	k.fails = errors.New("the disk is full")
	failed, _ := k.presses(t, k.from("7", "30", true), asked, "🗑️ Delete everything")
	k.fails = nil
	if reply, _ := k.presses(t, k.from("7", "30", true), failed, "🔁 Retry"); reply.Failed || strings.Join(k.forgot, ",") != "30,30" {
		t.Errorf("a moderator reads %q, and %v are forgotten", reply.Text, k.forgot)
	}
}

func TestNobodyIsForgottenBeforeTheyConfirm(t *testing.T) {
	k := newKeeper(t)
	asked, _ := k.types(t, k.from("7", "30", false), "/forget")
	if len(k.forgot) > 0 || labels(asked) != "🗑️ Delete everything" || !asked.Private || asked.Update {
		t.Fatalf("%q with %s", asked.Text, labels(asked))
	}
	if reply, _ := k.presses(t, k.from("8", "30", true), asked, "🗑️ Delete everything"); !reply.Failed || len(k.forgot) > 0 {
		t.Fatalf("another reads %q, and %v are forgotten", reply.Text, k.forgot)
	}
	reply, _ := k.presses(t, k.from("7", "30", false), asked, "🗑️ Delete everything")
	if reply.Failed || !reply.Update || !reply.Private || strings.Join(k.forgot, ",") != "7" {
		t.Errorf("%+v, and %v are forgotten", reply, k.forgot)
	}
	// What was taken is taken, and ids that strangers write ask anew.
	for _, forged := range []*Request{
		{Command: "offer", Text: asked.Buttons[0].ID, Pressed: true},
		{Command: "forget", Text: "everything", Pressed: true}, {Command: "forget", Text: "everything"},
	} {
		req := k.from("7", "7", false)
		req.Command, req.Text, req.Pressed = forged.Command, forged.Text, forged.Pressed
		if reply, _ := k.Handle(t.Context(), req); len(k.forgot) > 1 {
			t.Errorf("%s:%s forgets: %q", req.Command, req.Text, reply.Text)
		}
	}
}
