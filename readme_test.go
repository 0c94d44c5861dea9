//go:build unix

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kellybot/commands"
)

// TestREADMEListsEveryCommand holds the table of commands against the registry.
func TestREADMEListsEveryCommand(t *testing.T) {
	const begin, end = "| command | what it does | |\n| --- | --- | --- |\n<!-- commands -->\n", "<!-- /commands -->\n"
	before, rest, _ := strings.Cut(string(readFile(t, "README.md")), begin)
	_, after, found := strings.Cut(rest, end)
	if !found {
		t.Fatal("README.md has no table of commands any more")
	}
	var rows strings.Builder
	var listed []string
	for _, platform := range []string{"discord", "telegram"} {
		for _, command := range everything.Commands(platform) {
			if !slices.Contains(listed, command.Name) {
				listed = append(listed, command.Name)
				fmt.Fprintf(&rows, "| `%s` | %s | %s |\n", commands.Usage(command), command.Summary, where(command))
			}
		}
	}
	checkFile(t, "README.md", before+begin+rows.String()+end+after)
}

// everything is a router of all commands.
var everything = commands.NewRouter(commands.Config{
	Requests: struct{ commands.Requests }{}, Pictures: struct{ commands.Pictures }{}, Preferences: struct{ commands.Preferences }{},
	Offers: struct{ commands.Offers }{}, Records: struct{ commands.Records }{},
	Model: "PhotoPerfect", Size: commands.Size{Width: 1024, Height: 1024}, MaxSize: 2048,
})

// where says from where else a picture gets to the command, and on which
// platforms alone it is.
func where(c *commands.Command) string {
	var all []string
	if slices.ContainsFunc(c.Options, func(o commands.Option) bool { return o.Attachment }) {
		all = append(all, "on a picture that you attach, reply to on Telegram, or name by its id")
	}
	if c.Menu != "" {
		all = append(all, "on Discord also in a message's menu: *Apps → "+c.Menu+"*")
	}
	for _, platform := range c.Platforms {
		all = append(all, "on "+strings.ToUpper(platform[:1])+platform[1:]+" only")
	}
	return strings.Join(all, "; ")
}
