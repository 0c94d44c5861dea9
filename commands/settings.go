package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// settings is /settings: what a user or a chat has set, shown with buttons
// that change it in place.
type settings struct {
	cfg     Config
	all     []setting
	options []Option
}

func newSettings(cfg Config) *Command {
	s := &settings{cfg: cfg, all: allSettings(cfg)}
	for _, setting := range s.all {
		if setting.option.Name != "" {
			s.options = append(s.options, setting.option)
		}
	}
	return &Command{
		Name:      "settings",
		Summary:   "Show and change what your requests start from",
		Argument:  Argument{Name: "whose", Summary: "chat, for the settings of this chat, by its moderators"},
		Options:   s.options,
		Examples:  []string{"/settings", "/settings --size " + exampleSize(cfg), "/settings --no text, people"},
		Private:   true,
		Moderated: true,
		Run:       s.run,
	}
}

// A page shows a user's settings or a chat's.
type page struct {
	req  *Request
	chat bool
}

// What a button of a page does stands in its id: first whose page it is, by
// the user's id or ofChat, and then one of these.
const (
	ofChat   = "chat"
	toPage   = "page" // shows all settings
	toOpen   = "open" // shows one, whose name follows
	toAsk    = "ask"  // asks for the value of one, whose name follows
	toSet    = "set"  // sets one: its name, a 0, and the value, or "" for none
	valueSep = "0"
)

func (p page) id(action string) string {
	if p.chat {
		return ofChat + action
	}
	return owner(p.req) + action
}

// owner is the requester's id as it stands in a button's.
func owner(req *Request) string { return strings.TrimPrefix(req.User.ID, "-") }

// pageOf reads a button's id. The error is a Refusal.
func pageOf(req *Request, id string) (p page, action string, err error) {
	action = strings.TrimLeft(id, "0123456789")
	whose := strings.TrimSuffix(id, action)
	if rest, ok := strings.CutPrefix(action, ofChat); ok && whose == "" {
		return page{req, true}, rest, nil
	}
	if whose != owner(req) {
		return p, "", refuse("These are somebody else's settings: %s shows yours.", code("/settings"))
	}
	return page{req: req}, action, nil
}

// scope is whose settings the page changes. The error is a Refusal.
func (p page) scope() (Scope, error) {
	if p.chat {
		return moderatedScope(p.req)
	}
	return UserScope(p.req), nil
}

func (s *settings) run(ctx context.Context, req *Request) (Reply, bool, error) {
	if err := req.preferred.err; err != nil {
		return Reply{}, false, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	reply, err := s.reply(ctx, req)
	return reply, false, err
}

func (s *settings) reply(ctx context.Context, req *Request) (Reply, error) {
	if req.Pressed {
		p, action, err := pageOf(req, req.Text)
		if err != nil {
			return Reply{}, err
		}
		return s.press(ctx, p, action)
	}
	if id, asked := req.Options["id"]; asked {
		p, action, err := pageOf(req, id)
		if err != nil {
			return Reply{}, err
		}
		setting, ok := s.named(strings.TrimPrefix(action, toAsk))
		if !ok {
			return Reply{}, ErrFinished
		}
		return s.change(ctx, p, []change{{setting, strings.TrimSpace(req.Text)}})
	}
	return s.typed(ctx, req)
}

// typed answers the command as people type it.
func (s *settings) typed(ctx context.Context, req *Request) (Reply, error) {
	g, err := parse(req, s.options)
	if err != nil {
		return Reply{}, err
	}
	p := page{req: req, chat: strings.EqualFold(g.text, ofChat)}
	if g.text != "" && !p.chat {
		return Reply{}, refuse("Nothing is called %s here: %s sets one, and %s shows all.", code(echo(g.text)), code("/settings --size "+exampleSize(s.cfg)), code("/settings"))
	}
	var changes []change
	for _, setting := range s.all {
		if setting.option.Name == "" {
			continue
		}
		value, err := g.valueOf(setting.option)
		if err != nil {
			return Reply{}, err
		}
		if value != "" {
			changes = append(changes, change{setting, value})
		}
	}
	return s.change(ctx, p, changes)
}

// press does what a button of the page does.
func (s *settings) press(ctx context.Context, p page, action string) (Reply, error) {
	if action == toPage {
		return s.change(ctx, p, nil)
	}
	for _, verb := range []string{toOpen, toAsk, toSet} {
		rest, ok := strings.CutPrefix(action, verb)
		if !ok {
			continue
		}
		name, value, _ := strings.Cut(rest, valueSep)
		setting, ok := s.named(name)
		if !ok {
			break
		}
		if _, err := p.scope(); err != nil {
			return Reply{}, err
		}
		switch verb {
		case toOpen:
			return s.open(p, setting), nil
		case toAsk:
			return s.ask(p, setting), nil
		}
		return s.change(ctx, p, []change{{setting, value}})
	}
	return Reply{}, ErrFinished // of a button that there was once
}

func (s *settings) named(name string) (setting, bool) {
	i := slices.IndexFunc(s.all, func(s setting) bool { return s.name == name })
	if i < 0 {
		return setting{}, false
	}
	return s.all[i], true
}

// A change is one setting's new value; "" is none.
type change struct {
	setting setting
	value   string
}

// change stores the changes, all or none, and shows the page.
func (s *settings) change(ctx context.Context, p page, changes []change) (Reply, error) {
	scope, err := p.scope()
	if err != nil {
		return Reply{}, err
	}
	if len(changes) > 0 {
		err := s.cfg.Preferences.Change(ctx, scope, func(set *Settings) error {
			for _, c := range changes {
				if err := c.setting.set(set, c.value, p.asking(c.setting)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return Reply{}, err
		}
		p.req.preferred = load(ctx, s.cfg, p.req)
		if language := p.req.preferred.settings().Language; language != "" {
			p.req.Locale = language
		}
	}
	return s.page(p), nil
}

// asking is what asks for another value of the setting.
func (p page) asking(s setting) func(value string) Request {
	return func(value string) Request {
		req := Request{Command: "settings", Options: map[string]string{s.option.Name: value}}
		if p.chat {
			req.Text = ofChat
		}
		return req
	}
}

// page shows all settings.
func (s *settings) page(p page) Reply {
	title := bold("Your settings")
	if p.chat {
		title = bold("This chat's settings")
	}
	text := Text{title}
	var buttons []Button
	for _, setting := range s.all {
		if !setting.of(p) {
			continue
		}
		text = append(text, Say("\n%s", s.line(p, setting))...)
		button := setting.button
		button.Command, button.ID, button.Break = "settings", p.id(toOpen+setting.name), len(buttons)%pageRow == 0
		buttons = append(buttons, button)
	}
	if !p.chat && !p.req.Chat.Private {
		text = append(text, Say("\n%s", Say("%s shows those of this chat.", code("/settings chat")))...)
	}
	return Reply{Text: text, Buttons: buttons, Update: true}
}

// pageRow is how many buttons stand beside each other on a page.
const pageRow = 4

// line says what a setting is, and who set it.
func (s *settings) line(p page, setting setting) Text {
	set, value := p.req.preferred, setting.unset
	own, chat, bots := setting.value(set.own), setting.value(set.chat), setting.value(s.cfg.standard())
	switch {
	case own != nil && !p.chat:
		value = own
	case chat != nil && p.chat:
		value = chat
	case chat != nil:
		value = Say("%s (this chat's)", chat)
	case bots != nil:
		value = Say("%s (the bot's)", bots)
	}
	return Say("%s: %s", Say(setting.field.Label), value)
}

// standard is what goes where nobody has set anything.
func (cfg Config) standard() Settings {
	return Settings{Model: cfg.Model, Size: cfg.Size, Count: 1, Spoiler: new(false), AsFile: new(false)}
}

// open shows one setting, with its values.
func (s *settings) open(p page, setting setting) Reply {
	reply := Reply{Text: s.line(p, setting), Update: true}
	add := func(button Button, action string) {
		button.Command, button.ID = "settings", p.id(action)
		reply.Buttons = append(reply.Buttons, button)
	}
	for i, c := range setting.choices {
		c.button.Break = i%pageRow == 0
		add(c.button, toSet+setting.name+valueSep+c.value)
	}
	below := len(reply.Buttons)
	if setting.typed {
		add(Button{Label: "✏️ Type it"}, toAsk+setting.name)
	}
	set := p.req.preferred.own
	if p.chat {
		set = p.req.preferred.chat
	}
	if setting.value(set) != nil {
		add(Button{Label: "↩️ Not set"}, toSet+setting.name+valueSep)
	}
	add(Button{Label: "◀️ Back"}, toPage)
	reply.Buttons[below].Break = true
	return reply
}

// ask asks for a setting's value.
func (s *settings) ask(p page, setting setting) Reply {
	set := p.req.preferred.own
	if p.chat {
		set = p.req.preferred.chat
	}
	field := setting.field
	field.Value = setting.value(set).String()
	line := "/settings " + example(setting.option, false)
	if p.chat {
		line = "/settings chat " + example(setting.option, false)
	}
	return Reply{
		Text: Say("Send what it shall be, as in %s.", code(line)),
		Form: &Form{Title: "Change a setting", Command: "settings", ID: p.id(toAsk + setting.name), Fields: []Field{field}},
	}
}
