package telegram

import (
	"context"
	"slices"
	"strings"

	"gopkg.in/telebot.v3"

	"kellybot/commands"
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

// publishMenu makes the menu that Telegram shows list what the router offers:
// in English for all, and in each other language for those who speak it.
func (a *Adapter) publishMenu(ctx context.Context) error {
	for _, locale := range commands.Languages {
		// Telegram knows languages by two letters.
		language, _, _ := strings.Cut(locale, "-")
		if language == "en" {
			language = ""
		}
		if err := a.publish(ctx, locale, language); err != nil {
			return err
		}
	}
	return nil
}

// publish publishes the menu in a language, unless it is there.
func (a *Adapter) publish(ctx context.Context, locale, language string) error {
	var offered []telebot.Command
	for _, c := range a.router.Commands(name) {
		if c.Admin {
			continue
		}
		offered = append(offered, telebot.Command{Text: c.Name, Description: commands.Translate(locale, c.Summary)})
	}
	var shown []telebot.Command
	err := a.call(ctx, callTime, "getMyCommands", telebot.CommandParams{LanguageCode: language}, &shown)
	if err != nil || slices.Equal(shown, offered) {
		return err
	}
	return a.call(ctx, callTime, "setMyCommands", telebot.CommandParams{Commands: offered, LanguageCode: language}, nil)
}
