package discord

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/bwmarrin/discordgo"

	"kellybot/commands"
)

// register makes Discord offer the router's commands: everywhere, or in the one
// server alone. What is everywhere is then taken back, for people there would
// see each command twice. Which server had them before cannot be known when
// they are everywhere again.
func (a *Adapter) register(ctx context.Context, app string) {
	everywhere := discordgo.EndpointApplicationGlobalCommands(app)
	ours := registration(a.router.Commands(Name), a.guild != "")
	if a.guild == "" {
		a.offer(ctx, everywhere, ours)
		return
	}
	a.offer(ctx, discordgo.EndpointApplicationGuildCommands(app, a.guild), ours)
	a.offer(ctx, everywhere, registration(nil, false))
}

// offer overwrites the commands at the endpoint, only when they differ: Discord
// takes few registrations a day. It keeps trying while Discord is away; what
// Discord refuses is left for the operator to read.
func (a *Adapter) offer(ctx context.Context, endpoint string, ours []*discordgo.ApplicationCommand) {
	changed := false
	err := a.patiently(ctx, "the commands", func(ctx context.Context) error {
		var theirs []*discordgo.ApplicationCommand
		if err := a.once(ctx, call{method: http.MethodGet, url: endpoint + "?with_localizations=true", asBot: true}, &theirs); err != nil {
			return err
		}
		if changed = !same(ours, theirs); !changed {
			return nil
		}
		return a.once(ctx, call{method: http.MethodPut, url: endpoint, asBot: true, payload: ours}, nil)
	})
	switch {
	case err != nil:
	case len(ours) > 0:
		a.log.Info("the commands are registered", "commands", len(ours), "changed", changed)
	case changed:
		a.log.Info("the commands that were registered for all servers are taken back")
	}
}

// registration is the commands as Discord wants them: usable in servers, in
// private chats with the bot and between users, whether a server or a user
// has installed the bot; those of admins in private chats alone. Commands of one
// server have no such choice. Their
// names are the same in every language; what describes them is not.
func registration(offered []*commands.Command, guild bool) []*discordgo.ApplicationCommand {
	all := []*discordgo.ApplicationCommand{} // never null
	menus := 0
	for _, command := range offered {
		c := &discordgo.ApplicationCommand{
			Type:                     discordgo.ChatApplicationCommand,
			Name:                     command.Name,
			Description:              command.Summary,
			DescriptionLocalizations: new(localized(command.Summary, maxSummary)),
		}
		if command.Argument.Name != "" {
			c.Options = append(c.Options, &discordgo.ApplicationCommandOption{
				Type:                     discordgo.ApplicationCommandOptionString,
				Name:                     command.Argument.Name,
				Description:              command.Argument.Summary,
				DescriptionLocalizations: localized(command.Argument.Summary, maxSummary),
				Required:                 command.Argument.Required,
			})
		}
		for _, option := range command.Options {
			c.Options = append(c.Options, registered(option))
		}
		all = append(all, c)
		if command.Menu != "" && menus < maxMenus {
			menus++
			all = append(all, &discordgo.ApplicationCommand{
				Type:              discordgo.MessageApplicationCommand,
				Name:              command.Menu,
				NameLocalizations: new(localized(command.Menu, maxEntry)),
			})
		}
	}
	if guild {
		return all
	}
	for _, c := range all {
		c.IntegrationTypes = &[]discordgo.ApplicationIntegrationType{
			discordgo.ApplicationIntegrationGuildInstall,
			discordgo.ApplicationIntegrationUserInstall,
		}
		c.Contexts = &[]discordgo.InteractionContextType{
			discordgo.InteractionContextGuild,
			discordgo.InteractionContextBotDM,
			discordgo.InteractionContextPrivateChannel,
		}
		if slices.ContainsFunc(offered, func(o *commands.Command) bool { return o.Admin && o.Name == c.Name }) {
			// Servers need not read commands that nobody there may use.
			c.Contexts = &[]discordgo.InteractionContextType{discordgo.InteractionContextBotDM}
		}
	}
	return all
}

func registered(option commands.Option) *discordgo.ApplicationCommandOption {
	o := &discordgo.ApplicationCommandOption{
		Type:                     discordgo.ApplicationCommandOptionString,
		Name:                     option.Name,
		Description:              option.Summary,
		DescriptionLocalizations: localized(option.Summary, maxSummary),
		// Never choices: Discord refuses more than 25, and with them all
		// commands.
		Autocomplete: option.Complete != nil,
	}
	switch {
	case option.Attachment:
		o.Type = discordgo.ApplicationCommandOptionAttachment
	case option.Switch:
		o.Type = discordgo.ApplicationCommandOptionBoolean
	case option.Max > 0:
		o.Type, o.MinValue, o.MaxValue = discordgo.ApplicationCommandOptionInteger, new(1.0), float64(option.Max)
	}
	return o
}

// locales are those of Discord's that the bot's languages are for.
var locales = []discordgo.Locale{
	discordgo.German, discordgo.SpanishES, discordgo.SpanishLATAM, discordgo.PortugueseBR, discordgo.Russian,
}

// localized is a text in the languages that have it.
func localized(english string, limit int) map[discordgo.Locale]string {
	all := make(map[discordgo.Locale]string)
	for _, locale := range locales {
		if text := commands.Translate(string(locale), english); text != english {
			all[locale] = shorten(text, limit)
		}
	}
	return all
}

// same reports whether theirs offers what ours does, as far as ours says.
// Discord adds fields of its own, leaves out false ones, and keeps no order
// among commands.
func same(ours, theirs []*discordgo.ApplicationCommand) bool {
	scoped := slices.ContainsFunc(ours, func(c *discordgo.ApplicationCommand) bool { return c.Contexts != nil })
	return slices.Equal(essence(ours, scoped), essence(theirs, scoped))
}

func essence(all []*discordgo.ApplicationCommand, scoped bool) []string {
	var lines []string
	for _, c := range all {
		line := fmt.Sprintf("%d %q %q %q %q", c.Type, c.Name, c.Description, pointed(c.NameLocalizations), pointed(c.DescriptionLocalizations))
		if scoped {
			line += fmt.Sprint(ordered(c.IntegrationTypes), ordered(c.Contexts))
		}
		for _, o := range c.Options {
			line += fmt.Sprintf("\n%d %q %q %q %t %t %d", o.Type, o.Name, o.Description, o.DescriptionLocalizations, o.Required, o.Autocomplete, len(o.Choices))
			if o.MinValue != nil {
				line += fmt.Sprint(" ", *o.MinValue, o.MaxValue)
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// pointed returns what texts points to; maps print in the order of their keys.
func pointed(texts *map[discordgo.Locale]string) map[discordgo.Locale]string {
	if texts == nil {
		return nil
	}
	return *texts
}

// ordered returns what list points to, smallest first.
func ordered[T cmp.Ordered](list *[]T) []T {
	if list == nil {
		return nil
	}
	return slices.Sorted(slices.Values(*list))
}
