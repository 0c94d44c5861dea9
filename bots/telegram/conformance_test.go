package telegram_test

import (
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/telegram/telegramtest"
)

func TestConformance(t *testing.T) {
	botstest.Run(t, func(t *testing.T) botstest.Platform { return start(t) })
}

func start(t testing.TB) *telegramtest.Server {
	s := telegramtest.Start()
	t.Cleanup(s.Close)
	return s
}
