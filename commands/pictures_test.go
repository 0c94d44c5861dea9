package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"kellybot/kelly"
)

// gallery is a Pictures of a few that a test has drawn.
type gallery struct {
	*bench
	pictures map[string]Picture // by id
	messages map[string]string  // ids by message
	found    []Picture
	searched []string
	deleted  []string
	only     string // the one chat where others than the requester see them; "" for all
	err      error
}

func newGallery(t *testing.T) *gallery {
	g := &gallery{pictures: map[string]Picture{}, messages: map[string]string{"m1": fox, "m2": large}}
	g.bench = newBench(t, func(cfg *Config) { cfg.Pictures = g })
	g.pictures[fox] = Picture{
		ID: fox, Width: 768, Height: 512, At: time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC), Took: 8200 * time.Millisecond,
		Job: Job{Count: 2, Generate: kelly.GenerateRequest{
			Prompt: "a red fox --really", Model: "Anything V5", Width: 768, Height: 512, NegativePrompt: new(kelly.DefaultNegativePrompt + ", text, people"),
		}},
	}
	g.pictures[large] = Picture{ID: large, Width: 2048, Height: 2048, Job: Job{Work: ToUpscale, Source: &Source{ID: fox}, Generate: kelly.GenerateRequest{Prompt: "a red fox"}}}
	g.pictures[edited] = Picture{ID: edited, Job: Job{Work: ToEdit, Source: &Source{ID: fox}, Generate: kelly.GenerateRequest{Prompt: "at night"}}}
	return g
}

// Ids of a gallery's pictures.
const (
	fox    = "f0xf0xf0xf0x0"
	large  = "1arge1arge1ar"
	edited = "ed1ted1ted1te"
)

func (g *gallery) Picture(_ context.Context, by *Request, id string) (Picture, error) {
	picture, ok := g.pictures[id]
	if !ok || g.only != "" && by.Chat.ID != g.only && by.User.ID != picture.Job.Request.User.ID {
		return picture, ErrNoPicture
	}
	return picture, g.err
}

func (g *gallery) PictureIn(ctx context.Context, by *Request, message string) (Picture, error) {
	return g.Picture(ctx, by, g.messages[message])
}

func (g *gallery) History(_ context.Context, _ *Request, words string, skip, limit int) ([]Picture, bool, error) {
	g.searched = append(g.searched, words+" "+strconv.Itoa(skip)+"+"+strconv.Itoa(limit))
	rest := g.found[min(skip, len(g.found)):]
	return rest[:min(len(rest), limit)], len(rest) > limit, g.err
}

func (g *gallery) Delete(_ context.Context, _ *Request, id string) error {
	g.deleted = append(g.deleted, id)
	return g.err
}

// ask handles a line with what change adds to its request.
func (g *gallery) ask(t *testing.T, line string, change func(*Request)) (Reply, bool) {
	t.Helper()
	name, _, text, _ := ParseLine(line)
	req := &Request{
		ID: "telegram:1:2", Address: Address{Platform: "telegram"}, User: User{ID: "7", Name: "Anna"},
		Chat: Chat{ID: "7", Private: true}, Alone: true, Command: name, Text: text,
	}
	if change != nil {
		change(req)
	}
	return g.Handle(t.Context(), req)
}

// accepted is the one job that a line becomes.
func (g *gallery) accepted(t *testing.T, line string, change func(*Request)) Job {
	t.Helper()
	g.jobs = nil
	reply, pending := g.ask(t, line, change)
	if !pending || len(g.jobs) != 1 {
		t.Fatalf("%s: %q, %d jobs", line, reply.Text, len(g.jobs))
	}
	return g.jobs[0]
}

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

func TestTheFormOfAChangeHoldsWhatWasAsked(t *testing.T) {
	g := newGallery(t)
	values := func(id string) (form *Form, all string) {
		reply, pending := g.ask(t, "/change "+id, nil)
		if pending || reply.Form == nil {
			t.Fatalf("%+v", reply)
		}
		for _, field := range reply.Form.Fields {
			all += field.Name + "=" + field.Value + ";"
		}
		return reply.Form, all
	}
	if form, all := values(fox); form.Command != "imagine" || form.ID != "" ||
		all != `=a red fox \--really;negative=text, people;model=Anything V5;size=768x512;` {
		t.Errorf("%+v: %s", form, all)
	}
	if form, all := values(edited); form.Command != "edit" || form.ID != fox || all != "=at night;negative=;size=;" {
		t.Errorf("%+v: %s", form, all)
	}
	if form, _ := values(large); form.Command != "edit" || form.ID != large {
		t.Errorf("%+v", form)
	}
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

func TestWhatAPictureWasMadeOfIsLeftToThoseWhoMaySeeIt(t *testing.T) {
	g := newGallery(t)
	photo := Picture{ID: "ph0t0ph0t0ph0", Job: Job{Work: ToEdit, Source: &Source{Attachment: &Attachment{}}, Request: Request{User: User{ID: "7"}, Chat: Chat{ID: "30"}}}}
	g.pictures[photo.ID] = photo
	sourceOf := func(id, user, chat string) *Source {
		job := g.accepted(t, "/again "+id, func(r *Request) { r.User.ID, r.Chat.ID = user, chat })
		return job.Source
	}
	for _, chat := range []string{"30", "40"} {
		if got := sourceOf(photo.ID, "7", chat); got.Attachment == nil {
			t.Errorf("in %s, whoever sent the photo works on %+v", chat, got)
		}
		if got := sourceOf(photo.ID, "8", chat); got.Attachment != nil || got.ID != photo.ID {
			t.Errorf("in %s, others work on %+v", chat, got)
		}
	}

	if got := sourceOf(edited, "8", "30"); got.ID != fox {
		t.Errorf("of a picture that they see, others work on %+v", got)
	}
	delete(g.pictures, fox) // which is as if it was not theirs to see
	if got := sourceOf(edited, "8", "30"); got.ID != edited {
		t.Errorf("of a picture that they do not see, others work on %+v", got)
	}
	reply, _ := g.ask(t, "/change "+edited, nil)
	if reply.Form == nil || reply.Form.ID != edited || reply.Text.String() != "Send it changed: /edit at night --id "+edited {
		t.Errorf("the form is %+v below %q", reply.Form, reply.Text)
	}
}

func TestAnAnswerInWordsKeepsWhatItDoesNotName(t *testing.T) {
	g := newGallery(t)
	for _, c := range []struct {
		id, words string
		work      Work
		line      string
	}{
		{fox, "a blue fox", ToDraw, `/imagine a blue fox --model "Anything V5" --size 768x512 --no text, people`},
		{fox, "a blue fox --no snow --size 640x384", ToDraw, `/imagine a blue fox --model "Anything V5" --size 640x384 --no snow`},
		{fox, "a blue fox --ar 1:1 --model PhotoPerfect", ToDraw, "/imagine a blue fox --model PhotoPerfect --size 1024x1024 --no text, people"},
		{fox, "--model PhotoPerfect", ToDraw, `/imagine a red fox \--really --model PhotoPerfect --size 768x512 --no text, people`},
		{edited, "at dawn", ToEdit, "/edit at dawn"},
		{edited, "at dawn --size 640x384", ToEdit, "/edit at dawn --size 640x384"},
	} {
		form, _ := g.ask(t, "/change "+c.id, nil)
		command, id := form.Form.Asks()
		if command != "change" || id != c.id {
			t.Fatalf("words alone are for %s %s", command, id)
		}
		job := g.accepted(t, "/"+command+" "+c.words, func(r *Request) { r.Options = map[string]string{"id": id} })
		name, _, _ := strings.Cut(strings.TrimPrefix(c.line, "/"), " ")
		if got := job.line(name); got != c.line || job.Work != c.work || c.work == ToEdit && job.Source.ID != fox {
			t.Errorf("%s by %q: %s of %+v", c.id, c.words, got, job.Source)
		}
	}
	if command, id := (Form{Command: "settings", ID: "x"}).Asks(); command != "settings" || id != "x" {
		t.Errorf("what changes no picture is for %s %s", command, id)
	}
	reply, _ := g.ask(t, "/change a fox --modle x", func(r *Request) { r.Options = map[string]string{"id": fox} })
	if !strings.Contains(reply.Text.String(), "/imagine a fox --model x") {
		t.Errorf("a wrong option: %q", reply.Text)
	}
}

func TestAnAnswerInWordsAddsNothingThatIsSet(t *testing.T) {
	g := newGallery(t)
	k := &keeper{bench: g.bench, settings: map[Scope]Settings{"user:telegram:7": {Negative: "blur"}}, platform: "telegram"}
	g.cfg.Preferences = k
	k.Router = NewRouter(g.cfg)
	plain := g.pictures[fox]
	plain.Job.Generate.NegativePrompt = nil
	g.pictures[fox] = plain
	for words, want := range map[string]string{"a blue fox": "", "a blue fox --no snow": "snow"} {
		for _, id := range []string{fox, edited} {
			job := g.accepted(t, "/change "+words, func(r *Request) { r.Options = map[string]string{"id": id} })
			if got := job.negativeWords(); got != want {
				t.Errorf("%q of %s is drawn without %q, want %q", words, id, got, want)
			}
		}
	}
	for line, about := range map[string]string{"/details": "the details", "/change": "the question"} {
		reply, _ := g.ask(t, line+" "+fox, nil)
		_, command, _ := strings.Cut(reply.Text.String(), "/imagine ")
		if got := g.accepted(t, "/imagine "+command, nil); got.negativeWords() != "" || got.Generate.Prompt != "a red fox --really" {
			t.Errorf("the command of %s, %q, is drawn without %q", about, command, got.negativeWords())
		}
	}
	if got := g.accepted(t, "/imagine a blue fox", nil).negativeWords(); got != "blur" {
		t.Errorf("a new picture is drawn without %q", got)
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

func FuzzLiterally(f *testing.F) {
	for _, s := range []string{"a fox", "--model x", `\--model`, "—model", "-model", `\-model`, "a --b \\\\--c", "\n--x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, prompt string) {
		options := newDrawingOptions(Config{Model: "M"})
		got, typed, err := parseOptions("imagine", literally(prompt), []Option{options.model, options.size})
		if err != nil || len(typed) > 0 || got != strings.TrimSpace(prompt) {
			t.Errorf("%q is read as %q with %v: %v", prompt, got, typed, err)
		}
	})
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
	for _, line := range []string{"/upscale ", "/removebg ", "/edit at night --id ", "/show "} {
		for id, hidden := range map[string]bool{fox: true, large: true, edited: false} {
			job := g.accepted(t, line+id, nil)
			if policy.Apply(&job, nil); job.Spoiler != hidden {
				t.Errorf("%s%s: hidden %t", line, id, job.Spoiler)
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
