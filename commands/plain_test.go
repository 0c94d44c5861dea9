package commands

import (
	"strings"
	"testing"
)

func TestPlainTextIsDrawnAfterAskingOnce(t *testing.T) {
	k := newKeeper(t)
	own := func() *Request { return k.from("7", "7", false) }
	asked, pending := k.types(t, own(), "/say a red fox --n 2")
	if pending || asked.Text.String() != "Shall I draw that?" || labels(asked) != "✏️ Draw it | ♾️ Always draw what I write | 🚫 No" {
		t.Fatalf("%q with %s", asked.Text, labels(asked))
	}
	reply, pending := k.presses(t, own(), asked, "✏️ Draw it")
	if job := k.drawn(t, reply, pending); job.Generate.Prompt != "a red fox" || job.Count != 2 || job.Request.Command != "imagine" || k.settings["user:telegram:7"].Plain != nil {
		t.Errorf("once: %+v", job)
	}

	reply, pending = k.presses(t, own(), asked, "♾️ Always draw what I write")
	if job := k.drawn(t, reply, pending); job.Generate.Prompt != "a red fox" || !is(k.settings["user:telegram:7"].Plain) {
		t.Errorf("always: %+v", job)
	}
	reply, pending = k.types(t, own(), "/say another fox")
	if job := k.drawn(t, reply, pending); job.Generate.Prompt != "another fox" {
		t.Errorf("from then on: %+v", job)
	}

	reply, pending = k.presses(t, own(), asked, "🚫 No")
	if pending || !reply.Update || !strings.HasPrefix(reply.Text.String(), "I leave plain text alone: ") || k.settings["user:telegram:7"].Plain == nil || is(k.settings["user:telegram:7"].Plain) {
		t.Errorf("no: %+v", reply)
	}
	if reply, pending = k.types(t, own(), "/say a fox"); pending || reply.Update || !strings.Contains(reply.Text.String(), "/imagine a red fox in snow") {
		t.Errorf("from then on: %+v", reply)
	}
	if reply, _ = k.types(t, own(), "/say"); !strings.HasPrefix(reply.Text.String(), "Welcome!") {
		t.Errorf("a picture without words: %q", reply.Text)
	}
}
