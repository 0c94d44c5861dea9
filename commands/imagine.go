package commands

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kellybot/kelly"
)

// maxPrompt bounds a prompt and the words of --no, in characters.
const maxPrompt = 2000

// MaxCount is the most pictures of one request.
const MaxCount = 4

// drawingOptions are the options of what is drawn.
type drawingOptions struct{ model, size, ratio, negative, count Option }

func newDrawingOptions(cfg Config) drawingOptions {
	size, ratio := exampleSize(cfg), exampleRatio(cfg)
	return drawingOptions{
		model: Option{
			Name: "model", Flag: "model", Value: "NAME", Example: cfg.Model,
			Summary:  "The model that draws; /models lists them",
			Complete: func(typed string) []string { return completeModel(cfg, typed) },
		},
		size: Option{
			Name: "size", Flag: "size", Value: "WxH", Example: size,
			Summary:  "Width x height in pixels, instead of the usual size",
			Complete: func(typed string) []string { return completeSize(cfg, typed) },
		},
		ratio: Option{
			Name: "ar", Flag: "ar", Value: "W:H", Example: ratio,
			Summary:  "Width:height, the aspect ratio, instead of a size",
			Complete: func(typed string) []string { return completeRatio(cfg, typed) },
		},
		negative: Option{
			Name: "negative", Flag: "no", Value: "WORDS", Example: "text, people", Words: true,
			Summary: "What should not be in the picture, up to the next option, such as: text, people",
		},
		count: Option{
			Name: "n", Flag: "n", Value: "N", Example: "4", Max: MaxCount,
			Summary: "How many pictures, 1 to 4",
		},
	}
}

// imagine is /imagine: pictures of a prompt.
type imagine struct {
	cfg Config
	drawingOptions
	options []Option
}

func newImagine(cfg Config) *Command {
	i := &imagine{cfg: cfg, drawingOptions: newDrawingOptions(cfg)}
	i.options = []Option{i.model, i.size, i.ratio, i.negative, i.count}
	return &Command{
		Name:     "imagine",
		Summary:  "Draw a picture of what you describe",
		Argument: Argument{Name: "prompt", Summary: "What to draw, in your own words", Required: true},
		Options:  i.options,
		Examples: []string{
			"/imagine a red fox in snow",
			"/imagine a red fox in snow --model " + quoted(cfg.Model) + " --size " + i.size.Example,
			"/imagine a quiet harbour at dawn --ar " + i.ratio.Example + " --no text, people",
		},
		Draws: true,
		Run:   i.run,
	}
}

func (i *imagine) run(ctx context.Context, req *Request) (Reply, bool, error) {
	job, err := i.job(req)
	if err != nil {
		return Reply{}, false, err
	}
	return accept(ctx, i.cfg.Queue, job)
}

// job checks everything that can be checked without waiting for anybody.
func (i *imagine) job(req *Request) (Job, error) {
	prompt, typed, err := parseOptions(req.Text, i.options)
	if err != nil {
		return Job{}, err
	}
	if showsNothing(prompt) {
		if _, given := typed[i.negative.Name]; given && !strings.ContainsFunc(req.Text, isQuote) {
			return Job{}, refuse("Everything after %s was taken as what should not be there: put the picture first, or the words in quotes, as in %s.",
				code("--no"), code(`/imagine --no "text, people" a red fox`))
		}
		return Job{}, refuse("There is nothing to draw yet: describe the picture, as in %s.", code("/imagine a red fox in snow"))
	}
	if n := utf8.RuneCountInString(prompt); n > maxPrompt {
		return Job{}, refuse("The prompt has %s characters and may have %s: shorten it, as in %s.", n, maxPrompt, code("/imagine a red fox in snow"))
	}
	job := Job{Request: *req, Generate: kelly.GenerateRequest{Prompt: prompt}}
	size, err := i.sizeOf(req, typed, i.cfg.Size, i.cfg)
	if err != nil {
		return Job{}, err
	}
	job.Generate.Width, job.Generate.Height = size.Width, size.Height
	if job.Generate.NegativePrompt, err = i.negativeOf(req, typed); err != nil {
		return Job{}, err
	}
	if job.Count, err = i.countOf(req, typed); err != nil {
		return Job{}, err
	}
	if job.Generate.Model, err = value(req, typed, i.model); err != nil {
		return Job{}, err
	}
	if job.Generate.Model == "" {
		job.Generate.Model = i.cfg.Model
		return job, nil
	}
	lists := i.cfg.Catalog.Now()
	job.ModelUnchecked = !lists.whole()
	job.Generate.Model, err = checkModel(job.Generate.Model, lists)
	return job, err
}

// countOf returns how many pictures are asked for; 0 where that is not said.
func (o drawingOptions) countOf(req *Request, typed map[string]string) (int, error) {
	given, err := value(req, typed, o.count)
	if err != nil || given == "" {
		return 0, err
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 || n > MaxCount {
		return 0, refuse("%s is no number of pictures: it may be 1 to %s, such as %s.", code(echo(given)), MaxCount, code(example(o.count, false)))
	}
	return n, nil
}

// sizeOf returns the size that is asked for, by --size or --ar, or else usual.
func (o drawingOptions) sizeOf(req *Request, typed map[string]string, usual Size, cfg Config) (Size, error) {
	size, err := value(req, typed, o.size)
	if err != nil {
		return Size{}, err
	}
	ratio, err := value(req, typed, o.ratio)
	if err != nil {
		return Size{}, err
	}
	exampleSize, exampleRatio := code(example(o.size, false)), code(example(o.ratio, false))
	switch {
	case size != "" && ratio != "":
		return Size{}, refuse("%s and %s both set the size: give one of them, such as %s.", code("--size"), code("--ar"), exampleSize)
	case size != "":
		parsed, ok := ParseSize(size)
		if !ok {
			return Size{}, refuse("%s is no size: give width and height in pixels, such as %s.", code(echo(size)), exampleSize)
		}
		if !parsed.inRange(cfg.MaxSize) {
			return Size{}, refuse("%s is out of range: each side may be %s to %s pixels, such as %s.", code(echo(size)), MinSize, cfg.MaxSize, exampleSize)
		}
		return parsed, nil
	case ratio != "":
		parsed, ok := parseRatio(ratio)
		if !ok {
			return Size{}, refuse("%s is no aspect ratio: give width and height as numbers, such as %s.", code(echo(ratio)), exampleRatio)
		}
		fitting, ok := sizeOfRatio(parsed, cfg.Size, cfg.MaxSize)
		if !ok {
			return Size{}, refuse("%s is too long for a picture of %s to %s pixels a side: try less, such as %s.", code(echo(ratio)), MinSize, cfg.MaxSize, exampleRatio)
		}
		return fitting, nil
	}
	return usual, nil
}

// showsNothing reports whether nothing of s can be seen: it is empty, or all
// white space, controls, and characters without a shape of their own.
func showsNothing(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		const blankBraille = '\u2800'
		return r != blankBraille && !unicode.IsSpace(r) &&
			!unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
	})
}

// negativeOf adds the user's words to the default negative prompt, which
// always stays.
func (o drawingOptions) negativeOf(req *Request, typed map[string]string) (*string, error) {
	option := o.negative
	words := typed[option.Name]
	if field := strings.TrimSpace(req.Options[option.Name]); !showsNothing(field) {
		if words != "" {
			words += ", "
		}
		words += field
	}
	if showsNothing(words) {
		return nil, nil
	}
	if n := utf8.RuneCountInString(words); n > maxPrompt {
		return nil, refuse("The words after %s have %s characters and may have %s: shorten them, as in %s.", code("--"+option.Flag), n, maxPrompt, code(example(option, false)))
	}
	return new(kelly.DefaultNegativePrompt + ", " + words), nil
}

// checkModel returns the listed spelling of a model's name. A name that is on
// no list passes as it is while a list is missing, and else is a Refusal.
func checkModel(name string, lists Lists) (string, error) {
	if listed, ok := lists.Find(name); ok {
		return listed, nil
	}
	if !lists.whole() {
		return name, nil
	}
	near, _ := Nearest(name, lists.All())
	return "", refuse("There is no model %s: the nearest is %s, and %s lists all.", code(echo(name)), code("--model "+quoted(near)), code("/models"))
}
