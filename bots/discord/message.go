package discord

import (
	"fmt"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots"
	"kellybot/commands"
)

// A message is the answer as Discord takes it.
type message struct {
	Content         string                           `json:"content"`
	AllowedMentions discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	// Attachments lists every file, also when there is none: an edit without
	// the list would add its files to those of the edit before.
	Attachments []attachment                 `json:"attachments"`
	Components  []discordgo.MessageComponent `json:"components"` // likewise
	Flags       discordgo.MessageFlags       `json:"flags"`
}

type attachment struct {
	ID          int    `json:"id,string"` // of files[ID]
	FileName    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// mentions lets a message notify those users and nobody else, whatever its
// text says.
func mentions(users ...string) discordgo.MessageAllowedMentions {
	return discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}, Users: users}
}

// compose renders a reply. requester is whom it mentions at its end, or "".
func compose(reply commands.Reply, requester string) message {
	m := message{
		AllowedMentions: mentions(),
		Attachments:     make([]attachment, len(reply.Images)),
		Components:      rows(reply.Buttons),
		Flags:           discordgo.MessageFlagsSuppressEmbeds,
	}
	mention := ""
	if requester != "" {
		mention = " · <@" + requester + ">"
		m.AllowedMentions = mentions(requester)
	}
	m.Content = markdown.Render(reply.Text, maxContent-bots.UTF16Len(mention)) + mention
	for n, image := range reply.Images {
		m.Attachments[n] = attachment{n, fileName(image), plain.Render(commands.Text{{Text: image.Alt, Cut: true}}, maxAlt)}
	}
	return m
}

// fileName is the image's, with the prefix by which Discord tells a spoiler.
func fileName(image commands.Image) string {
	if image.Spoiler {
		return "SPOILER_" + image.Name
	}
	return image.Name
}

// files are the reply's images as parts of a form.
func files(reply commands.Reply) []bots.Part {
	var parts []bots.Part
	for n, image := range reply.Images {
		parts = append(parts, bots.Part{
			Name:        fmt.Sprintf("files[%d]", n),
			FileName:    fileName(image),
			ContentType: image.Picture.Format.ContentType(),
			Body:        image.Picture.Bytes(),
		})
	}
	return parts
}
