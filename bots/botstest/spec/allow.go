package spec

import (
	"regexp"
	"sync/atomic"
)

// An allowance is a field that is sent although the specification lacks it.
type allowance struct {
	platform  string
	operation string         // by its id
	at        *regexp.Regexp // the pointers to the field
	why       string         // it is right nevertheless
	used      atomic.Bool
}

var allowances = []*allowance{
	{
		platform: "discord", operation: "bulk_set_application_commands",
		at:  regexp.MustCompile(`^/\d+/options/\d+/(channel_types|options|choices|autocomplete)$`),
		why: "discordgo v0.29 writes what every kind of option has into each; Discord overlooks a list that is null, and autocompletion that is false",
	},
	{
		platform: "discord", operation: "bulk_set_guild_application_commands",
		at:  regexp.MustCompile(`^/\d+/options/\d+/(channel_types|options|choices|autocomplete)$`),
		why: "likewise",
	},
	{
		platform: "discord", operation: "execute_webhook",
		at:  regexp.MustCompile(`^/files\[\d\]$`),
		why: "files are a field of it by https://docs.discord.com/developers/resources/webhook#execute-webhook",
	},
}

func allowed(operation string, v violation) bool {
	for _, a := range allowances {
		if v.rule == unknownField && a.operation == operation && a.at.MatchString(v.at) {
			a.used.Store(true)
			return true
		}
	}
	return false
}
