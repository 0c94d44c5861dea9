package commands

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"kellybot/kelly"
)

// maxPrompt bounds a prompt and the words of --no, in characters.
const maxPrompt = 2000

// imagine is /imagine: a picture of a prompt.
type imagine struct {
	cfg     Config
	options []Option
}

// The options of /imagine, by their place in its Options.
const (
	optionModel = iota
	optionSize
	optionRatio
	optionNegative
)

func newImagine(cfg Config) *Command {
	i := &imagine{cfg: cfg}
	size, ratio := exampleSize(cfg), exampleRatio(cfg)
	i.options = []Option{
		optionModel: {
			Name: "model", Flag: "model", Value: "NAME", Example: cfg.Model,
			Summary:  "The model that draws; /models lists them",
			Complete: func(typed string) []string { return completeModel(cfg, typed) },
		},
		optionSize: {
			Name: "size", Flag: "size", Value: "WxH", Example: size,
			Summary:  "Width and height in pixels, such as " + size,
			Complete: func(typed string) []string { return completeSize(cfg, typed) },
		},
		optionRatio: {
			Name: "ar", Flag: "ar", Value: "W:H", Example: ratio,
			Summary:  "Aspect ratio instead of a size, such as " + ratio,
			Complete: func(typed string) []string { return completeRatio(cfg, typed) },
		},
		optionNegative: {
			Name: "negative", Flag: "no", Value: "WORDS", Example: "text, people", Words: true,
			Summary: "What should not be in the picture, up to the next option, such as: text, people",
		},
	}
	return &Command{
		Name:     "imagine",
		Summary:  "Draw a picture of what you describe",
		Argument: Argument{Name: "prompt", Summary: "What to draw, in your own words", Required: true},
		Options:  i.options,
		Examples: []string{
			"/imagine a red fox in snow",
			"/imagine a red fox in snow --model " + quoted(cfg.Model) + " --size " + size,
			"/imagine a quiet harbour at dawn --ar " + ratio + " --no text, people",
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
	if err := i.cfg.Queue.Accept(ctx, job); err != nil {
		return Reply{}, false, err
	}
	return Reply{}, true, nil
}

// job checks everything that can be checked without waiting for anybody.
func (i *imagine) job(req *Request) (Job, error) {
	prompt, typed, err := parseOptions(req.Text, i.options)
	if err != nil {
		return Job{}, err
	}
	if showsNothing(prompt) {
		if _, given := typed[i.options[optionNegative].Name]; given && !strings.ContainsFunc(req.Text, isQuote) {
			return Job{}, refuse("Everything after %s was taken as what should not be there: put the picture first, or the words in quotes, as in %s.",
				code("--no"), code(`/imagine --no "text, people" a red fox`))
		}
		return Job{}, refuse("There is nothing to draw yet: describe the picture, as in %s.", code("/imagine a red fox in snow"))
	}
	if n := utf8.RuneCountInString(prompt); n > maxPrompt {
		return Job{}, refuse("The prompt has %s characters and may have %s: shorten it, as in %s.", n, maxPrompt, code("/imagine a red fox in snow"))
	}
	job := Job{Request: *req, Generate: kelly.GenerateRequest{Prompt: prompt}}
	size, err := i.sizeOf(req, typed)
	if err != nil {
		return Job{}, err
	}
	job.Generate.Width, job.Generate.Height = size.Width, size.Height
	if job.Generate.NegativePrompt, err = i.negativeOf(req, typed); err != nil {
		return Job{}, err
	}
	if job.Generate.Model, err = value(req, typed, i.options[optionModel]); err != nil {
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

// sizeOf returns the size that is asked for, by --size or --ar.
func (i *imagine) sizeOf(req *Request, typed map[string]string) (Size, error) {
	size, err := value(req, typed, i.options[optionSize])
	if err != nil {
		return Size{}, err
	}
	ratio, err := value(req, typed, i.options[optionRatio])
	if err != nil {
		return Size{}, err
	}
	exampleSize, exampleRatio := code(example(i.options[optionSize], false)), code(example(i.options[optionRatio], false))
	switch {
	case size != "" && ratio != "":
		return Size{}, refuse("%s and %s both set the size: give one of them, such as %s.", code("--size"), code("--ar"), exampleSize)
	case size != "":
		parsed, ok := ParseSize(size)
		if !ok {
			return Size{}, refuse("%s is no size: give width and height in pixels, such as %s.", code(echo(size)), exampleSize)
		}
		if !parsed.inRange(i.cfg.MaxSize) {
			return Size{}, refuse("%s is out of range: each side may be %s to %s pixels, such as %s.", code(echo(size)), MinSize, i.cfg.MaxSize, exampleSize)
		}
		return parsed, nil
	case ratio != "":
		parsed, ok := parseRatio(ratio)
		if !ok {
			return Size{}, refuse("%s is no aspect ratio: give width and height as numbers, such as %s.", code(echo(ratio)), exampleRatio)
		}
		fitting, ok := sizeOfRatio(parsed, i.cfg.Size, i.cfg.MaxSize)
		if !ok {
			return Size{}, refuse("%s is too long for a picture of %s to %s pixels a side: try less, such as %s.", code(echo(ratio)), MinSize, i.cfg.MaxSize, exampleRatio)
		}
		return fitting, nil
	}
	return i.cfg.Size, nil
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
func (i *imagine) negativeOf(req *Request, typed map[string]string) (*string, error) {
	option := i.options[optionNegative]
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
