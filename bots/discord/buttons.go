package discord

import (
	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// rows lays buttons out below a message, as many as fit. It is never nil, as
// an edit without the list would leave earlier buttons where they are.
func rows(buttons []commands.Button) []discordgo.MessageComponent {
	all := []discordgo.MessageComponent{}
	var row discordgo.ActionsRow
	for _, b := range buttons {
		if len(row.Components) == maxRow || b.Break && len(row.Components) > 0 {
			all, row = append(all, row), discordgo.ActionsRow{}
		}
		if len(all) == maxRows {
			return all
		}
		row.Components = append(row.Components, discordgo.Button{
			Label:    shorten(b.Label, maxLabel),
			Style:    discordgo.SecondaryButton,
			CustomID: b.Command + ":" + b.ID,
		})
	}
	if len(row.Components) > 0 {
		all = append(all, row)
	}
	return all
}
