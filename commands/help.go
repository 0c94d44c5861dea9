package commands

import (
	"context"
	"slices"
	"strings"
)

func newHelp(r *Router, cfg Config) *Command {
	h := help{router: r, cfg: cfg}
	return &Command{
		Name:     "help",
		Summary:  "Explain the bot, or one command",
		Argument: Argument{Name: "command", Summary: "The command to explain, such as imagine"},
		Examples: []string{"/help", "/help imagine"},
		Private:  true,
		Run:      h.run,
	}
}

// help is /help.
type help struct {
	router *Router
	cfg    Config
}

func (h help) run(_ context.Context, req *Request) (Reply, bool, error) {
	name := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(req.Text), "/"))
	if name == "" {
		return Reply{Text: h.overview(req)}, false, nil
	}
	asked := *req
	asked.Command = name
	command, err := h.router.find(&asked)
	if err != nil {
		return Reply{}, false, err
	}
	return Reply{Text: about(command, req.Address.Platform)}, false, nil
}

// overview is the bare /help: the words of the trade, then every command.
func (h help) overview(req *Request) Text {
	text := Say("Say what you want to see, and the bot draws it:\n%s", code("/imagine a red fox in snow --model "+quoted(h.cfg.Model)+" --size "+exampleSize(h.cfg)))
	text = append(text, Span{Text: "\n"})
	for _, term := range []Text{
		Say("%s: what the picture shows, in your own words; details such as light, place and style help.", bold("Prompt")),
		Say("%s: what it should not show: a long list of common flaws is always sent, and %s adds your words to it.", bold("Negative prompt"), code("--no")),
		Say("%s: what draws, each in its own manner; this bot takes %s unless you name another.", bold("Model"), h.cfg.Model),
		Say("%s: width x height in pixels, %s unless you say otherwise; %s keeps the area and sets the ratio.", bold("Size"), h.cfg.Size, code("--ar "+exampleRatio(h.cfg))),
	} {
		text = append(text, Say("\n%s", term)...)
	}
	text = append(text, Span{Text: "\n\n"})
	for group, title := range groupTitles {
		var names Text
		for _, command := range h.router.offered(req) {
			if command.Group == Group(group) {
				names = append(names, Span{Text: " "}, code("/"+command.Name))
			}
		}
		if len(names) > 0 {
			text = append(text, Say("%s: %s\n", title, names[1:])...)
		}
	}
	return append(text, Say("%s tells more of a command.", code("/help imagine"))...)
}

// groupTitles are by Group.
var groupTitles = []Span{bold("Draw"), bold("Pictures"), bold("Choices"), bold("More"), bold("For admins")}

// about explains one command on the platform from what is registered of it.
func about(c *Command, platform string) Text {
	text := Say("%s: %s\n%s", Span{Text: "/" + c.Name, Style: Bold}, Say(c.Summary), code(Usage(c)))
	gap := Span{Text: "\n\n"}
	add := func(line Text) {
		text = append(append(text, gap), line...)
		gap.Text = "\n"
	}
	if c.Argument.Name != "" {
		add(Say("%s: %s", code(c.Argument.Name), Say(c.Argument.Summary)))
	}
	for _, option := range c.Options {
		if option.Attachment {
			add(givingPicture(platform))
			continue
		}
		add(Say("%s: %s", code(option.usage()), Say(option.Summary)))
	}
	examples := slices.DeleteFunc(slices.Clone(c.Examples), func(line string) bool { return line == Usage(c) })
	if len(examples) > 0 {
		text = append(text, Say("\n\n%s", Say("For example:"))...)
	}
	for _, line := range examples {
		text = append(text, Say("\n%s", code(line))...)
	}
	return text
}

// Usage is the command's form on one line, with what may be left out in
// square brackets.
func Usage(c *Command) string {
	usage := "/" + c.Name
	switch {
	case c.Argument.Required:
		usage += " " + c.Argument.Name
	case c.Argument.Name != "":
		usage += " [" + c.Argument.Name + "]"
	}
	if c.Argument.Then != "" {
		usage += " " + c.Argument.Then
	}
	for _, option := range c.Options {
		if option.Attachment {
			continue
		}
		usage += " [" + option.usage() + "]"
	}
	return usage
}

// usage is the option as it is typed, with what stands for its value.
func (o Option) usage() string { return strings.TrimSpace("--" + o.Flag + " " + o.Value) }
