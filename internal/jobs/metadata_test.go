package jobs

import (
	"encoding/json"
	"strings"
	"testing"

	"kellybot/commands"
	"kellybot/internal/imaging"
	"kellybot/internal/store/storetest"
	"kellybot/kelly"
	"kellybot/kelly/kellytest"
)

// says is what the file of the n-th delivered picture of a request says.
func (w *world) says(t *testing.T, id string) imaging.Metadata {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	picture, err := kelly.NewPicture(w.pictures[id])
	if err != nil {
		t.Fatal(err)
	}
	m, _ := imaging.Read(picture)
	return m
}

func TestPicturesSayHowTheyWereMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Metadata = FullMetadata })
	id := idOf(w.do("a", "a0", func(j *commands.Job) { j.Generate.NegativePrompt = new("text") }), 1)
	own, _ := json.Marshal("photo")
	w.set(func() { w.pictures["photo"] = kellytest.Picture("photo", "x", 64, 64) })
	edited := idOf(w.do("a", "a1", func(j *commands.Job) {
		j.Work, j.Source = commands.ToEdit, &commands.Source{Attachment: &commands.Attachment{Data: own}}
	}), 1)
	upscaled := idOf(w.do("a", "a2", func(j *commands.Job) { j.Work, j.Source = commands.ToUpscale, &commands.Source{ID: edited} }), 1)
	cut := idOf(w.do("a", "a3", func(j *commands.Job) { j.Work, j.Source = commands.ToRemoveBackground, &commands.Source{ID: id} }), 1)
	w.do("a", "a4", func(j *commands.Job) { j.Work, j.Source = commands.ToShow, &commands.Source{ID: id} })
	drawn := imaging.Metadata{
		ID: id, Prompt: "a0", NegativePrompt: kelly.DefaultNegativePrompt + ", text", Model: "PhotoPerfect", Width: 64, Height: 64, Source: imaging.Generated, Software: "kellybot",
	}
	for request, want := range map[string]imaging.Metadata{
		"a0": drawn,
		"a1": {
			ID: edited, Prompt: "a1", NegativePrompt: kelly.DefaultNegativePrompt, Width: 64, Height: 64, Source: imaging.Composite, Software: "kellybot",
		},
		"a2": {ID: upscaled, Prompt: "a2", Width: 128, Height: 128, Source: imaging.Composite, Software: "kellybot"},
		"a3": {ID: cut, Prompt: "a3", Width: 64, Height: 64, Source: imaging.Generated, Software: "kellybot"},
		"a4": drawn,
	} {
		if got := w.says(t, request); got != want {
			t.Errorf("%s says %+v\nwant %+v", request, got, want)
		}
	}
}

func TestPicturesSayNoMoreThanTheyShall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		metadata Metadata
		sandbox  bool
		want     imaging.Metadata
	}{
		"the marking":           {MarkingOnly, false, imaging.Metadata{Source: imaging.Generated, Software: "kellybot"}},
		"nothing":               {NoMetadata, false, imaging.Metadata{}},
		"no model on a drawing": {FullMetadata, true, imaging.Metadata{Prompt: "a0", NegativePrompt: kelly.DefaultNegativePrompt, Width: 64, Height: 64, Software: "kellybot"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite(t), func(conf *Config) { conf.Metadata, conf.Sandbox = c.metadata, c.sandbox })
			id := idOf(w.do("a", "a0", func(*commands.Job) {}), 1)
			if c.metadata != NoMetadata {
				c.want.ID = id
			}
			if got := w.says(t, "a0"); got != c.want {
				t.Errorf("it says %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestThoseWhoCannotSeeAPictureAreToldWhatItShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Describe = true })
	reply := w.do("a", "a0", func(*commands.Job) {})
	alt := reply.Images[0].Alt
	if !strings.HasPrefix(alt, altQuestion+" A picture of ") {
		t.Errorf("they are told %q", alt)
	}
	again := w.do("a", "a1", func(j *commands.Job) { j.Work, j.Source = commands.ToShow, &commands.Source{ID: idOf(reply, 1)} })
	if again.Images[0].Alt != alt {
		t.Errorf("shown again, they are told %q", again.Images[0].Alt)
	}
	w.set(func() { w.speechless = true })
	if reply := w.do("a", "a2", func(*commands.Job) {}); reply.Images[0].Alt != "a2" {
		t.Errorf("without a description they are told %q", reply.Images[0].Alt)
	}
}

func TestAPictureThatIsSentSaysHowItWasMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t), func(c *Config) { c.Metadata = FullMetadata })
	id := idOf(w.do("a", "a0", func(*commands.Job) {}), 1)
	sent := func(user, request, file string) string {
		data, _ := json.Marshal(file)
		return w.do(user, request, func(j *commands.Job) {
			j.Work, j.Source = commands.ToRead, &commands.Source{Attachment: &commands.Attachment{Data: data}}
		}).Text.String()
	}
	if text := sent("a", "own", "a0"); !strings.Contains(text, " · "+id) || !strings.Contains(text, "/imagine a0 --model PhotoPerfect --size 64x64") {
		t.Errorf("one's own: %s", text)
	}
	if text := sent("b", "other", "a0"); strings.Contains(text, id) || !strings.Contains(text, "made by this command:\n/imagine a0 --model PhotoPerfect --size 64x64") {
		t.Errorf("somebody else's: %s", text)
	}
	w.set(func() { w.pictures["photo"] = kellytest.Picture("photo", "x", 64, 64) })
	if text := sent("a", "photo", "photo"); !strings.Contains(text, "does not say that this bot made it") {
		t.Errorf("a photo: %s", text)
	}
}
