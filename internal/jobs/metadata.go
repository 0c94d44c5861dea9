package jobs

import (
	"context"
	"encoding/json"

	"kellybot/commands"
	"kellybot/internal/imaging"
	"kellybot/internal/store"
	"kellybot/kelly"
)

// A Metadata says how much is written into pictures' files of how they were
// made.
type Metadata string

// How much that may be.
const (
	FullMetadata Metadata = "full"    // all, with the prompt
	MarkingOnly  Metadata = "marking" // that a model made it, and its id
	NoMetadata   Metadata = "none"
)

// Mark returns the file of a job's picture with so much metadata, as parts to be
// written, which are the file as it is where there is an error. The id is "" of
// what is not stored, and made "" of what no model has drawn.
func (much Metadata) Mark(job commands.Job, id string, made imaging.SourceType, picture *kelly.Picture) ([][]byte, error) {
	if much == NoMetadata {
		return [][]byte{picture.Bytes()}, nil
	}
	m := imaging.Metadata{ID: id, Software: appName, Source: made}
	if much == FullMetadata {
		g := job.Generate
		m.Prompt, m.Width, m.Height = g.Prompt, picture.Width, picture.Height
		if job.Work == commands.ToDraw || job.Work == commands.ToEdit {
			m.NegativePrompt = kelly.DefaultNegativePrompt
			if g.NegativePrompt != nil {
				m.NegativePrompt = *g.NegativePrompt
			}
		}
		if job.Work == commands.ToDraw && made != "" {
			m.Model = g.Model
		}
	}
	return imaging.Mark(picture, m)
}

// mark returns the file of a request's n-th picture with its metadata, as parts
// to be written.
func (j *Jobs) mark(row store.Request, job commands.Job, n int, picture *kelly.Picture, source sourcePicture) [][]byte {
	made := imaging.Generated
	switch {
	case j.Sandbox: // whose drawings no model makes
		made = ""
	case source.composite:
		made = imaging.Composite
	}
	parts, err := j.Metadata.Mark(job, commands.PictureID(row.Short, n), made, picture)
	if err != nil {
		j.Log.Debug("a picture has no metadata", "job", row.ID, "cause", err)
	}
	return parts
}

// read is the answer to what a picture's file says of how it was made.
func (j *Jobs) read(ctx context.Context, row store.Request, job commands.Job, picture *kelly.Picture) ([]byte, error) {
	m, ok := imaging.Read(picture)
	if !ok {
		return nil, commands.ErrUnmarked
	}
	// What the file says may be forged: what is stored counts, for those who
	// may see it.
	if known, err := j.Picture(ctx, &job.Request, m.ID); err == nil {
		return json.Marshal(commands.Known(known).In(row.Locale))
	}
	said := commands.Job{Generate: kelly.GenerateRequest{Prompt: m.Prompt, Model: m.Model, Width: m.Width, Height: m.Height}}
	if m.NegativePrompt != "" {
		said.Generate.NegativePrompt = &m.NegativePrompt
	}
	return json.Marshal(commands.Read(said).In(row.Locale))
}
