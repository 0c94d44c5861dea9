package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxStyles is how many styles a user or a chat may have.
	maxStyles = 25
	// maxStyleName bounds a style's name, in characters.
	maxStyleName = 32
	// maxStyleWords bounds the words that a style adds to a prompt, and those
	// to a negative prompt, in characters: they leave room for others.
	maxStyleWords = maxPrompt / 2
)

// exampleStyle is what names of styles look like, and exampleSave saves it.
const (
	exampleStyle = "pastel"
	exampleSave  = "/style save " + exampleStyle + " soft light, watercolour"
)

// style is /style: presets of a user and of a chat.
type style struct {
	cfg Config
	drawingOptions
	chat    Option
	options []Option
}

func newStyle(cfg Config) *Command {
	s := &style{cfg: cfg, drawingOptions: newDrawingOptions(cfg), chat: Option{
		Name: "chat", Flag: "chat", Switch: true, Example: SwitchedOn,
		Summary: "A style for everybody in this chat, by its moderators",
	}}
	s.options = []Option{s.negative, s.model, s.size, s.chat}
	return &Command{
		Name:      "style",
		Summary:   "Save words, a model and a size as a style, or list the styles",
		Argument:  Argument{Name: "text", Summary: "save NAME and the words that it adds; list; or delete NAME"},
		Options:   s.options,
		Examples:  []string{exampleSave + " --no photo", "/style list"},
		Private:   true,
		Moderated: true,
		Personal:  true,
		Run:       s.run,
	}
}

func (s *style) run(ctx context.Context, req *Request) (Reply, bool, error) {
	g, err := parse(req, s.options)
	if err != nil {
		return Reply{}, false, err
	}
	verb, rest := cutWord(g.text)
	switch strings.ToLower(verb) {
	case "", "list":
		return s.list(req, rest)
	case "save":
		return s.save(ctx, g, rest)
	case "delete":
		if rest != "" {
			return s.delete(ctx, g, rest)
		}
	}
	return Reply{}, false, refuse("Say what to do: %s, %s, or %s.", code(exampleSave), code("/style list"), code("/style delete "+exampleStyle))
}

// cutWord takes the first word off a text.
func cutWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if end := strings.IndexFunc(text, unicode.IsSpace); end >= 0 {
		return text[:end], strings.TrimSpace(text[end:])
	}
	return text, ""
}

// styleKey is what a style is kept by: names are the same without regard to
// case, and to how keyboards put accents together.
func styleKey(name string) string { return norm.NFC.String(strings.ToLower(strings.TrimSpace(name))) }

// styleVerbs are what /style does, and no names of styles.
var styleVerbs = []string{"save", "list", "delete"}

// validStyle reports whether a styleKey has letters, digits and hyphens alone,
// of any script and not too many, and is no option, no page and no verb.
func validStyle(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return unicode.IsLetter(first) && utf8.RuneCountInString(name) <= maxStyleName && !slices.Contains(styleVerbs, name) &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return r != '-' && !unicode.In(r, unicode.L, unicode.M, unicode.Nd)
		})
}

// scope is whose styles the request is about.
func (s *style) scope(g given) (Scope, error) {
	chat, err := g.value(s.chat)
	if err != nil || chat != SwitchedOn {
		return UserScope(g.req), err
	}
	return moderatedScope(g.req)
}

// moderatedScope is the chat's, for those who may change its settings.
func moderatedScope(req *Request) (Scope, error) {
	switch {
	case req.Chat.Private:
		return "", refuse("Nobody else is in this chat, so only your own settings and styles count: send it again without %s.", code("chat"))
	case !req.Moderator:
		return "", refuse("Only a moderator of this chat may change that: %s shows what you may set for yourself.", code("/settings"))
	}
	return ChatScope(req), nil
}

func (s *style) save(ctx context.Context, g given, rest string) (Reply, bool, error) {
	name, words := cutWord(rest)
	name = styleKey(name)
	if !validStyle(name) {
		return Reply{}, false, refuse("A style's name begins with a letter, has at most %s letters, digits and hyphens, and is none of %s: send it as in %s.",
			maxStyleName, strings.Join(styleVerbs, ", "), code(exampleSave))
	}
	scope, err := s.scope(g)
	if err != nil {
		return Reply{}, false, err
	}
	preset, err := s.preset(g, words)
	if err != nil {
		return Reply{}, false, err
	}
	err = s.cfg.Preferences.Change(ctx, scope, func(set *Settings) error {
		if _, there := set.Styles[name]; !there && len(set.Styles) >= maxStyles {
			return refuse("There are %s styles, which is as many as are kept: delete one with %s.", maxStyles, code("/style delete "+exampleStyle))
		}
		if set.Styles == nil {
			set.Styles = map[string]Preset{}
		}
		set.Styles[name] = preset
		return nil
	})
	if err != nil {
		return Reply{}, false, err
	}
	return Reply{Text: Say("The style is saved: use it as in %s.", code("/imagine a red fox in snow --style "+name))}, false, nil
}

// preset is what the request says of a style.
func (s *style) preset(g given, words string) (p Preset, err error) {
	p = Preset{Words: words, Negative: g.words(s.negative)}
	if showsNothing(p.Words) {
		p.Words = ""
	}
	if n := max(utf8.RuneCountInString(p.Words), utf8.RuneCountInString(p.Negative)); n > maxStyleWords {
		return p, refuse("The words have %s characters and may have %s: shorten them, as in %s.", n, maxStyleWords, code(exampleSave))
	}
	if err := s.cfg.Policy.refuseWords(p.Words); err != nil {
		return p, err
	}
	size, err := g.value(s.size)
	if err != nil {
		return p, err
	}
	if size != "" {
		if p.Size, err = s.parseSize(size, func(near string) Request { return g.instead(s.size, near) }); err != nil {
			return p, err
		}
	}
	if p.Model, err = s.modelOf(g); err != nil {
		return p, err
	}
	if p == (Preset{}) {
		return p, refuse("A style adds words, %s, %s or %s: send it as in %s.", code("--no"), code("--model"), code("--size"), code(exampleSave))
	}
	return p, nil
}

// modelOf returns the listed spelling of the model that is asked for, or "".
func (o drawingOptions) modelOf(g given) (string, error) {
	asked, err := g.value(o.model)
	if err != nil || asked == "" {
		return "", err
	}
	return o.modelToKeep(asked, func(near string) Request { return g.instead(o.model, near) })
}

func (s *style) delete(ctx context.Context, g given, name string) (Reply, bool, error) {
	scope, err := s.scope(g)
	if err != nil {
		return Reply{}, false, err
	}
	key, own := styleKey(name), scope == UserScope(g.req)
	err = s.cfg.Preferences.Change(ctx, scope, func(set *Settings) error {
		_, there := set.Styles[key]
		_, ofOwn := g.req.preferred.own.Styles[key]
		_, ofChat := g.req.preferred.chat.Styles[key]
		switch {
		case there:
			delete(set.Styles, key)
			return nil
		case own && ofChat:
			return refuse("%s is this chat's style, not yours: a moderator deletes it with %s.", code(key), code("/style delete "+key+" --chat"))
		case !own && ofOwn:
			return refuse("%s is your own style, not this chat's: delete it with %s.", code(key), code("/style delete "+key))
		}
		return refuse("There is no style %s: %s shows all of them.", code(echo(name)), code("/style list"))
	})
	if err != nil {
		return Reply{}, false, err
	}
	if !own {
		return Reply{Text: Say("This chat's style %s is deleted.", code(key))}, false, nil
	}
	return Reply{Text: Say("Your style %s is deleted.", code(key))}, false, nil
}

// stylesPage is how many styles one answer lists.
const stylesPage = 10

// list shows all styles in pages, or with a name all of that style. Where
// others read the answer it shows the chat's alone.
func (s *style) list(req *Request, which string) (Reply, bool, error) {
	set := req.shown()
	if set.err != nil {
		return Reply{}, false, fmt.Errorf("%w: %w", ErrBusy, set.err)
	}
	if preset, ok := set.style(which); ok {
		return Reply{Text: Say("It is saved by %s.", code(preset.line(styleKey(which))))}, false, nil
	}
	all := set.styles()
	name, page := parsePage(which)
	pages := (len(all) + stylesPage - 1) / stylesPage
	private := Reply{Text: Say("Your own styles are shown to you alone, in our private chat."), Start: startStyles}
	switch {
	case len(all) == 0 && overheard(req):
		return private, false, nil
	case len(all) == 0:
		return Reply{Text: Say("There are no styles yet: save one with %s.", code(exampleSave))}, false, nil
	case name != "" && !overheard(req): // among others it may be one's own
		return Reply{}, false, refuse("There is no style %s: %s shows all of them.", code(echo(which)), code("/style list"))
	case page < 1 || page > pages:
		return Reply{}, false, refuse("There is no page %s: the last one is %s.", page, code(pageCommand("style list", "", pages)))
	}
	var text Text
	for _, name := range all[(page-1)*stylesPage : min(page*stylesPage, len(all))] {
		preset, _ := set.style(name)
		about := []Text{T(echo(preset.Words)), T(preset.Model)}
		if preset.Size != (Size{}) {
			about = append(about, T(preset.Size.String()))
		}
		if preset.Negative != "" {
			about = append(about, T("--no "+echo(preset.Negative)))
		}
		if _, own := set.own.Styles[name]; !own {
			about = append(about, Say("this chat's"))
		}
		about = slices.DeleteFunc(about, func(t Text) bool { return t.String() == "" })
		text = append(text, Say("%s: %s", code(name), facts(about...))...)
		text = append(text, Span{Text: "\n"})
	}
	if page < pages {
		text = append(text, Say("Page %s of %s, the next is %s.", page, pages, code(pageCommand("style list", "", page+1)))...)
		text = append(text, Span{Text: "\n"})
	}
	text = append(text, Say("Use a style as in %s.", code("/imagine a red fox in snow --style "+all[0]))...)
	if overheard(req) {
		private.Text = append(append(text, Span{Text: "\n"}), private.Text...)
		return private, false, nil
	}
	return Reply{Text: text}, false, nil
}

// line is the command that saves the preset.
func (p Preset) line(name string) string {
	line := strings.TrimSpace("/style save " + name + " " + literally(p.Words))
	if p.Model != "" {
		line += " --model " + quoted(p.Model)
	}
	if p.Size != (Size{}) {
		line += " --size " + p.Size.String()
	}
	if p.Negative != "" {
		line += " --no " + literally(p.Negative)
	}
	return line
}

// noStyle is why a request is refused that asks for a style of that name.
func (o drawingOptions) noStyle(g given, name string) error {
	styles := g.req.shown().styles()
	if len(styles) == 0 {
		return refuse("There is no style %s: save one with %s.", code(echo(name)), code(exampleSave))
	}
	if _, alike := Nearest(styleKey(name), styles); !alike {
		return refuse("There is no style %s: %s shows all of them.", code(echo(name)), code("/style list"))
	}
	near := nearestOf(styleKey(name), styles, offeredNear)
	var buttons []Button
	for _, name := range near {
		buttons = append(buttons, Button{Label: "🖌️ " + name}.asking(g.instead(o.style, name)))
	}
	return offering(refuse("There is no style %s: the nearest is %s, and %s shows all of them.",
		code(echo(name)), code("--style "+near[0]), code("/style list")), buttons...)
}
