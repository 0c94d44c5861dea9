package discord

import (
	"context"
	"time"

	"kellybot/commands"
)

// Show leaves "thinking…" as it is.
func (a *Adapter) Show(_ context.Context, to commands.Address, _ commands.Status) (commands.Address, error) {
	return to, nil
}

// Until says nothing of a limit.
func (a *Adapter) Until(commands.Address) time.Time { return time.Time{} }
