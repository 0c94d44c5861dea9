package commands

import (
	"cmp"
	"context"
	"fmt"
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
type drawingOptions struct {
	cfg                                        Config
	model, size, ratio, negative, count, style Option
}

func newDrawingOptions(cfg Config) drawingOptions {
	size, ratio := exampleSize(cfg), exampleRatio(cfg)
	return drawingOptions{
		cfg: cfg,
		model: Option{
			Name: "model", Flag: "model", Value: "NAME", Example: cfg.Model,
			Summary: "The model that draws; /models lists them",
			Complete: func(ctx context.Context, req *Request, typed string) []string {
				return completeModel(ctx, cfg, req, typed)
			},
		},
		size: Option{
			Name: "size", Flag: "size", Value: "WxH", Example: size,
			Summary:  "Width x height in pixels, instead of the usual size",
			Complete: func(_ context.Context, _ *Request, typed string) []string { return completeSize(cfg, typed) },
		},
		ratio: Option{
			Name: "ar", Flag: "ar", Value: "W:H", Example: ratio,
			Summary:  "Width:height, the aspect ratio, instead of a size",
			Complete: func(_ context.Context, _ *Request, typed string) []string { return completeRatio(cfg, typed) },
		},
		negative: Option{
			Name: "negative", Flag: "no", Value: "WORDS", Example: "text, people", Words: true,
			Summary: "What should not be in the picture, up to the next option, such as: text, people",
		},
		count: Option{
			Name: "n", Flag: "n", Value: "N", Example: "4", Max: MaxCount,
			Summary: "How many pictures, 1 to 4",
		},
		style: Option{
			Name: "style", Flag: "style", Value: "NAME", Example: exampleStyle,
			Summary: "A style of yours or of this chat; /style lists them",
			Complete: func(ctx context.Context, req *Request, typed string) []string {
				return complete(typed, load(ctx, cfg, req).styles(), maxChoices)
			},
		},
	}
}

// imagine is /imagine: pictures of a prompt.
type imagine struct {
	drawingOptions
	options []Option
}

func newImagine(cfg Config) *Command {
	i := &imagine{drawingOptions: newDrawingOptions(cfg)}
	i.options = i.with(i.model, i.size, i.ratio, i.negative, i.count)
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
	if len(req.Attachments) > 0 && i.cfg.Pictures != nil {
		return Reply{}, false, i.beside(req)
	}
	return accept(ctx, i.cfg.Queue, job)
}

// beside is that a picture came with the request, which draws from words alone.
func (i *imagine) beside(req *Request) error {
	var buttons []Button
	if _, _, err := parseOptions("edit", req.Text, i.with(i.size, i.ratio, i.negative)); err == nil {
		edit := *req
		edit.Command = "edit"
		buttons = append(buttons, Button{Label: "✏️ Draw the picture anew"}.asking(edit))
	}
	without := *req
	without.Attachments = nil
	return offering(
		refuse("%s draws from words alone, without your picture: %s draws a picture anew after them.", code("/imagine"), code("/edit")),
		append(buttons, Button{Label: "🎨 Draw without it"}.asking(without))...)
}

// job checks everything that can be checked without waiting for anybody.
func (i *imagine) job(req *Request) (Job, error) {
	g, err := parse(req, i.options)
	if err != nil {
		return Job{}, err
	}
	if showsNothing(g.text) {
		if _, given := g.typed[i.negative.Name]; given && !strings.ContainsFunc(req.Text, isQuote) {
			return Job{}, refuse("Everything after %s was taken as what should not be there: put the picture first, or the words in quotes, as in %s.",
				code("--no"), code(`/imagine --no "text, people" a red fox`))
		}
		return Job{}, refuse("There is nothing to draw yet: describe the picture, as in %s.", code("/imagine a red fox in snow"))
	}
	u, err := i.usual(g)
	if err != nil {
		return Job{}, err
	}
	job := Job{Request: *req}
	if job.Generate.Prompt, err = promptOf(g, u, "/imagine a red fox in snow"); err != nil {
		return Job{}, err
	}
	size, err := i.sizeOf(g, cmp.Or(u.Size, i.cfg.Size))
	if err != nil {
		return Job{}, err
	}
	job.Generate.Width, job.Generate.Height = size.Width, size.Height
	if job.Generate.NegativePrompt, err = i.negativeOf(g, u); err != nil {
		return Job{}, err
	}
	if job.Count, err = i.countOf(g); err != nil {
		return Job{}, err
	}
	job.Count = cmp.Or(job.Count, u.Count)
	asked, err := g.value(i.model)
	if err != nil {
		return Job{}, err
	}
	job.Generate.Model = cmp.Or(asked, u.Model, i.cfg.Model)
	if asked == "" {
		if job.Generate.Model == i.cfg.Model {
			return job, nil
		}
		job.Fallback = i.cfg.Model
	}
	return job, checkNow(&job, i.cfg)
}

// checkNow is checkJob as far as the lists of models are at hand; Settle does
// the rest.
func checkNow(job *Job, cfg Config) error {
	lists := cfg.Catalog.Now()
	job.ModelUnchecked = !lists.whole()
	return checkJob(job, lists)
}

// countOf returns how many pictures are asked for; 0 where that is not said.
func (o drawingOptions) countOf(g given) (int, error) {
	given, err := g.value(o.count)
	if err != nil {
		return 0, err
	}
	return o.parseCount(given)
}

// parseCount reads a number of pictures; "" is 0. The error is a Refusal.
func (o drawingOptions) parseCount(given string) (int, error) {
	if given == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 || n > MaxCount {
		return 0, refuse("%s is no number of pictures: it may be 1 to %s, such as %s.", code(echo(given)), MaxCount, code(example(o.count, false)))
	}
	return n, nil
}

// parseSize reads a size that is accepted. The error is a Refusal, which
// offers what the nearest one asks for.
func (o drawingOptions) parseSize(given string, asks func(string) Request) (Size, error) {
	exampleSize := code(example(o.size, false))
	size, ok := ParseSize(given)
	if !ok {
		return Size{}, refuse("%s is no size: give width and height in pixels, such as %s.", code(echo(given)), exampleSize)
	}
	if !size.inRange(o.cfg.MaxSize) {
		refusal := refuse("%s is out of range: each side may be %s to %s pixels, such as %s.", code(echo(given)), MinSize, o.cfg.MaxSize, exampleSize)
		near := follow(size, o.cfg.MaxSize)
		if !near.resembles(size) {
			return Size{}, refusal
		}
		return Size{}, offering(refusal, Button{Label: "📐 " + near.String()}.asking(asks(near.String())))
	}
	return size, nil
}

// sizeOf returns the size that is asked for, by --size or --ar, or else usual.
func (o drawingOptions) sizeOf(g given, usual Size) (Size, error) {
	size, err := g.value(o.size)
	if err != nil {
		return Size{}, err
	}
	ratio, err := g.value(o.ratio)
	if err != nil {
		return Size{}, err
	}
	exampleSize, exampleRatio := code(example(o.size, false)), code(example(o.ratio, false))
	switch {
	case size != "" && ratio != "":
		return Size{}, refuse("%s and %s both set the size: give one of them, such as %s.", code("--size"), code("--ar"), exampleSize)
	case size != "" && isRatio(size):
		asked := g.instead(o.ratio, size)
		delete(asked.Options, o.size.Name)
		return Size{}, offering(
			refuse("%s is an aspect ratio and no size: send %s instead.", code(echo(size)), code("--ar "+quoted(echo(size)))),
			Button{Label: "📐 " + size}.asking(asked))
	case size != "":
		return o.parseSize(size, func(near string) Request { return g.instead(o.size, near) })
	case ratio != "":
		parsed, ok := parseRatio(ratio)
		if !ok {
			return Size{}, refuse("%s is no aspect ratio: give width and height as numbers, such as %s.", code(echo(ratio)), exampleRatio)
		}
		fitting, ok := sizeOfRatio(parsed, cmp.Or(usual, o.cfg.Size), o.cfg.MaxSize)
		if !ok {
			return Size{}, refuse("%s is too long for a picture of %s to %s pixels a side: try less, such as %s.", code(echo(ratio)), MinSize, o.cfg.MaxSize, exampleRatio)
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

// promptOf is what the request says and what its style adds.
func promptOf(g given, u usual, example string) (string, error) {
	prompt := listed(g.text, u.style.Words)
	if n := utf8.RuneCountInString(prompt); n > maxPrompt {
		return "", refuse("The prompt has %s characters and may have %s: shorten it, as in %s.", n, maxPrompt, code(example))
	}
	return prompt, nil
}

// negativeOf adds words to the default negative prompt, which always stays:
// the request's and its style's, or else the usual ones, where nothing says that
// there are none: an empty field or "".
func (o drawingOptions) negativeOf(g given, u usual) (*string, error) {
	words := listed(g.words(o.negative), u.style.Negative)
	_, field := g.req.Options[o.negative.Name]
	if _, typed := g.typed[o.negative.Name]; words == "" && !field && !typed {
		words = u.Negative
	}
	if words == "" {
		return nil, nil
	}
	if n := utf8.RuneCountInString(words); n > maxPrompt {
		return nil, refuse("The words after %s have %s characters and may have %s: shorten them, as in %s.",
			code("--"+o.negative.Flag), n, maxPrompt, code(example(o.negative, false)))
	}
	return new(kelly.DefaultNegativePrompt + ", " + words), nil
}

// A usual is what goes where a request does not say: what its style has, and
// else what its requester has set, or its chat.
type usual struct {
	Settings
	style Preset
}

// usual looks up what is set, which the Router has found, and the style that
// is asked for. The error is a Refusal, or ErrBusy.
func (o drawingOptions) usual(g given) (usual, error) {
	set := g.req.preferred
	if set.err != nil {
		return usual{}, fmt.Errorf("%w: %w", ErrBusy, set.err)
	}
	u := usual{Settings: set.settings()}
	name, err := g.value(o.style)
	if err != nil || name == "" {
		return u, err
	}
	var ok bool
	if u.style, ok = set.style(name); !ok {
		return u, o.noStyle(g, name)
	}
	ofStyle := Settings{Model: u.style.Model, Size: u.style.Size}.within(o.cfg)
	u.style.Size = ofStyle.Size
	u.Settings = ofStyle.or(u.Settings)
	return u, nil
}

// with is the options, and that of a style where there are any.
func (o drawingOptions) with(options ...Option) []Option {
	if o.cfg.Preferences == nil {
		return options
	}
	return append(options, o.style)
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
	return "", noModel(name, near)
}

func noModel(name, near string) error {
	return refuse("There is no model %s: the nearest is %s, and %s lists all.", code(echo(name)), code("--model "+quoted(near)), code("/models"))
}

// checkJob gives the job's model its listed spelling. In place of one that is
// not there the job's fallback draws, or those that are nearest are offered.
func checkJob(job *Job, lists Lists) error {
	model, err := checkModel(job.Generate.Model, lists)
	switch {
	case err == nil:
		job.Generate.Model = model
		return nil
	case job.Fallback != "":
		job.Gone, job.Generate.Model = job.Generate.Model, job.Fallback
		return nil
	}
	if whole, asked, ok := unquoted(job, lists); ok {
		return offering(noModel(job.Generate.Model, whole), Button{Label: "🎨 " + whole}.asking(asked))
	}
	return offerModels(err, job.Generate.Model, lists, func(near string) Request {
		other := *job
		other.Generate.Model = near
		req := job.Request
		req.Command, req.Options, req.Text = "imagine", nil, other.argument("imagine")
		return req
	})
}

// modelToKeep returns the listed spelling of a model that is to be stored. One
// that is on no list is refused while a list is missing too.
func (o drawingOptions) modelToKeep(name string, asks func(near string) Request) (string, error) {
	lists := o.cfg.Catalog.Now()
	model, err := checkModel(name, lists)
	if err != nil {
		return "", offerModels(err, name, lists, asks)
	}
	if _, listed := lists.Find(model); !listed {
		return "", refuse("The picture service has not said yet which models there are: please try again in a minute.")
	}
	return model, nil
}

// offerModels is the error that there is no model of that name, with buttons
// that ask for those that are nearest.
func offerModels(err error, name string, lists Lists, asks func(near string) Request) error {
	var buttons []Button
	for _, near := range nearestOf(name, lists.All(), offeredNear) {
		buttons = append(buttons, Button{Label: "🎨 " + near}.asking(asks(near)))
	}
	return offering(err, buttons...)
}

// offeredNear is how many are offered in place of what is not there.
const offeredNear = 3
