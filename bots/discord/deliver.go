package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots"
	"kellybot/commands"
)

// ErrExpired is wrapped by the error of a delivery whose interaction can no
// longer be answered: its token has died, it was never acknowledged, or
// somebody has deleted the placeholder.
var ErrExpired = errors.New("the interaction can no longer be answered")

// An address is where and how an interaction is answered.
type address struct {
	App         string    `json:"app"`
	Interaction string    `json:"interaction"`
	Token       string    `json:"token"` // the interaction's own
	User        string    `json:"user"`
	Received    time.Time `json:"received"`
	// Private says that the placeholder is seen by the requester alone.
	Private     bool  `json:"private,omitempty"`
	UploadLimit int64 `json:"upload_limit,omitempty"` // bytes; 0 when unknown
}

func (a address) data() commands.Address {
	data, _ := json.Marshal(a) // strings, numbers and a time of this age cannot fail
	return commands.Address{Platform: Name, Data: data}
}

func parse(to commands.Address) (address, error) {
	var addr address
	if err := json.Unmarshal(to.Data, &addr); err != nil || addr.Token == "" {
		return addr, errors.New("not an address of Discord") // what is in it stays out
	}
	return addr, nil
}

// original is the URL of the first answer.
func (a address) original() string {
	return discordgo.EndpointInteractionResponseActions(a.App, a.Token)
}

// Deliver edits the placeholder. A private reply to a request whose
// placeholder everybody sees takes its place as a message of its own. Both may
// be done again without harm, except that the latter may then be read twice.
func (a *Adapter) Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error) {
	addr, err := parse(to)
	if err != nil {
		return commands.Receipt{}, err
	}
	receipt, err := a.deliver(ctx, addr, reply)
	if err != nil {
		return receipt, fmt.Errorf("answering interaction %s: %w", addr.Interaction, err)
	}
	return receipt, nil
}

func (a *Adapter) deliver(ctx context.Context, addr address, reply commands.Reply) (commands.Receipt, error) {
	if time.Since(addr.Received) > deliverWithin {
		return commands.Receipt{}, ErrExpired
	}
	ctx, cancel := context.WithDeadline(ctx, addr.Received.Add(tokenLife))
	defer cancel()
	if err := a.unacked.wait(ctx, addr.Interaction); err != nil {
		return commands.Receipt{}, err
	}
	receipt, err := a.answer(ctx, addr, fitting(reply, addr.UploadLimit))
	if refusal, ok := errors.AsType[*apiError](err); ok && len(reply.Images) > 0 &&
		(refusal.Status == http.StatusRequestEntityTooLarge || refusal.Code == codeTooLarge) {
		receipt, err = a.answer(ctx, addr, tooLarge(reply.Images, 0))
	}
	if hasCode(err, codeUnknownMessage, codeUnknownWebhook, codeUnknownInteraction, codeInvalidToken) {
		err = fmt.Errorf("%w: %w", ErrExpired, err)
	}
	return receipt, err
}

// answer sends what fits.
func (a *Adapter) answer(ctx context.Context, addr address, reply commands.Reply) (commands.Receipt, error) {
	c := call{method: http.MethodPatch, url: addr.original()}
	m := compose(addr, reply)
	if reply.Private && !addr.Private {
		// In this order: the first message after a placeholder would take the
		// placeholder's place, and be seen by everybody as it is.
		gone := call{method: http.MethodDelete, url: addr.original()}
		if err := a.onceAcknowledged(ctx, addr, gone, nil); err != nil && !hasCode(err, codeUnknownMessage) {
			return commands.Receipt{}, err
		}
		c = call{method: http.MethodPost, url: discordgo.EndpointFollowupMessage(addr.App, addr.Token) + "?wait=true"}
		m.Flags |= discordgo.MessageFlagsEphemeral
	}
	c.payload = m
	for n, image := range reply.Images {
		c.files = append(c.files, bots.Part{
			Name:        fmt.Sprintf("files[%d]", n),
			FileName:    image.Name,
			ContentType: image.Picture.Format.ContentType(),
			Body:        image.Picture.Bytes(),
		})
	}
	var sent struct {
		ID          string `json:"id"`
		Attachments []struct {
			ID string `json:"id"`
		} `json:"attachments"`
	}
	if err := a.onceAcknowledged(ctx, addr, c, &sent); err != nil {
		return commands.Receipt{}, err
	}
	receipt := commands.Receipt{MessageID: sent.ID}
	for _, file := range sent.Attachments {
		receipt.FileIDs = append(receipt.FileIDs, file.ID)
	}
	return receipt, nil
}

// onceAcknowledged calls Discord about an interaction. Another process may be
// acknowledging it at this moment; for as long as it may, that Discord does
// not know the interaction is a fault that passes.
func (a *Adapter) onceAcknowledged(ctx context.Context, addr address, c call, into any) error {
	return bots.Retry(ctx, attempts, func(ctx context.Context) error {
		err := a.once(ctx, c, into)
		if hasCode(err, codeUnknownWebhook) && time.Since(addr.Received) < 2*ackDeadline {
			return bots.Again(err, 0)
		}
		return err
	})
}

// A message is the answer as Discord takes it.
type message struct {
	Content         string                           `json:"content"`
	AllowedMentions discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	// Attachments lists every file, also when there is none: an edit without
	// the list would add its files to those of the edit before.
	Attachments []attachment           `json:"attachments"`
	Flags       discordgo.MessageFlags `json:"flags"`
}

type attachment struct {
	ID          int    `json:"id"` // of files[ID]
	FileName    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// mentions lets a message notify those users and nobody else, whatever its
// text says.
func mentions(users ...string) discordgo.MessageAllowedMentions {
	return discordgo.MessageAllowedMentions{Parse: []discordgo.AllowedMentionType{}, Users: users}
}

// compose renders a reply. A picture that a whole chat sees names who asked
// for it.
func compose(addr address, reply commands.Reply) message {
	m := message{
		AllowedMentions: mentions(),
		Attachments:     make([]attachment, len(reply.Images)),
		Flags:           discordgo.MessageFlagsSuppressEmbeds,
	}
	requester := ""
	if len(reply.Images) > 0 && !reply.Private && !addr.Private {
		requester = " · <@" + addr.User + ">"
		m.AllowedMentions = mentions(addr.User)
	}
	m.Content = markdown.Render(reply.Text, maxContent-utf16Len(requester)) + requester
	for n, image := range reply.Images {
		m.Attachments[n] = attachment{n, image.Name, plain.Render(commands.Text{{Text: image.Alt, Cut: true}}, maxAlt)}
	}
	return m
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

// Progress has nothing to show that is not there: "thinking…" stands until the
// answer takes its place. It returns once Discord shows it.
func (a *Adapter) Progress(ctx context.Context, to commands.Address) error {
	addr, err := parse(to)
	if err != nil {
		return err
	}
	return a.unacked.wait(ctx, addr.Interaction)
}
