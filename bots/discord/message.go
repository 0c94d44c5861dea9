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

// compose renders a reply, with what the adapter has added to it in the same
// language. requester is whom it mentions at its end, or "".
func compose(reply commands.Reply, requester string) message {
	m := message{
		AllowedMentions: mentions(),
		Attachments:     []attachment{},
		Components:      rows(reply.Buttons),
		Flags:           discordgo.MessageFlagsSuppressEmbeds,
	}
	mention := ""
	if requester != "" {
		mention = " · <@" + requester + ">"
		m.AllowedMentions = mentions(requester)
	}
	m.Content = markdown.Render(reply.Text.In(reply.Locale), maxContent-bots.UTF16Len(mention)) + mention
	for n, f := range files(reply) {
		m.Attachments = append(m.Attachments, attachment{n, f.name, f.alt})
	}
	return m
}

// A file is a picture or a document of a message.
type file struct {
	name, alt, contentType string
	body                   []byte
}

// files are the reply's pictures in their order and then its documents, as
// many as a message takes.
func files(reply commands.Reply) []file {
	var all []file
	for _, image := range reply.Images {
		name := image.Name
		if image.Spoiler {
			name = "SPOILER_" + name // by which Discord tells one
		}
		all = append(all, file{name, shorten(image.Alt, maxAlt), image.Picture.Format.ContentType(), image.Picture.Bytes()})
	}
	for _, document := range reply.Files {
		all = append(all, file{document.Name, "", document.ContentType, document.Bytes})
	}
	return all[:min(len(all), maxFiles)]
}

// parts are the reply's files as parts of a form.
func parts(reply commands.Reply) []bots.Part {
	var all []bots.Part
	for n, f := range files(reply) {
		all = append(all, bots.Part{Name: fmt.Sprintf("files[%d]", n), FileName: f.name, ContentType: f.contentType, Body: f.body})
	}
	return all
}
