// Package config reads the program's settings from the environment and a .env
// file: once, checked, with all that is wrong told together. Secrets are never
// quoted in an error or a warning.
package config

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config is the program's settings, each valid.
type Config struct {
	KellyAPIKey  string // "" for the embedded sandbox
	KellyAPIURL  string
	KellyTimeout time.Duration // of an attempt

	DiscordToken   string // "" for no Discord
	DiscordAPIURL  string // scheme and host
	DiscordGuildID string // "" for commands everywhere
	DiscordShards  int    // sessions on the gateway

	TelegramToken  string // "" for no Telegram
	TelegramAPIURL string

	DefaultModel string
	DefaultSize  Size
	MaxSize      int // pixels a side
	Workers      int // pictures generated at once

	DatabaseURL     string // sqlite:PATH or postgres://…, a secret; "" for a file in DataDir
	UserConcurrency int    // pictures of one user generated at once
	UserQueue       int    // waiting requests of one user
	QueueLimit      int    // waiting requests of all
	DailyLimit      int    // pictures a day; 0 for no limit
	UserDailyLimit  int    // those of a user; 0 for no limit
	ChatDailyLimit  int    // those of a chat or a server; 0 for no limit

	Cooldown time.Duration // between two requests of a user; 0 for none

	HoldFor        time.Duration // for requests while a service is away
	Retention      time.Duration // of finished requests; 0 for ever
	KeepOriginals  time.Duration // of delivered pictures' files
	Metadata       string        // full, marking or none
	AltText        string        // prompt or description
	OriginalsLimit int64         // bytes of them all

	// Who may use the bot and where, and who may do everything. The keys are
	// "platform:id". No AllowUsers means everybody, no AllowChats everywhere.
	AllowUsers, AllowChats, Admins map[string]bool

	Grace   time.Duration // for what is in flight at the end
	DataDir string        // may not exist yet

	HTTPAddr    string // to listen on; "" for no listening
	MetricsAddr string // for /metrics alone; "" for HTTPAddr

	Playground         string // on, off or auto; see ServesPlayground
	PlaygroundPassword string // "" for none

	BlockWords string // path of a word list; "" for none
	Spoiler    string // always, never or auto

	LogLevel  slog.Level
	LogFormat string // text or json
}

// Secrets returns what nobody may read in anything that the program writes: the
// key, the tokens and the passwords, those that are set.
func (c Config) Secrets() []string {
	_, ofTelegram, _ := strings.Cut(c.TelegramToken, ":") // the part that is secret
	secrets := []string{c.KellyAPIKey, c.DiscordToken, c.TelegramToken, ofTelegram, c.PlaygroundPassword}
	if database, err := url.Parse(c.DatabaseURL); err == nil {
		password, _ := database.User.Password()
		// A password that is the name of something is none, and every line
		// without that name would tell it.
		if !strings.Contains(database.User.Username()+"@"+database.Host+database.Path, password) {
			secrets = append(secrets, password)
		}
		secrets = append(secrets, database.Query().Get("password"), database.Query().Get("sslpassword"))
	}
	return slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
}

// ServesPlayground reports whether there is to be a page to try the bot on.
func (c Config) ServesPlayground() bool {
	untaken := c.DiscordToken == "" && c.TelegramToken == "" && c.HTTPAddr != ""
	return c.Playground == "on" || c.Playground == "auto" && untaken
}

// A Size is a picture's, in pixels.
type Size struct{ Width, Height int }
