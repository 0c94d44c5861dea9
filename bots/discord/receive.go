package discord

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// An interaction is what somebody did, with what discordgo's type leaves out.
type interaction struct {
	discordgo.Interaction
	extra
	permissions *int64 // of the bot in the channel; nil where Discord does not say
}

type extra struct {
	Channel     channel `json:"channel"`
	UploadLimit int64   `json:"attachment_size_limit"` // bytes
}

type channel struct {
	Type discordgo.ChannelType `json:"type"`
	NSFW bool                  `json:"nsfw"`
}

func (c channel) thread() bool {
	return c.Type == discordgo.ChannelTypeGuildNewsThread ||
		c.Type == discordgo.ChannelTypeGuildPublicThread ||
		c.Type == discordgo.ChannelTypeGuildPrivateThread
}

// decode reads the data of an INTERACTION_CREATE event. What it returns
// without an error has a user.
func decode(raw []byte) (*interaction, error) {
	i := new(interaction)
	if err := json.Unmarshal(raw, &i.Interaction); err != nil {
		return nil, err
	}
	var more struct {
		extra
		Permissions *int64 `json:"app_permissions,string"`
	}
	if err := json.Unmarshal(raw, &more); err != nil {
		return nil, err
	}
	i.extra, i.permissions = more.extra, more.Permissions
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

// command returns the data of a slash command or of its autocompletion.
func (i *interaction) command() (discordgo.ApplicationCommandInteractionData, bool) {
	data, ok := i.Data.(discordgo.ApplicationCommandInteractionData)
	return data, ok && data.CommandType == discordgo.ChatApplicationCommand
}

// request translates a slash command or a pressed button, and returns the
// command that it is for. That is nil when it is one that was registered once
// and is no more, or one that only buttons use.
func (a *Adapter) request(e event) (*commands.Request, *commands.Command) {
	name, id, pressed := e.press()
	data, _ := e.command()
	if !pressed {
		name = data.Name
	}
	command := a.named(name)
	req := e.from(e.arrived, command != nil && command.Private)
	req.Command = name
	switch {
	case pressed:
		req.Text = id
	case command != nil:
		fill(req, command, data.Options)
	}
	return req, command
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
		Locale:    string(i.Locale),
		Moderator: alone,
		Received:  arrived,
	}
	if i.Member != nil {
		const may = discordgo.PermissionManageMessages | discordgo.PermissionAdministrator
		req.Moderator = i.Member.Permissions&may != 0
		if i.Member.Nick != "" {
			req.User.Name = i.Member.Nick
		}
	}
	req.Address = address{
		App:         i.AppID,
		Interaction: i.ID,
		Token:       i.Token,
		User:        i.User.ID,
		Channel:     i.ChannelID,
		Received:    arrived,
		Private:     private,
		Alone:       alone,
		CanPost:     i.canPost(),
		UploadLimit: i.UploadLimit,
	}.data()
	return req
}

// fill puts the values of a slash command into its request.
func fill(req *commands.Request, command *commands.Command, options []*discordgo.ApplicationCommandInteractionDataOption) {
	for _, option := range options {
		if option == nil {
			continue
		}
		value, ok := option.Value.(string)
		switch {
		case !ok:
		case option.Name == command.Argument.Name:
			req.Text = value
		default:
			if req.Options == nil {
				req.Options = make(map[string]string)
			}
			req.Options[option.Name] = value
		}
	}
}
