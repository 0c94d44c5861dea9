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

// mark returns the picture's file with its metadata, as parts to be written.
func (j *Jobs) mark(row store.Request, job commands.Job, n int, picture *kelly.Picture, source sourcePicture) [][]byte {
	if j.Metadata == NoMetadata {
		return [][]byte{picture.Bytes()}
	}
	m := imaging.Metadata{ID: commands.PictureID(row.Short, n), Software: appName}
	if !j.Sandbox { // whose drawings no model makes
		m.Source = imaging.Generated
		if source.composite {
			m.Source = imaging.Composite
		}
	}
	if j.Metadata == FullMetadata {
		g := job.Generate
		m.Prompt, m.Width, m.Height = g.Prompt, picture.Width, picture.Height
		if job.Work == commands.ToDraw || job.Work == commands.ToEdit {
			m.NegativePrompt = kelly.DefaultNegativePrompt
			if g.NegativePrompt != nil {
				m.NegativePrompt = *g.NegativePrompt
			}
		}
		if job.Work == commands.ToDraw && !j.Sandbox {
			m.Model = g.Model
		}
	}
	parts, err := imaging.Mark(picture, m)
	if err != nil { // the parts are the file as it is
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
