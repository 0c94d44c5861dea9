package discord

import (
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"
)

// A right is one of Discord's permissions, as its clients call it.
type right struct {
	bit  int64
	name string
}

var attachFiles = right{discordgo.PermissionAttachFiles, "Attach Files"}

// posting is what it takes to write to a channel with pictures.
func (c channel) posting() []right {
	write := right{discordgo.PermissionSendMessages, "Send Messages"}
	if c.thread() {
		write = right{discordgo.PermissionSendMessagesInThreads, "Send Messages in Threads"}
	}
	return []right{{discordgo.PermissionViewChannel, "View Channel"}, write, attachFiles}
}

// lacking are the rights that the permissions do not hold.
func lacking(permissions int64, rights []right) []right {
	if permissions&discordgo.PermissionAdministrator != 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(rights), func(r right) bool { return permissions&r.bit != 0 })
}

// canPost reports whether the bot may write to the interaction's channel, with
// pictures, on its own. Where only a user has installed it, it is no member.
func (i *interaction) canPost() bool {
	if _, member := i.Owners[discordgo.ApplicationIntegrationGuildInstall]; !member {
		return false
	}
	if i.GuildID == "" {
		return true // their chat; what permissions say there is not about that
	}
	return i.Permissions != nil && len(lacking(*i.Permissions, i.Channel.posting())) == 0
}

// anyApp is all that Discord says of an app that is no member of the server:
// what is of use in an answer to an interaction.
const anyApp = discordgo.PermissionAttachFiles | discordgo.PermissionEmbedLinks |
	discordgo.PermissionMentionEveryone | discordgo.PermissionUseExternalEmojis

// lacks names the rights that the bot lacks to send pictures to the
// interaction's channel, or returns "". An answer by the interaction's token
// needs few of them; but whoever manages the channel has said what they want
// of the bot there, and after the token's time it needs them all.
func (i *interaction) lacks() string {
	if i.GuildID == "" || i.Permissions == nil {
		return ""
	}
	needed := i.Channel.posting()
	if *i.Permissions&^anyApp == 0 { // no member, and never writes but by the token
		needed = []right{attachFiles}
	}
	var names []string
	for _, r := range lacking(*i.Permissions, needed) {
		names = append(names, r.name)
	}
	return strings.Join(names, ", ")
}
