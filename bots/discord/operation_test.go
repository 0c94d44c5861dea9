package discord

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"
)

func TestAnOperationNamesNoIDAndNoToken(t *testing.T) {
	for address, want := range map[string]string{
		discordgo.EndpointInteractionResponse("123", "hunter2"):                        "GET /interactions/{}/{}/callback",
		discordgo.EndpointInteractionResponseActions("123", "hunter2"):                 "GET /webhooks/{}/{}/messages/@original",
		discordgo.EndpointFollowupMessage("123", "hunter2") + "?wait=true":             "GET /webhooks/{}/{}",
		discordgo.EndpointChannelMessages("123"):                                       "GET /channels/{}/messages",
		discordgo.EndpointChannelMessage("123", "456"):                                 "GET /channels/{}/messages/{}",
		discordgo.EndpointApplicationGlobalCommands("123"):                             "GET /applications/{}/commands",
		discordgo.EndpointApplicationGuildCommands("123", "456"):                       "GET /applications/{}/guilds/{}/commands",
		discordgo.EndpointUser("@me"):                                                  "GET /users/@me",
		discordgo.EndpointGateway:                                                      "GET /gateway",
		"https://cdn.discordapp.com/attachments/123/456/hunter2.png?ex=1&hm=hunter2":   "file",
		"https://discord.com/api/v9/" + strings.Repeat("hunter2/", longestPath+1):      "other",
		"https://discord.com/api/v9/" + strings.Repeat("messages/", longestPath) + "x": "other",
	} {
		if got := Operation(httptest.NewRequest(http.MethodGet, address, nil)); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}
