package discord

import (
	"context"
	"net/http"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots"
	"kellybot/commands"
)

// complete offers values for the option that somebody is typing. Nobody
// misses an answer that fails: the next letter asks again.
func (a *Adapter) complete(ctx context.Context, e event) {
	ctx, cancel := context.WithDeadline(ctx, e.arrived.Add(ackDeadline))
	defer cancel()
	offered := []choice{} // never null
	survives(e.log, func() {
		req := e.from(e.arrived, true)
		req.Command = e.Data.Name
		offered = choices(ctx, a.router.Command(Name, e.Data.Name), req, e.Data.Options)
	})
	err := a.once(ctx, call{
		method: http.MethodPost,
		url:    discordgo.EndpointInteractionResponse(e.ID, e.Token),
		payload: callback{discordgo.InteractionApplicationCommandAutocompleteResult, struct {
			Choices []choice `json:"choices"`
		}{offered}},
	}, nil)
	if err != nil {
		e.log.Debug("an autocompletion cannot be answered", "cause", err)
	}
}

// A choice is one offered value.
type choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// choices asks the option that has the focus, and leaves out what Discord
// would refuse the whole answer for.
func choices(ctx context.Context, command *commands.Command, req *commands.Request, options []*discordgo.ApplicationCommandInteractionDataOption) []choice {
	offered := []choice{}
	if command == nil {
		return offered
	}
	seen := make(map[string]bool)
	for _, option := range command.Options {
		typed, focused := focus(options, option.Name)
		if !focused || option.Complete == nil {
			continue
		}
		for _, value := range option.Complete(ctx, req, typed) {
			if len(offered) == maxChoices {
				break
			}
			if n := bots.UTF16Len(value); n < 1 || n > maxChoice || seen[value] {
				continue
			}
			seen[value] = true
			offered = append(offered, choice{value, value})
		}
	}
	return offered
}

// focus reports whether the option is being typed, and what it holds so far.
func focus(options []*discordgo.ApplicationCommandInteractionDataOption, name string) (string, bool) {
	for _, option := range options {
		if option != nil && option.Focused && option.Name == name {
			typed, ok := option.Value.(string)
			return typed, ok
		}
	}
	return "", false
}
