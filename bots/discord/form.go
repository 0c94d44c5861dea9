package discord

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// textInput is the id of a form's field without a name; no option has it.
const textInput = ":text"

// A modal is a form as Discord takes it.
type modal struct {
	CustomID   string                       `json:"custom_id"`
	Title      string                       `json:"title"`
	Components []discordgo.MessageComponent `json:"components"`
}

// newModal lays a form out, with as many fields as fit.
func newModal(form commands.Form) modal {
	m := modal{CustomID: form.Command + ":" + form.ID, Title: shorten(form.Title, maxTitle)}
	for _, field := range form.Fields[:min(len(form.Fields), maxInputs)] {
		input := discordgo.TextInput{
			CustomID:  field.Name,
			Label:     shorten(field.Label, maxTitle),
			Style:     discordgo.TextInputShort,
			Value:     shorten(field.Value, maxInput),
			MaxLength: maxInput,
		}
		if field.Name == "" {
			input.CustomID, input.Required = textInput, true
		}
		if field.Long {
			input.Style = discordgo.TextInputParagraph
		}
		m.Components = append(m.Components, discordgo.ActionsRow{Components: []discordgo.MessageComponent{input}})
	}
	return m
}

// submitted puts the values of a form into the request that it becomes.
func (d data) submitted(req *commands.Request, id string) {
	for _, row := range d.Rows {
		for _, input := range row.Inputs {
			if input.CustomID == textInput {
				req.Text = input.Value
			} else { // an empty one too: it says that there is none
				set(req, input.CustomID, strings.TrimSpace(input.Value))
			}
		}
	}
	if id != "" {
		set(req, "id", id)
	}
}
