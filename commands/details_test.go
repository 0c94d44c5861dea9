package commands

import (
	"errors"
	"strings"
	"testing"
)

func TestDetailsAreTheCommandThatAsksAnew(t *testing.T) {
	g := newGallery(t)
	for id, want := range map[string]string{
		fox: "Anything V5 · 768×512 · 8.2 s · 2026-11-22 20:30 UTC · " + fox + "\n" +
			`/imagine a red fox \--really --model "Anything V5" --size 768x512 --n 2 --no text, people`,
		large:  "upscaled · 2048×2048 · 0001-01-01 00:00 UTC · " + large + "\n/upscale " + fox,
		edited: "edited · 0001-01-01 00:00 UTC · " + edited + "\n/edit at night --id " + fox,
	} {
		reply, _ := g.ask(t, "/details "+id, nil)
		if reply.Text.String() != want || !reply.Private || reply.Start != "details_"+id {
			t.Errorf("%+v\nwant %s", reply, want)
		}
		line := reply.Text[len(reply.Text)-1]
		if line.Style != Code {
			t.Errorf("the command is %+v", line)
		}
		if again := g.accepted(t, line.Text, nil); again.Work != g.pictures[id].Job.Work || again.Generate.Prompt != g.pictures[id].Job.Generate.Prompt && id != large ||
			again.Count != g.pictures[id].Job.Count || id != large && again.negativeWords() != g.pictures[id].Job.negativeWords() {
			t.Errorf("%s asks for %+v", line.Text, again)
		}
	}
}

func TestACommandThatIsTooLongForAMessageIsAFile(t *testing.T) {
	g := newGallery(t)
	long := g.pictures[fox]
	long.Job.Request.User.ID = "7"
	long.Job.Generate.Prompt = strings.Repeat("a `red` fox, ", 150)
	g.pictures[fox] = long
	line := long.Job.line("imagine")
	at := "Anything V5 · 768×512 · 8.2 s · 2026-11-22 20:30 UTC · " + fox + "\n"
	const instead = "The command is too long for a message: command.txt has it whole."
	there, _ := g.ask(t, "/details "+fox, nil)
	for _, c := range []struct {
		reply Reply
		text  string
	}{{there, at + instead}, {Read(long.Job), "The picture's file says that it was made by this command:\n" + instead}} {
		if len(c.reply.Files) != 1 || string(c.reply.Files[0].Bytes) != line || c.reply.Text.String() != c.text {
			t.Errorf("it is %q with %q, not %q with %q", c.reply.Text, c.reply.Files, c.text, line)
		}
	}
	// Where others would see the file, as much as fits stands there, and a link leads to the rest.
	public, _ := g.ask(t, "/details "+fox, func(r *Request) { r.Alone = false })
	if len(public.Files) > 0 || public.Text.String() != at+line || public.Start == "" {
		t.Errorf("in a group it is %+v", public)
	}
}

func TestTheDetailsBehindALinkAreForWhoeverPressed(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.bench, settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	g.cfg.Preferences, g.cfg.Offers, g.cfg.Records = k, k, k
	k.Router = NewRouter(g.cfg)
	own := g.pictures[fox]
	own.Job.Request.User.ID = "7"
	g.pictures[fox] = own
	g.only = "30"

	pressed := func(user string) string {
		req := k.from(user, "30", false)
		req.Command, req.Text, req.Pressed = "details", fox, true
		reply, _ := k.Handle(t.Context(), req)
		return reply.Start
	}
	if got := pressed("7"); got != "details_"+fox || len(k.offers) > 0 {
		t.Errorf("its requester's link starts with %q", got)
	}
	for user, link := range map[string]string{"8": pressed("8"), "9": pressed("8")} {
		reads := func() string {
			reply, _ := k.types(t, k.from(user, user, false), "/start "+link)
			return reply.Text.String()
		}
		const refused = "This link works once, within a day, and for whoever pressed the button: please press it again below the picture."
		first := reads()
		if user == "8" && (!strings.Contains(first, "/imagine a red fox") || reads() != refused) || user == "9" && first != refused {
			t.Errorf("%s reads %q behind %s", user, first, link)
		}
	}
	if reply, _ := k.types(t, k.from("8", "8", false), "/start details_"+fox); !reply.Failed {
		t.Errorf("by the picture's id, others read %q", reply.Text)
	}
	k.err = errors.New("away")
	if got := pressed("8"); got != "" {
		t.Errorf("what could not be stored starts with %q", got)
	}
}
