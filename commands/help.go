package commands

import (
	"context"
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
		return Reply{Text: h.overview(req.Address.Platform)}, false, nil
	}
	command, err := h.router.find(name, req.Address.Platform)
	if err != nil {
		return Reply{}, false, err
	}
	return Reply{Text: about(command)}, false, nil
}

// overview is the bare /help: the words of the trade, then every command.
func (h help) overview(platform string) Text {
	text := say("Say what you want to see, and the bot draws it:\n%s\n\n", code("/imagine a red fox in snow --model "+quoted(h.cfg.Model)+" --size "+exampleSize(h.cfg)))
	for _, term := range []struct{ name, meaning string }{
		{"Prompt", "what the picture shows, in your own words; details such as light, place and style help."},
		{"Negative prompt", "what it should not show: a long list of common flaws is always sent, and --no adds your words to it."},
		{"Model", "what draws, each in its own manner; this bot takes " + h.cfg.Model + " unless you name another."},
		{"Size", "width x height in pixels, " + h.cfg.Size.String() + " unless you say otherwise; --ar 16:9 keeps the area and sets the ratio."},
	} {
		text = append(text, Span{Text: term.name, Style: Bold}, Span{Text: ": " + term.meaning + "\n"})
	}
	text = append(text, Span{Text: "\n"})
	for _, command := range h.router.Commands(platform) {
		text = append(text, say("%s: %s\n", code("/"+command.Name), command.Summary)...)
	}
	return append(text, say("%s tells more of a command.", code("/help imagine"))...)
}

// about explains one command from what is registered of it.
func about(c *Command) Text {
	text := say("%s: %s\n%s\n", Span{Text: "/" + c.Name, Style: Bold}, c.Summary, code(Usage(c)))
	if c.Argument.Name != "" {
		text = append(text, say("\n%s: %s", code(c.Argument.Name), c.Argument.Summary)...)
	}
	for _, option := range c.Options {
		text = append(text, say("\n%s: %s", code("--"+option.Flag+" "+option.Value), option.Summary)...)
	}
	if len(c.Examples) > 0 {
		text = append(text, say("\n\nFor example:")...)
	}
	for _, line := range c.Examples {
		text = append(text, say("\n%s", code(line))...)
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
	for _, option := range c.Options {
		usage += " [--" + option.Flag + " " + option.Value + "]"
	}
	return usage
}
