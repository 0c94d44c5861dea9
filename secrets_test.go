//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
)

const databasePassword = "hunter2 & co"

func TestWhatTheProgramSaysPassesTheRedactor(t *testing.T) {
	secrets := []string{kellyKey, discordtest.Token, telegramtest.Token, strings.Split(telegramtest.Token, ":")[1], databasePassword, "hunter2%20&%20co"}
	for _, format := range []string{"text", "json"} {
		var stdout, stderr bytes.Buffer
		p := Program{
			Environ: []string{
				"KELLY_API_KEY=" + kellyKey, "DISCORD_TOKEN=" + discordtest.Token, "TELEGRAM_TOKEN=" + telegramtest.Token,
				"DATABASE_URL=postgres://bot:hunter2%20&%20co@db/kelly", "LOG_LEVEL=debug", "LOG_FORMAT=" + format,
			},
			Dotenv: filepath.Join(t.TempDir(), ".env"), Stdout: &stdout, Stderr: &stderr,
		}
		cfg, err := p.settings()
		if err != nil {
			t.Fatal(err)
		}
		all := fmt.Errorf("cause: %w", errors.New(strings.Join(secrets, ", ")))
		p.logger(cfg).Debug("a line", "cause", all)
		if code := p.exit(t.Context(), all); code != exitFailed {
			t.Errorf("exit code %d", code)
		}
		if err := p.print(line("Kelly", "", all)); err != nil {
			t.Fatal(err)
		}
		said := stdout.String() + stderr.String()
		if n := strings.Count(said, "[secret]"); n != 3*len(secrets) {
			t.Errorf("%d secrets are taken out, want %d", n, 3*len(secrets))
		}
		for _, secret := range secrets {
			if strings.Contains(said, secret) {
				t.Errorf("%s is shown:\n%s", secret, said)
			}
		}
	}
}
