package cli

import (
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"

	"kellybot/bots"
	"kellybot/commands"
)

// plain renders text for a terminal. The commands in it, such as /models, are
// written as they are typed in a shell.
func plain(router bots.Router, text commands.Text) string {
	var names []string
	for _, command := range router.Commands(Platform) {
		names = append(names, command.Name)
	}
	slash := regexp.MustCompile(`(^|[\s(])/(` + strings.Join(names, "|") + `)\b`)
	var b strings.Builder
	for _, span := range text {
		if !span.Cut { // else a person's own words
			span.Text = slash.ReplaceAllString(span.Text, "${1}kellybot $2")
		}
		b.WriteString(span.Text)
	}
	return b.String()
}

const outputOptions = `  -o FILE	Where to write the picture, or - for standard output; a name made of the prompt otherwise
  -f, --force	Overwrite FILE
  --	Only text follows, taken as it is
  -	As the text: read it from standard input
`

// help prints how `imagine` is used, from what the router has registered.
func (s *Shell) help(router bots.Router) error {
	for _, command := range router.Commands(Platform) {
		if command.Name == imagine {
			return s.print(usage(router, command))
		}
	}
	return nil
}

func usage(router bots.Router, c *commands.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s [-o FILE] [-f]\n\n%s.\n\n", commands.Usage(c), c.Summary)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "  %s\t%s\n", c.Argument.Name, c.Argument.Summary)
	for _, option := range c.Options {
		fmt.Fprintf(table, "  --%s %s\t%s\n", option.Flag, option.Value, option.Summary)
	}
	fmt.Fprint(table, outputOptions)
	table.Flush()
	b.WriteString("\nFor example:\n")
	for _, example := range c.Examples {
		fmt.Fprintf(&b, "  %s\n", example)
	}
	return plain(router, commands.T(b.String()))
}
