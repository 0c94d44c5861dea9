package botstest

import (
	"slices"
	"strings"
	"testing"

	"kellybot/commands"
)

func testReply(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	router.reply("help", commands.Reply{Text: commands.Text{
		{Text: "Bold", Style: commands.Bold}, {Text: " and "}, {Text: "--code `x` <y>", Style: commands.Code}, {Text: "\nend & \\ <i>"},
	}})
	p.Say(anna, "/help")
	if got, want := await(t, p, 1)[0].Text, "Bold and --code `x` <y>\nend & \\ <i>"; got != want {
		t.Errorf("people read %q, want %q", got, want)
	}
}

func testPrivate(t *testing.T, p Platform) {
	router := newRouter()
	run(t, p, router)
	router.reply("imagine", commands.Reply{Text: commands.T("No."), Private: true, Failed: true})
	p.Say(anna, "/imagine")
	if got := await(t, p, 1)[0]; got.Text != "No." || got.For != "" && got.For != anna.UserID {
		t.Errorf("people see %+v", got)
	}
}

func testPicture(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	req := router.next(t)
	image := picture(t, 640, 384)
	receipt := deliver(t, adapter, req, pictureReply("a red fox", image))
	got := await(t, p, 1)[0]
	if len(got.Files) != 1 || !slices.Equal(got.Files[0].Bytes, image.Bytes()) {
		t.Fatalf("people see %d files, or other bytes than were delivered", len(got.Files))
	}
	if got.Files[0].Name != "a-red-fox.png" || got.Files[0].ContentType != "image/png" {
		t.Errorf("the file is %q, %q", got.Files[0].Name, got.Files[0].ContentType)
	}
	if !strings.HasPrefix(got.Text, "a red fox\nPhotoPerfect · 640×384 · 1.0 s") || got.For != "" {
		t.Errorf("people read %q", got.Text)
	}
	if receipt.MessageID == "" {
		t.Error("the receipt names no message")
	}
}

func testSpoiler(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	for n, spoiler := range []bool{true, false} {
		p.Say(anna, "/imagine a red fox")
		reply := pictureReply("a red fox", picture(t, 64, 64))
		reply.Images[0].Spoiler = spoiler
		deliver(t, adapter, router.next(t), reply)
		got := await(t, p, n+1)[n]
		if len(got.Files) != 1 || got.Files[0].Spoiler != spoiler || !strings.HasSuffix(got.Files[0].Name, "a-red-fox.png") {
			t.Errorf("for spoiler %v people see the files %q", spoiler, names(got.Files))
		}
	}
}

func names(files []File) (names []string) {
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

func testTooLarge(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox")
	deliver(t, adapter, router.next(t), pictureReply("a red fox", unreadable(t, 60<<20)))
	got := await(t, p, 1)[0]
	if len(got.Files) != 0 || !strings.Contains(got.Text, "60") || !strings.Contains(got.Text, "MB") && !strings.Contains(got.Text, "MiB") {
		t.Errorf("people see %d files and read %q", len(got.Files), got.Text)
	}
}

func testMarkup(t *testing.T, p Platform) {
	for _, prompt := range []string{
		"@everyone @here <@1> <@&2> <#3> </imagine:4> <t:5:R> <:x:6> [a](https://example.com)",
		"**a** _b_ __c__ ~~d~~ ||e|| `f` ```g``` > h\n# i\n- j\n1. k\n-# l",
		"<b>a</b> <a href=\"tg://user?id=1\">b</a> &amp; &lt; & < > \" '",
		"back\\slash \\* `` ` `` *** ___ a_b_c snake*case https://example.com/a_b_c",
	} {
		router := newRouter()
		t.Run("", func(t *testing.T) {
			adapter := run(t, p, router)
			before := len(p.Messages())
			p.Say(anna, "/imagine "+prompt)
			req := router.next(t)
			deliver(t, adapter, req, pictureReply(prompt, picture(t, 64, 64)))
			got := await(t, p, before+1)[before]
			if !strings.HasPrefix(got.Text, prompt+"\nPhotoPerfect") {
				t.Errorf("people read %q, want %q first", got.Text, prompt)
			}
			if others := slices.DeleteFunc(slices.Clone(got.Pings), func(id string) bool { return id == anna.UserID }); len(others) > 0 {
				t.Errorf("the answer pings %v", others)
			}
		})
	}
}

func testLongPrompt(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	for i, prompt := range []string{strings.Repeat("fox & <b> *", 181), strings.Repeat("🦊", 2000), strings.Repeat("é́", 1000)} {
		p.Say(anna, "/imagine fox")
		deliver(t, adapter, router.next(t), pictureReply(prompt, picture(t, 64, 64)))
		got := await(t, p, i+1)[i]
		cut, rest, found := strings.Cut(got.Text, "…\n")
		if !found || !strings.HasPrefix(prompt, cut) || len(cut) < 400 || !strings.HasPrefix(rest, "PhotoPerfect · 640×384 · 1.0 s") {
			t.Errorf("people read %d bytes, ending in %q", len(got.Text), rest)
		}
	}
}

func testLateRefusal(t *testing.T, p Platform) {
	router := newRouter()
	adapter := run(t, p, router)
	p.Say(anna, "/imagine a red fox --model x")
	req := router.next(t)
	deliver(t, adapter, req, commands.Reply{Text: commands.T("There is no model x."), Private: true, Failed: true})
	got := await(t, p, 1)
	if len(got) != 1 || got[0].Text != "There is no model x." || got[0].For != "" && got[0].For != anna.UserID {
		t.Errorf("people see %+v", got)
	}
}
