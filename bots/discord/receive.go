package discord

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// An interaction is what somebody did, as far as the bot looks at it. It is
// not discordgo's type, which refuses the whole for a component that it does
// not know: one may stand in any stranger's message.
type interaction struct {
	ID          string                           `json:"id"`
	AppID       string                           `json:"application_id"`
	Type        discordgo.InteractionType        `json:"type"`
	Token       string                           `json:"token"`
	Data        data                             `json:"data"`
	GuildID     string                           `json:"guild_id"`
	ChannelID   string                           `json:"channel_id"`
	Channel     channel                          `json:"channel"`
	Context     discordgo.InteractionContextType `json:"context"`
	Locale      string                           `json:"locale"`
	Member      *member                          `json:"member"`
	User        *discordgo.User                  `json:"user"`
	UploadLimit int64                            `json:"attachment_size_limit"` // bytes
	// Message is the one whose button was pressed, or led to the form.
	Message struct {
		ID    string                 `json:"id"`
		Flags discordgo.MessageFlags `json:"flags"`
	} `json:"message"`
	Owners      map[discordgo.ApplicationIntegrationType]json.RawMessage `json:"authorizing_integration_owners"`
	Permissions *int64                                                   `json:"app_permissions,string"` // of the bot in the channel; nil where Discord does not say
}

// A member is the user, in a server.
type member struct {
	User        *discordgo.User `json:"user"`
	Nick        string          `json:"nick"`
	Permissions int64           `json:"permissions,string"` // in the channel
}

// A data is what was done, in all its kinds.
type data struct {
	// Of a command, and its autocompletion.
	Name     string                                               `json:"name"`
	Kind     discordgo.ApplicationCommandType                     `json:"type"`
	Options  []*discordgo.ApplicationCommandInteractionDataOption `json:"options"`
	TargetID string                                               `json:"target_id"` // the message that a menu belongs to
	Resolved struct {
		Attachments map[string]upload `json:"attachments"`
		Messages    map[string]struct {
			Attachments []upload `json:"attachments"`
		} `json:"messages"`
	} `json:"resolved"`
	// Of a button and a form.
	CustomID      string                  `json:"custom_id"`
	ComponentType discordgo.ComponentType `json:"component_type"`
	Rows          []struct {
		Inputs []struct {
			CustomID string `json:"custom_id"`
			Value    string `json:"value"`
		} `json:"components"`
	} `json:"components"`
}

type channel struct {
	Type   discordgo.ChannelType `json:"type"`
	NSFW   bool                  `json:"nsfw"`
	Parent string                `json:"parent_id"` // of a channel that is no thread, its category
}

func (c channel) thread() bool {
	return c.Type == discordgo.ChannelTypeGuildNewsThread ||
		c.Type == discordgo.ChannelTypeGuildPublicThread ||
		c.Type == discordgo.ChannelTypeGuildPrivateThread
}

// decode reads the data of an INTERACTION_CREATE event. What it returns
// without an error has a user. Anything else that is not as it should be is
// taken for missing: most of it nobody has asked for.
func decode(raw []byte) (*interaction, error) {
	i := new(interaction)
	// It leaves out what does not fit, and goes on.
	if err := json.Unmarshal(raw, i); err != nil && !json.Valid(raw) {
		return nil, err
	}
	if i.Member != nil && i.Member.User != nil {
		i.User = i.Member.User
	}
	if i.ID == "" || i.AppID == "" || i.Token == "" || i.User == nil || i.User.ID == "" {
		return nil, errors.New("something that every interaction has is missing")
	}
	return i, nil
}

// id is the request's id for ever.
func (i *interaction) id() string { return Name + ":" + i.AppID + ":" + i.ID }

// custom returns the command and the id that a button or a form stands for;
// a form may have no id.
func (i *interaction) custom() (command, id string, ok bool) {
	if len(i.Data.CustomID) > maxCustomID {
		return "", "", false
	}
	command, id, ok = strings.Cut(i.Data.CustomID, ":")
	switch i.Type {
	case discordgo.InteractionMessageComponent:
		ok = ok && i.Data.ComponentType == discordgo.ButtonComponent && id != ""
	case discordgo.InteractionModalSubmit:
	default:
		ok = false
	}
	return command, id, ok && command != ""
}

// request translates what somebody did.
func (a *Adapter) request(e event) *commands.Request {
	name, id, _ := e.custom()
	command := a.router.Command(Name, name)
	if e.Type == discordgo.InteractionApplicationCommand {
		name, command = e.Data.Name, a.router.Command(Name, e.Data.Name)
		if e.Data.Kind == discordgo.MessageApplicationCommand {
			command = a.menu(e.Data.Name)
		}
	}
	if command != nil {
		name = command.Name
	}
	req := e.from(e.arrived, command != nil && command.Private)
	req.Command = name
	switch {
	case e.Type == discordgo.InteractionMessageComponent:
		req.Text, req.Pressed = id, true
	case e.Type == discordgo.InteractionModalSubmit:
		e.Data.submitted(req, id)
	case e.Data.Kind == discordgo.MessageApplicationCommand:
		req.Message = e.Data.TargetID
		for _, file := range e.Data.Resolved.Messages[req.Message].Attachments {
			if strings.HasPrefix(file.ContentType, "image/") {
				req.Replied = append(req.Replied, file.attachment())
			}
		}
	case command != nil:
		e.Data.fill(req, command)
	}
	return req
}

// from is a request without what is asked for. private says that its
// placeholder is for the requester alone.
func (i *interaction) from(arrived time.Time, private bool) *commands.Request {
	alone := i.Context == discordgo.InteractionContextBotDM
	req := &commands.Request{
		ID:   i.id(),
		User: commands.User{ID: i.User.ID, Name: i.User.DisplayName()},
		Chat: commands.Chat{
			ID:            i.ChannelID,
			Server:        i.GuildID,
			Private:       alone,
			UploadLimit:   i.UploadLimit,
			AgeRestricted: i.Channel.NSFW,
			Lacks:         i.lacks(),
		},
		Locale:    i.Locale,
		Moderator: alone,
		Message:   i.Message.ID,
		Alone:     alone || private,
		Received:  arrived,
	}
	if i.Member != nil {
		const may = discordgo.PermissionManageMessages | discordgo.PermissionAdministrator
		req.Moderator = i.Member.Permissions&may != 0
		if i.Member.Nick != "" {
			req.User.Name = i.Member.Nick
		}
	}
	if i.Channel.thread() {
		req.Chat.Parent = i.Channel.Parent
	}
	to := address{
		App:         i.AppID,
		Interaction: i.ID,
		Token:       i.Token,
		User:        i.User.ID,
		Guild:       i.GuildID,
		Channel:     i.ChannelID,
		Received:    arrived,
		Private:     private,
		Alone:       alone,
		CanPost:     i.canPost(),
		UploadLimit: i.UploadLimit,
	}
	if i.Type == discordgo.InteractionMessageComponent {
		to.Pressed, to.Ephemeral = i.Message.ID, i.Message.Flags&discordgo.MessageFlagsEphemeral != 0
	}
	req.Address = to.data()
	return req
}

// fill puts the values of a slash command into its request.
func (d data) fill(req *commands.Request, command *commands.Command) {
	values := make(map[string]any, len(d.Options))
	for _, option := range d.Options {
		if option != nil {
			values[option.Name] = option.Value
		}
	}
	req.Text, _ = values[command.Argument.Name].(string)
	for _, option := range command.Options {
		switch value := values[option.Name].(type) {
		case string:
			if file, ok := d.Resolved.Attachments[value]; option.Attachment && ok {
				req.Attachments = append(req.Attachments, file.attachment())
			} else if !option.Attachment {
				set(req, option.Name, value)
			}
		case bool:
			if option.Switch && value {
				set(req, option.Name, commands.SwitchedOn)
			}
		case float64: // as every number in JSON
			if option.Max > 0 {
				set(req, option.Name, strconv.FormatFloat(value, 'f', -1, 64))
			}
		}
	}
}

// set sets an option of a request.
func set(req *commands.Request, name, value string) {
	if req.Options == nil {
		req.Options = make(map[string]string)
	}
	req.Options[name] = value
}
