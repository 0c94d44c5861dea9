package commands

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
		undo := Button{Label: "↩️ Clear"}
		switch {
		case !p.chat && setting.value(p.req.preferred.chat) != nil:
			undo = Button{Label: "↩️ Use this chat's"}
		case setting.value(s.cfg.standard()) != nil:
			undo = Button{Label: "↩️ Use the bot's"}
		}
		add(undo, toSet+setting.name+valueSep)
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
	form := &Form{Title: "Change a setting", Command: "settings", ID: p.id(toAsk + setting.name), Fields: []Field{field}}
	switch {
	case field.Value == "":
	case field.Long:
		form.line = p.typing(setting, literally(field.Value))
	default:
		form.line = p.typing(setting, quoted(field.Value))
	}
	line := "/settings " + example(setting.option, false)
	if p.chat {
		line = "/settings chat " + example(setting.option, false)
	}
	return Reply{Text: Say("Send what it shall be, as in %s.", code(line)), Form: form}
}
