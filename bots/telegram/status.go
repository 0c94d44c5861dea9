package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"kellybot/bots"
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
	m := &message{to: at, text: status.Text, buttons: status.Buttons, edit: at.Status != 0}
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
		case err != nil || m.edit:
			return to, err
		}
		m.to.Status = shown.ID
		return m.to.stored(), nil
	}
}

// removeStatus deletes the status. An answer has its place already, so that
// nothing is missing when that fails.
func (a *Adapter) removeStatus(ctx context.Context, at address) {
	ctx, cancel := context.WithTimeout(ctx, removeTime)
	defer cancel()
	params := map[string]int64{"chat_id": at.Chat, "message_id": int64(at.Status)}
	err := bots.Retry(ctx, sendAttempts, func(ctx context.Context) error {
		err := a.call(ctx, showTime, "deleteMessage", params, nil)
		refused, ok := errors.AsType[*apiError](err)
		switch {
		case err == nil || errors.Is(err, errOddResult):
			return nil
		case !ok:
			return bots.Again(err, 0)
		case refused.passing():
			return bots.Again(err, refused.RetryAfter)
		}
		return err
	})
	if err != nil {
		a.log.Debug("a status could not be removed", "chat", at.Chat, "cause", err)
	}
}

// Until implements bots.Adapter: a chat can always be answered.
func (a *Adapter) Until(commands.Address) time.Time { return time.Time{} }

// buttonsInRow is how many buttons stand side by side: few enough to read.
const buttonsInRow = 5

// keyboard is the buttons as JSON, for reply_markup. What they send when they
// are pressed may have 64 bytes.
func keyboard(buttons []commands.Button) string {
	type button struct {
		Text string `json:"text"`
		Data string `json:"callback_data"`
	}
	var rows [][]button
	for chunk := range slices.Chunk(buttons, buttonsInRow) {
		var row []button
		for _, b := range chunk {
			row = append(row, button{b.Label, b.Command + ":" + b.ID})
		}
		rows = append(rows, row)
	}
	markup, err := json.Marshal(map[string]any{"inline_keyboard": rows})
	if err != nil {
		panic(err) // buttons are strings
	}
	return string(markup)
}
