package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kellybot/kelly"
)

// A Made is a picture that a job has come to.
type Made struct {
	ID string // "" where nothing is stored
	*kelly.Picture
	// Copied says that it was made of the platform's copy of its source.
	Copied bool
	Alt    string // what it shows; "" where the prompt says it
}

// Answer is the reply that brings the job's pictures, which took so long to
// draw together. Releasing the reply releases the pictures.
func Answer(job Job, pictures []Made, took time.Duration) Reply {
	if len(pictures) == 0 {
		return Reply{}
	}
	reply := Reply{Text: caption(job, pictures, took)}
	for _, made := range pictures {
		reply.Images = append(reply.Images, Image{
			Name:     fileName(job, made),
			Alt:      cmp.Or(made.Alt, job.Generate.Prompt),
			Picture:  made.Picture,
			Document: job.AsFile,
			Spoiler:  job.Spoiler,
		})
	}
	if pictures[0].ID != "" {
		reply.Buttons = pictureButtons(job, pictures)
	}
	return reply
}

// caption is the prompt, and below it what drew it, how large and how fast.
func caption(job Job, pictures []Made, took time.Duration) Text {
	first := pictures[0]
	size := fmt.Sprintf("%d×%d", first.Width, first.Height)
	if len(pictures) > 1 {
		size = fmt.Sprintf("%d × %s", len(pictures), size)
	}
	known := []Text{maker(job), T(size)}
	if took > 0 {
		known = append(known, seconds(took))
	}
	if first.ID != "" {
		known = append(known, Text{code(first.ID)})
	}
	var text Text
	if job.Generate.Prompt != "" {
		text = Text{{Text: job.Generate.Prompt, Style: Bold, Cut: true}, {Text: "\n"}}
	}
	text = append(text, facts(known...)...)
	if first.Copied {
		text = Say("%s\n%s", text, Say("Made from the chat's copy of the picture, since the original is no longer kept."))
	}
	if job.Gone != "" && job.Work == ToDraw {
		text = Say("%s\n%s", text, Say("The model %s that was set is no longer there, so %s drew this: %s lists those that are.",
			code(job.Gone), code(job.Generate.Model), code("/models")))
	}
	return text
}

// maker is the model, or what was done to a picture.
func maker(job Job) Text {
	work := job.Work
	if work == ToShow {
		work = job.Was
	}
	switch work {
	case ToEdit:
		return Say("edited")
	case ToUpscale:
		return Say("upscaled")
	case ToRemoveBackground:
		return Say("without background")
	}
	return T(job.Generate.Model)
}

// pictureButtons are what can be done with pictures.
func pictureButtons(job Job, pictures []Made) []Button {
	id := pictures[0].ID
	buttons := []Button{
		{Label: "🔁 Again", Command: "again", ID: id},
		{Label: "✏️ Edit", Command: "change", ID: id},
		{Label: "ℹ️ Details", Command: "details", ID: id},
		{Label: "🗑️ Delete", Command: "delete", ID: id},
	}
	offer := func(button Button) {
		for i, made := range pictures {
			button.ID, button.Break = made.ID, i == 0
			if len(pictures) > 1 {
				button.Number = i + 1
			}
			buttons = append(buttons, button)
		}
	}
	offer(Button{Label: "🔍 Upscale", Command: "upscale"})
	offer(Button{Label: "✂️ Remove background", Command: "removebg"})
	if slices.Contains(filePlatforms, job.Request.Address.Platform) {
		offer(Button{Label: "📄 File", Command: "file"})
	}
	if len(pictures) == 1 { // in one row
		for i := 5; i < len(buttons); i++ {
			buttons[i].Break = false
		}
	}
	return buttons
}

// maxFileName bounds a file name without its id and extension, in bytes.
const maxFileName = 60

// fileName is made of the prompt's first words, or of the model's name where
// the prompt has no letter that every file system takes.
func fileName(job Job, made Made) string {
	name := slug(job.Generate.Prompt)
	if name == "" {
		name = strings.Trim("picture-"+slug(job.Generate.Model), "-")
	}
	if made.ID != "" {
		name += "-" + made.ID
	}
	return name + "." + string(made.Format)
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
