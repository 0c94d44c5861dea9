package telegram

import (
	"context"
	"slices"

	"gopkg.in/telebot.v3"
)

// removeWebhook removes a webhook that an earlier program left, for Telegram
// then refuses polls. The updates that wait for it are kept.
func (a *Adapter) removeWebhook(ctx context.Context) error {
	var webhook struct {
		URL string `json:"url"`
	}
	if err := a.call(ctx, callTime, "getWebhookInfo", nil, &webhook); err != nil || webhook.URL == "" {
		return err
	}
	err := a.call(ctx, callTime, "deleteWebhook", map[string]bool{"drop_pending_updates": false}, nil)
	if err == nil {
		a.log.Info("removed the webhook that was set for this bot; the updates that waited for it are kept")
	}
	return err
}

// publishMenu makes the menu that Telegram shows list what the router offers.
func (a *Adapter) publishMenu(ctx context.Context) error {
	var offered []telebot.Command
	for _, c := range a.router.Commands(name) {
		offered = append(offered, telebot.Command{Text: c.Name, Description: c.Summary})
	}
	var shown []telebot.Command
	if err := a.call(ctx, callTime, "getMyCommands", nil, &shown); err != nil || slices.Equal(shown, offered) {
		return err
	}
	return a.call(ctx, callTime, "setMyCommands", telebot.CommandParams{Commands: offered}, nil)
}
