package commands

import (
	"context"
	"errors"
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
		Examples:  []string{"/settings", "/settings --size " + exampleSize(cfg), "/settings --size " + usualValue, "/settings --no text, people"},
		Private:   true,
		Moderated: true,
		Personal:  true,
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
		return Reply{}, refuse("There is no setting %s: change one as in %s, undo that as in %s, or see all of them with %s.",
			code(echo(g.text)), code("/settings --size "+exampleSize(s.cfg)), code("/settings --size "+usualValue), code("/settings"))
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
		if _, typed := g.typed[setting.option.Name]; value != "" || typed { // --no "" undoes it
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

// change stores the changes, all or none, and shows the page: one's own where
// nobody else reads it.
func (s *settings) change(ctx context.Context, p page, changes []change) (Reply, error) {
	scope, err := p.scope()
	if err != nil {
		return Reply{}, err
	}
	if len(changes) > 0 {
		err := s.cfg.Preferences.Change(ctx, scope, func(set *Settings) error {
			for _, c := range changes {
				if strings.EqualFold(c.value, usualValue) {
					c.value = ""
				}
				if err := c.setting.set(set, c.value, p.asking(c.setting)); err != nil {
					return p.undoable(c.setting, err)
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
	switch {
	case p.chat || !overheard(p.req):
		return s.page(p), nil
	case len(changes) > 0:
		return Reply{Text: Say("That is set: your settings are shown to you alone, in our private chat."), Start: startSettings}, nil
	}
	return Reply{Text: Say("Your settings are shown to you alone, in our private chat."), Start: startSettings}, nil
}

// usualValue undoes what is set, in words.
const usualValue = "usual"

// typing is what people type to give a setting the value.
func (p page) typing(s setting, value string) string {
	line := "/settings "
	if p.chat {
		line += ofChat + " "
	}
	return line + "--" + s.option.Flag + " " + value
}

// undoable is why a value is refused, with what to type for the usual one.
func (p page) undoable(s setting, err error) error {
	refusal, refused := errors.AsType[*Refusal](err)
	if !refused {
		return err
	}
	undoing := &Refusal{lines(refusal.Text, Say("%s goes back to the usual one.", code(p.typing(s, usualValue))))}
	if offers, ok := errors.AsType[*offeringError](err); ok {
		return offering(undoing, offers.buttons...)
	}
	return undoing
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
