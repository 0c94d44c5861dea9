package commands

import (
	"cmp"
	"context"
	"strconv"
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

// with is the options, and that of a style where there are any.
func (o drawingOptions) with(options ...Option) []Option {
	if o.cfg.Preferences == nil {
		return options
	}
	return append(options, o.style)
}
