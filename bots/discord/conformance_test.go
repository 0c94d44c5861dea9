package discord_test

import (
	"log/slog"
	"testing"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/discord"
	"kellybot/bots/discord/discordtest"
)

func TestConformance(t *testing.T) {
	botstest.Run(t, func(t *testing.T) botstest.Platform {
		t.Parallel()
		s, err := discordtest.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return platform{s}
	})
}

type platform struct{ *discordtest.Server }

func (p platform) Adapter(tb testing.TB, router bots.Router) bots.Adapter {
	tb.Helper()
	adapter, err := discord.New(discord.Config{
		Token:  discordtest.Token,
		APIURL: p.URL,
		Router: router,
		Log:    slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return adapter
}
