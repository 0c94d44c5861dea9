package commands

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"kellybot/kelly"
)

func TestThePictureIsFoundByIDAttachmentAndReply(t *testing.T) {
	g := newGallery(t)
	own, replied := Attachment{Data: []byte(`"own"`)}, Attachment{Data: []byte(`"replied"`)}
	for name, c := range map[string]struct {
		line   string
		change func(*Request)
		id     string
		sent   string
	}{
		"an id":                        {"/upscale " + fox, nil, fox, ""},
		"an id beside all else":        {"/upscale " + fox, func(r *Request) { r.Message, r.Attachments = "m2", []Attachment{own} }, fox, ""},
		"an attachment":                {"/upscale", func(r *Request) { r.Attachments = []Attachment{own} }, "", `"own"`},
		"an attachment in a reply":     {"/upscale", func(r *Request) { r.Message, r.Attachments = "m1", []Attachment{own} }, "", `"own"`},
		"a reply to a picture of ours": {"/upscale", func(r *Request) { r.Message, r.Replied = "m2", []Attachment{replied} }, large, ""},
		"a reply to anybody's picture": {"/upscale", func(r *Request) { r.Message, r.Replied = "m3", []Attachment{replied} }, "", `"replied"`},
	} {
		job := g.accepted(t, c.line, c.change)
		sent := ""
		if job.Source.Attachment != nil {
			sent = string(job.Source.Attachment.Data)
		}
		if job.Work != ToUpscale || job.Source.ID != c.id || sent != c.sent {
			t.Errorf("%s: %q, %q", name, job.Source.ID, sent)
		}
	}
	g.jobs = nil
	for _, name := range []string{"again", "show", "upscale", "removebg"} {
		g.refused(t, "/"+name+" --id "+fox, "There is no option --id here: leave it out.")
	}
	g.refused(t, "/upscale nothing", "There is no such picture for you here, or it is no longer kept: /history lists yours.")
}

func TestTheFirstWordMayNameThePicture(t *testing.T) {
	g := newGallery(t)
	for name, c := range map[string]struct {
		line     string
		change   func(*Request)
		id, says string
	}{
		"a question":              {"/describe " + fox + " what colour?", nil, fox, "what colour?"},
		"none":                    {"/describe " + fox, nil, fox, usualQuestion},
		"an edit":                 {"/edit " + fox + " at  night", nil, fox, "at  night"},
		"beside another picture":  {"/edit " + fox + " at night", func(r *Request) { r.Message = "m2" }, large, fox + " at night"},
		"beside an option":        {"/edit " + fox + " at night --id " + large, nil, large, fox + " at night"},
		"in reply to other words": {"/edit " + fox + " at night", func(r *Request) { r.Message = "m7" }, fox, "at night"},
	} {
		job := g.accepted(t, c.line, c.change)
		said := job.Question
		if job.Work == ToEdit {
			said = job.Generate.Prompt
		}
		if job.Source.ID != c.id || said != c.says {
			t.Errorf("%s: %q of %q", name, said, job.Source.ID)
		}
	}
	g.jobs = nil
	g.refused(t, "/edit "+fox, "Say what the picture shall become, as in /edit the same at night.")
	g.refused(t, "/edit extraordinary foxes", "Say which picture: reply to one, attach one, or give the id that stands below it, as in /edit the same at night --id "+exampleID+".")
}

func TestWorkOnPicturesIsAsked(t *testing.T) {
	g := newGallery(t)
	for line, want := range map[string]Job{
		"/upscale " + fox:                                    {Work: ToUpscale, Generate: kelly.GenerateRequest{Prompt: "a red fox --really"}},
		"/removebg " + fox:                                   {Work: ToRemoveBackground, Generate: kelly.GenerateRequest{Prompt: "a red fox --really"}},
		"/describe --id " + fox:                              {Work: ToDescribe, Question: "Describe this picture."},
		"/describe what colour? --id " + fox:                 {Work: ToDescribe, Question: "what colour?"},
		"/edit at night --id " + fox:                         {Work: ToEdit, Generate: kelly.GenerateRequest{Prompt: "at night"}},
		"/edit at night --id " + fox + " --size 640x384":     {Work: ToEdit, Generate: kelly.GenerateRequest{Prompt: "at night", Width: 640, Height: 384}},
		"/again " + fox:                                      {Generate: kelly.GenerateRequest{Prompt: "a red fox --really", Width: 768, Height: 512}, Count: 2},
		"/again " + large:                                    {Work: ToUpscale, Generate: kelly.GenerateRequest{Prompt: "a red fox"}},
		"/show " + large:                                     {Work: ToShow, Was: ToUpscale, Generate: kelly.GenerateRequest{Prompt: "a red fox"}},
		"/file " + fox:                                       {Work: ToShow, AsFile: true, Generate: kelly.GenerateRequest{Prompt: "a red fox --really", Width: 768, Height: 512}, Count: 2},
		"/edit at night --id " + fox + " --no text --ar 1:1": {Work: ToEdit, Generate: kelly.GenerateRequest{Prompt: "at night", Width: 1024, Height: 1024}},
	} {
		got := g.accepted(t, line, nil)
		if got.Work == ToDescribe {
			got.Generate.Prompt = "" // for nobody to see
		}
		if got.Work != want.Work || got.Was != want.Was || got.Question != want.Question || got.AsFile != want.AsFile || got.Count != want.Count ||
			got.Generate.Prompt != want.Generate.Prompt || want.Generate.Width > 0 && got.Generate.Width != want.Generate.Width ||
			got.Request.User.ID != "7" || (got.Source == nil) != (got.Work == ToDraw) {
			t.Errorf("%s: %+v", line, got)
		}
	}
	g.jobs = nil
	g.refused(t, "/edit --id "+fox, "Say what the picture shall become, as in /edit the same at night.")
	g.refused(t, "/upscale "+fox+" --size 1x1", "There is no option --size here: leave it out.")
}

func TestHistoryIsListedInPages(t *testing.T) {
	g := newGallery(t)
	reply, _ := g.ask(t, "/history", nil)
	if got := reply.Text.String(); got != "You have no pictures yet: ask for one with /imagine a red fox in snow." || !reply.Private {
		t.Errorf("nothing yet: %+v", reply)
	}
	g.refused(t, "/history badger", "None of your pictures has badger in its prompt: /history lists all of them.")
	for i := range 12 {
		g.found = append(g.found, Picture{ID: strconv.Itoa(i), Link: "https://chat/" + strconv.Itoa(i), Deleted: i == 1, Job: g.pictures[fox].Job})
	}
	reply, _ = g.ask(t, "/history red", nil)
	text := reply.Text.String()
	if strings.Count(text, "a red fox --really · 0001-01-01") != 10 || strings.Count(text, "· deleted") != 1 || !strings.Contains(text, "The next page is /history red 2.") ||
		reply.Text[2].URL != "https://chat/0" {
		t.Errorf("the first page: %+v", reply.Text)
	}
	reply, _ = g.ask(t, "/history red 2", nil)
	if text := reply.Text.String(); strings.Count(text, "\n") != 2 || strings.Contains(text, "next") || !strings.Contains(text, "To see one again, send /show and its id.") {
		t.Errorf("the second page: %s", text)
	}
	if got := strings.Join(g.searched, ", "); !strings.HasSuffix(got, "red 0+10, red 10+10") {
		t.Errorf("searched %s", got)
	}
	g.refused(t, "/history red 3", "There is no page 3: /history red 1 shows the first.")
	g.refused(t, "/history 0", "There is no page 0: /history 1 shows the first.")
	g.refused(t, "/history -1", "There is no page -1: /history 1 shows the first.")
	g.refused(t, "/history 999", "There is no page 999: /history 1 shows the first.")
	if words, page := parsePage("red 99999999999"); words != "red 99999999999" || page != 1 {
		t.Errorf("what no list has is page %d of %q", page, words)
	}
}

func TestDeleteSaysWhatCameOfIt(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, "The picture is deleted."},
		{ErrNoPicture, "There is no such picture for you here, or it is no longer kept: /history lists yours."},
		{ErrNotYours, "Only whoever asked for that picture, or a moderator, can do this: /queue shows your own requests."},
		{ErrTooOld, "Nothing is deleted, since the message is too old for a bot to delete: delete it yourself, or ask a moderator."},
		{ErrStays, "The picture's file is deleted, but the message is too old for a bot to delete: delete it yourself, or ask a moderator."},
	} {
		g := newGallery(t)
		g.err = c.err
		reply, _ := g.ask(t, "/delete "+fox, nil)
		if reply.Text.String() != c.want || !reply.Private || reply.Failed != (c.err != nil) || g.deleted[0] != fox {
			t.Errorf("%v: %+v", c.err, reply)
		}
	}
	g := newGallery(t)
	g.err = ErrNoPicture
	reply, _ := g.ask(t, "/delete "+fox, func(r *Request) { r.Pressed = true })
	if got := reply.Text.String(); got != "Nothing is known of this picture any more, so that only a moderator can delete its message: please ask one." || !reply.Failed {
		t.Errorf("the button of a forgotten picture: %q", got)
	}
}

func TestWhoNamesNoPictureReadsALineThatWorks(t *testing.T) {
	g := newGallery(t)
	g.pictures[exampleID] = g.pictures[fox]
	for line, hint := range map[string]string{
		"/edit at dusk":    "/edit the same at night --id " + exampleID,
		"/upscale":         "/upscale " + exampleID,
		"/removebg":        "/removebg " + exampleID,
		"/describe":        "/describe --id " + exampleID,
		"/show":            "/show " + exampleID,
		"/again":           "/again " + exampleID,
		"/again ":          "/again " + exampleID,
		"/describe why so": "/describe --id " + exampleID,
	} {
		for platform, say := range map[string]string{"telegram": "reply to one", "discord": "attach one, or give the id"} {
			if platform == "discord" && strings.HasPrefix(line, "/again") {
				continue // where its id is demanded
			}
			reply, pending := g.ask(t, line, func(r *Request) { r.Address.Platform = platform })
			text := reply.Text.String()
			if pending || !strings.HasPrefix(text, "Say which picture: "+say) || !strings.HasSuffix(text, ", as in "+hint+".") {
				t.Errorf("%s on %s: %q", line, platform, text)
			}
		}
		g.accepted(t, hint, nil)
	}
}

func TestAgainIsOfThePictureRepliedTo(t *testing.T) {
	g := newGallery(t)
	job := g.accepted(t, "/again", func(r *Request) { r.Message = "m1" })
	if job.Work != ToDraw || job.Generate.Prompt != "a red fox --really" {
		t.Errorf("it is %+v", job)
	}
	reply, pending := g.ask(t, "/again", func(r *Request) {
		r.Message, r.Replied = "m3", []Attachment{{Data: []byte(`"another's"`)}}
	})
	if pending || !strings.HasPrefix(reply.Text.String(), "Say which picture: reply to one of mine") {
		t.Errorf("of another's picture: %q", reply.Text)
	}
}

func TestAPictureHasItsButtonsAndItsID(t *testing.T) {
	picture := func() *kelly.Picture { return &kelly.Picture{Format: kelly.PNG, Width: 64, Height: 48} }
	labels := func(reply Reply) (all string) {
		for _, button := range reply.In("en").Buttons {
			if button.Break {
				all += "| "
			}
			all += button.Label + "=" + button.Command + ":" + button.ID + " "
		}
		return all
	}
	job := Job{Generate: kelly.GenerateRequest{Prompt: "a fox", Model: "M"}, Request: Request{Address: Address{Platform: "telegram"}}}
	one := Answer(job, []Made{{ID: "x", Picture: picture()}}, 1500*time.Millisecond)
	if one.Text.String() != "a fox\nM · 64×48 · 1.5 s · x" || one.Images[0].Name != "a-fox-x.png" ||
		labels(one) != "🔁 Again=again:x ✏️ Edit=change:x ℹ️ Details=details:x 🗑️ Delete=delete:x | 🔍 Upscale=upscale:x ✂️ Remove background=removebg:x 📄 File=file:x " {
		t.Errorf("one: %q %q %s", one.Text, one.Images[0].Name, labels(one))
	}
	job.Request.Address.Platform = "discord"
	two := Answer(job, []Made{{ID: "x", Picture: picture()}, {ID: "x2", Picture: picture(), Copied: true}}, 0)
	if two.Text.String() != "a fox\nM · 2 × 64×48 · x" || two.Images[1].Name != "a-fox-x2.png" ||
		labels(two) != "🔁 Again=again:x ✏️ Edit=change:x ℹ️ Details=details:x 🗑️ Delete=delete:x "+
			"| 🔍 Upscale 1=upscale:x 🔍 Upscale 2=upscale:x2 | ✂️ Remove background 1=removebg:x ✂️ Remove background 2=removebg:x2 " {
		t.Errorf("two: %q %q %s", two.Text, two.Images[1].Name, labels(two))
	}
	if bare := Answer(job, []Made{{Picture: picture()}}, 0); len(bare.Buttons) != 0 || bare.Images[0].Name != "a-fox.png" {
		t.Errorf("without an id: %+v", bare)
	}
}

func TestASizeFollowsItsSource(t *testing.T) {
	for source, want := range map[Size]Size{
		{512, 768}: {512, 768}, {1000, 700}: {1000, 704}, {4096, 2048}: {2048, 1024}, {40, 20}: {128, 64}, {10000, 10}: {2048, 64}, {1, 1}: {64, 64},
	} {
		if got := follow(source, 2048); got != want {
			t.Errorf("%s becomes %s, want %s", source, got, want)
		}
	}
}

func TestWhatIsMadeOfAHiddenPictureIsHiddenAsWell(t *testing.T) {
	g := newGallery(t)
	hidden := g.pictures[fox]
	hidden.Job.Spoiler = true
	g.pictures[fox] = hidden
	for _, line := range []string{"/upscale ", "/removebg ", "/edit at night --id ", "/again ", "/show "} {
		if !g.accepted(t, line+fox, nil).Spoiler {
			t.Errorf("%sof a hidden picture shows it", line)
		}
		if g.accepted(t, line+large, nil).Spoiler {
			t.Errorf("%sof one that is not hidden is", line)
		}
	}
}

func TestWhatIsMadeOfAPictureWithoutTheGuardIsHiddenElsewhere(t *testing.T) {
	g := newGallery(t)
	bare, made, policy := g.pictures[fox], g.pictures[large], Policy{Spoiler: "auto"}
	bare.Job.Request.Chat.AgeRestricted = true
	policy.Apply(&bare.Job, nil)
	g.pictures[fox] = bare
	made.Job = g.accepted(t, "/upscale "+fox, func(r *Request) { r.Chat.AgeRestricted = true })
	policy.Apply(&made.Job, nil)
	g.pictures[large] = made
	if made.Job.Spoiler {
		t.Error("it is hidden in a channel that Discord marks")
	}
	for _, line := range []string{"/upscale %s", "/removebg %s", "/edit at night --id %s", "/edit %s at night", "/show %s"} {
		for id, hidden := range map[string]bool{fox: true, large: true, edited: false} {
			line := fmt.Sprintf(line, id)
			job := g.accepted(t, line, nil)
			if policy.Apply(&job, nil); job.Spoiler != hidden {
				t.Errorf("%s: hidden %t", line, job.Spoiler)
			}
		}
	}
}

func TestAgainOfAModelThatIsGoneOffersOthersOrDrawsWithTheUsual(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.warm(t), settings: map[Scope]Settings{}, offers: map[string]offered{}, platform: "telegram"}
	g.cfg.Preferences, g.cfg.Offers, g.cfg.Records = k, k, k
	k.Router = NewRouter(g.cfg)
	gone := g.pictures[fox]
	gone.Job.Generate.Model = "Anything V4"
	g.pictures[fox] = gone
	reply, pending := k.types(t, k.from("7", "30", false), "/again "+fox)
	if pending || !strings.HasPrefix(reply.Text.String(), "There is no model Anything V4: the nearest is") {
		t.Fatalf("it is %+v", reply)
	}
	pressed, pending := k.presses(t, k.from("7", "30", false), reply, "🎨 Anything V5")
	job := k.drawn(t, pressed, pending)
	if job.Generate.Model != "Anything V5" || job.Generate.Prompt != gone.Job.Generate.Prompt || job.Count != 2 || job.negativeWords() != "text, people" {
		t.Errorf("its button makes %+v", job)
	}
	gone.Job.Fallback = "PhotoPerfect" // as the model was set, and not asked for
	g.pictures[fox] = gone
	if job := g.accepted(t, "/again "+fox, nil); job.Generate.Model != "PhotoPerfect" || job.Gone != "Anything V4" {
		t.Errorf("of a model that was set: %+v", job)
	}
	gone.Job.Work, gone.Job.Source = ToUpscale, &Source{ID: large}
	g.pictures[fox] = gone
	if job := g.accepted(t, "/again "+fox, nil); job.Gone != "" {
		t.Errorf("of what no model draws: %+v", job)
	}
}
