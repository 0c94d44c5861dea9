package telegram

import (
	"context"

	"kellybot/commands"
)

// Show implements bots.Adapter: with the chat action, until there are statuses.
func (a *Adapter) Show(ctx context.Context, to commands.Address, _ commands.Status) (commands.Address, error) {
	return to, a.Progress(ctx, to)
}
