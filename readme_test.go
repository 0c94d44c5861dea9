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
				// A bar ends a cell, in code as well.
				usage := strings.ReplaceAll(commands.Usage(command), "|", `\|`)
				fmt.Fprintf(&rows, "| `%s` | %s | %s |\n", usage, command.Summary, where(command))
			}
		}
	}
	checkFile(t, "README.md", before+begin+rows.String()+end+after)
}

// everything is a router of all commands, and withoutAdmins of those that are
// there where nobody is an admin.
var (
	everything    = commands.NewRouter(whole(commands.Access{Admins: map[string]bool{"discord:1": true}}))
	withoutAdmins = commands.NewRouter(whole(commands.Access{}))
)

// whole is a program with everything that commands ask for.
func whole(access commands.Access) commands.Config {
	return commands.Config{
		Catalog:  &commands.Catalog{},
		Requests: struct{ commands.Requests }{}, Pictures: struct{ commands.Pictures }{}, Preferences: struct{ commands.Preferences }{},
		Offers: struct{ commands.Offers }{}, Records: struct{ commands.Records }{},
		Rules: struct{ commands.Rules }{}, Reports: struct{ commands.Reports }{}, Access: access,
		Model: "PhotoPerfect", Size: commands.Size{Width: 1024, Height: 1024}, MaxSize: 2048,
	}
}

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
	if c.Admin {
		all = append(all, "for `ADMINS`")
	} else if withoutAdmins.Command("discord", c.Name) == nil && c.On("discord") {
		all = append(all, "where `ADMINS` are set")
	}
	for _, platform := range c.Platforms {
		all = append(all, "on "+strings.ToUpper(platform[:1])+platform[1:]+" only")
	}
	return strings.Join(all, "; ")
}
