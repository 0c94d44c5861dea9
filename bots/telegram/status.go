package telegram

import (
	"context"
	"errors"
	"strconv"
	"time"

	"kellybot/commands"
)

// Show implements bots.Adapter: the status is one message, which replies to
// the request. One that people delete does not come back.
func (a *Adapter) Show(ctx context.Context, to commands.Address, status commands.Status) (commands.Address, error) {
	at, err := parseAddress(to)
	if err != nil {
		return to, err
	}
	ctx, cancel := context.WithTimeout(ctx, showTime)
	defer cancel()
	m := &message{to: at, text: status.Text, buttons: status.Buttons, edit: at.Status}
	for {
		var shown sentMessage
		method, params := m.params()
		err := a.call(ctx, showTime, method, params, &shown)
		refused, _ := errors.AsType[*apiError](err)
		switch {
		case refused != nil && refused.notModified():
			return to, nil
		case refused != nil && m.adapt(refused):
			continue
		case err != nil || m.edit != 0:
			return to, err
		}
		m.to.Status = shown.ID
		return m.to.stored(), nil
	}
}

// removeStatus deletes the status. An answer has its place already, so that
// nothing is missing when that fails.
func (a *Adapter) removeStatus(ctx context.Context, at address) {
	if err := a.remove(ctx, at.Chat, strconv.Itoa(at.Status)); err != nil {
		a.log.Debug("a status could not be removed", "chat", at.Chat, "cause", err)
	}
}

// Until implements bots.Adapter: a chat can always be answered.
func (a *Adapter) Until(commands.Address) time.Time { return time.Time{} }

// Keep implements bots.Keeper: no address holds a secret.
func (a *Adapter) Keep(to commands.Address) (kept commands.Address, ok bool) { return to, true }
