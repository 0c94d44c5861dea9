package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kellybot/kelly"
)

// catalogPatience bounds how long the work on a job waits for missing lists
// of models, before a name passes as the user gave it.
const catalogPatience = 10 * time.Second

// Draw does an accepted job and returns the reply with the picture. Its error
// is told to the user by Failure.
func Draw(ctx context.Context, generator Generator, catalog *Catalog, job Job) (Reply, error) {
	if err := Settle(ctx, catalog, &job); err != nil {
		return Reply{}, err
	}
	start := time.Now()
	picture, err := generator.Generate(ctx, job.Generate)
	if err != nil {
		return Reply{}, err
	}
	return Answer(job, picture, time.Since(start)), nil
}

// Settle checks what could not be checked when the job was accepted. The
// error is a Refusal.
func Settle(ctx context.Context, catalog *Catalog, job *Job) error {
	if !job.ModelUnchecked {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, catalogPatience)
	defer cancel()
	// Without lists the service itself says whether there is such a model.
	lists, _ := catalog.Wait(waiting)
	model, err := checkModel(job.Generate.Model, lists)
	if err != nil {
		return err
	}
	job.Generate.Model, job.ModelUnchecked = model, false
	return nil
}

// Answer is the reply that brings the job's picture, which took so long to
// draw. Releasing the reply releases the picture.
func Answer(job Job, picture *kelly.Picture, took time.Duration) Reply {
	return Reply{
		Text: caption(job, picture, took),
		Images: []Image{{
			Name:    fileName(job, picture),
			Alt:     job.Generate.Prompt,
			Picture: picture,
		}},
	}
}

// caption is the prompt, and below it what drew it, how large and how fast.
func caption(job Job, picture *kelly.Picture, took time.Duration) Text {
	return Text{
		{Text: job.Generate.Prompt, Style: Bold, Cut: true},
		{Text: fmt.Sprintf("\n%s · %d×%d · %.1f s", job.Generate.Model, picture.Width, picture.Height, took.Seconds())},
	}
}

// maxFileName bounds a file name without its extension, in bytes.
const maxFileName = 60

// fileName is made of the prompt's first words, or of the model's name where
// the prompt has no letter that every file system takes.
func fileName(job Job, picture *kelly.Picture) string {
	name := slug(job.Generate.Prompt)
	if name == "" {
		name = strings.Trim("picture-"+slug(job.Generate.Model), "-")
	}
	return name + "." + string(picture.Format)
}

// apostrophes join what stands on both sides of them.
var apostrophes = strings.NewReplacer("'", "", "’", "")

// slug keeps ASCII letters and digits, lower case, and makes one hyphen of
// everything between them.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(apostrophes.Replace(s)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	name := ""
	for _, word := range words {
		if name != "" && len(name)+1+len(word) > maxFileName {
			break
		}
		name = strings.TrimPrefix(name+"-"+word, "-")
	}
	return name[:min(len(name), maxFileName)]
}
