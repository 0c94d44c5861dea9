package discord

import (
	"errors"
	"fmt"
	"net/http"

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

// fitted sends the reply, or words in its place when Discord does not take a
// picture: for its size, be it by the limit in bytes or by the answer, or
// because the bot may not attach it.
func fitted(reply commands.Reply, limit int64, send func(commands.Reply) (commands.Receipt, error)) (commands.Receipt, error) {
	receipt, err := send(fitting(reply, limit))
	refusal, ok := errors.AsType[*apiError](err)
	switch {
	case !ok || len(reply.Images) == 0:
		return receipt, err
	case refusal.Status == http.StatusRequestEntityTooLarge || refusal.Code == codeTooLarge:
		return send(tooLarge(reply.Images, 0))
	case hasCode(err, codeUserRefuses, codeNoMutualServer): // words as well
	case refusal.Status == http.StatusForbidden && refusal.Code != 0: // without a code it is a proxy's
		return send(unattachable(reply))
	}
	return receipt, err
}

// unattachable is what is said in place of pictures that the bot may not
// attach. Those who read it are those who would have seen the pictures: one of
// them may be able to change it.
func unattachable(reply commands.Reply) commands.Reply {
	return commands.Reply{
		Text: commands.T("The picture is ready, but I may not attach files here: " +
			"ask again in another channel, or once I have the permission to attach files."),
		Private: reply.Private,
		Failed:  true,
	}
}

// fitting returns the reply, or what is said in its place when a picture is
// larger than the chat takes. limit is in bytes; 0 stands for Discord's default.
func fitting(reply commands.Reply, limit int64) commands.Reply {
	if limit <= 0 {
		limit = maxUpload
	}
	for _, image := range reply.Images {
		if int64(len(image.Picture.Bytes())) > limit {
			return tooLarge(reply.Images, limit)
		}
	}
	return reply
}

// tooLarge is what is said in place of pictures that Discord does not take.
func tooLarge(images []commands.Image, limit int64) commands.Reply {
	largest := 0
	for _, image := range images {
		largest = max(largest, len(image.Picture.Bytes()))
	}
	takes := "more than Discord takes here"
	if limit > 0 {
		takes = fmt.Sprintf("and Discord takes at most %.1f MiB here", mib(limit))
	}
	return commands.Reply{
		Text: commands.T(fmt.Sprintf("The picture has %.1f MiB, %s: ask for a smaller one, for example with --size 512x512.",
			mib(int64(largest)), takes)),
		Private: true,
		Failed:  true,
	}
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
