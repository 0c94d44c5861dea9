package discord

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kellybot/commands"
)

// maxRetyped is how many characters nobody minds to type once more.
const maxRetyped = 100

// returning is the reply with what was typed and is refused: Discord shows
// nobody what they have sent by a command or a form.
func (e event) returning(reply commands.Reply) commands.Reply {
	typed := e.Data.typed()
	if !reply.Failed || typed == "" {
		return reply
	}
	const file = "typed.txt"
	reply.Text = slices.Concat(reply.Text, commands.T("\n"), commands.Say("What you have typed is in %s.", commands.Span{Text: file, Style: commands.Code}).In(reply.Locale))
	reply.Files = append(reply.Files, commands.File{Name: file, ContentType: "text/plain; charset=utf-8", Bytes: []byte(typed)})
	return reply
}

// typed are the long texts of a command or a form.
func (d data) typed() string {
	var long []string
	add := func(text string) {
		if utf8.RuneCountInString(text) > maxRetyped {
			long = append(long, text)
		}
	}
	for _, option := range d.Options {
		if option != nil {
			text, _ := option.Value.(string)
			add(text)
		}
	}
	for _, row := range d.Rows {
		for _, input := range row.Inputs {
			add(input.Value)
		}
	}
	return strings.Join(long, "\n\n")
}
