package discord_test

import (
	"log/slog"
	"os"
	"testing"

	"kellybot/bots"
	"kellybot/bots/botstest"
	"kellybot/bots/botstest/spec"
	"kellybot/bots/discord"
	"kellybot/bots/discord/discordtest"
)

// TestMain names every operation of the adapter: all requests of all tests are
// held against Discord's specification, and none of these may go unseen.
func TestMain(m *testing.M) {
	os.Exit(spec.Main(m, "discord",
		"GET /applications/{application_id}/commands",
		"PUT /applications/{application_id}/commands",
		"GET /applications/{application_id}/guilds/{guild_id}/commands",
		"PUT /applications/{application_id}/guilds/{guild_id}/commands",
		"POST /channels/{channel_id}/messages",
		"GET /channels/{channel_id}/messages/{message_id}",
		"DELETE /channels/{channel_id}/messages/{message_id}",
		"PATCH /channels/{channel_id}/messages/{message_id}",
		"GET /gateway",
		"POST /interactions/{interaction_id}/{interaction_token}/callback",
		"GET /oauth2/applications/@me",
		"GET /users/@me",
		"POST /users/@me/channels",
		"POST /webhooks/{webhook_id}/{webhook_token}",
		"DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original",
		"GET /webhooks/{webhook_id}/{webhook_token}/messages/@original",
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
	))
}

func TestConformance(t *testing.T) {
	botstest.Run(t, func(t *testing.T) botstest.Platform {
		t.Parallel()
		return platform{discordtest.Start(t)}
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
