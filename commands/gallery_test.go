package commands

import (
	"context"
	"strconv"
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
