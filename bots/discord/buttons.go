package discord

import (
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// rows lays buttons out below a message, as many as fit. It is never nil, as
// an edit without the list would leave earlier buttons where they are.
func rows(buttons []commands.Button) []discordgo.MessageComponent {
	all := []discordgo.MessageComponent{}
	for some := range slices.Chunk(buttons[:min(len(buttons), maxRows*maxRow)], maxRow) {
		var row discordgo.ActionsRow
		for _, b := range some {
			row.Components = append(row.Components, discordgo.Button{
				Label:    plain.Render(commands.Text{{Text: b.Label, Cut: true}}, maxLabel),
				Style:    discordgo.SecondaryButton,
				CustomID: b.Command + ":" + b.ID,
			})
		}
		all = append(all, row)
	}
	return all
}

// press returns the command and the id that a pressed button stands for.
func (i *interaction) press() (command, id string, ok bool) {
	data, ok := i.Data.(discordgo.MessageComponentInteractionData)
	if !ok || data.ComponentType != discordgo.ButtonComponent || len(data.CustomID) > maxCustomID {
		return "", "", false
	}
	command, id, ok = strings.Cut(data.CustomID, ":")
	return command, id, ok && command != "" && id != ""
}
