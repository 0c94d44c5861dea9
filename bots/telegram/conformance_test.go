package telegram_test

import (
	"os"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/botstest/spec"
	"kellybot/bots/telegram/telegramtest"
)

// TestMain names every operation of the adapter: all requests of all tests are
// held against Telegram's specification, and none of these may go unseen.
func TestMain(m *testing.M) {
	os.Exit(spec.Main(m, "telegram",
		"getMe", "getWebhookInfo", "deleteWebhook", "getMyCommands", "setMyCommands", "getUpdates", "getChat", "getChatMember",
		"sendChatAction", "sendMessage", "editMessageText", "editMessageCaption", "editMessageReplyMarkup", "deleteMessage",
		"sendPhoto", "sendDocument", "sendMediaGroup", "answerCallbackQuery", "answerInlineQuery", "getFile", "a file",
	))
}

func TestConformance(t *testing.T) {
	botstest.Run(t, func(t *testing.T) botstest.Platform { return start(t) })
}

func start(t testing.TB) *telegramtest.Server {
	t.Helper()
	return telegramtest.Start(t)
}
