package config

import (
	"math"
	"strings"
	"time"
)

// The limits of settings.
const (
	// MinSide is the smallest side of a picture, in pixels.
	MinSide = 64
	// MaxSide is the highest MAX_SIZE, in pixels: a square of it has the 100
	// megapixels that a picture may have.
	MaxSide = 10000
	// MaxWorkers is the highest WORKERS.
	MaxWorkers = 256
)

// A setting is one variable. An empty value stands for its default.
type setting struct {
	name     string
	fallback string // the default, as one would write it; "" for none
	expected string // completes "NAME must be ..."; holds an example
	// set checks the value and takes it over; false when it is not as expected.
	set func(c *Config, value string) bool
}

// settings are all that the program reads.
var settings = []setting{
	{
		"KELLY_API_KEY", "",
		"the key as @KellyAIBot shows it, such as KELLY_API_KEY=abc123: what is set holds a character that no key has, perhaps a quote or white space",
		func(c *Config, v string) bool { return secret(&c.KellyAPIKey, v) },
	},
	{
		"KELLY_API_URL", "https://api.kellyai.pro/",
		"an http or https address without user, query or fragment, such as https://api.kellyai.pro/",
		func(c *Config, v string) bool { return address(&c.KellyAPIURL, v) },
	},
	{
		"KELLY_TIMEOUT", "60s",
		"a time longer than 0 and at most 5m, such as 60s",
		func(c *Config, v string) bool { return duration(&c.KellyTimeout, v) && c.KellyTimeout <= 5*time.Minute },
	},
	{
		"DISCORD_TOKEN", "",
		"the bot's token from https://discord.com/developers/applications, such as MTIzNDU2.Gabcde.xyz: what is set holds a character that no token has, perhaps a quote or white space",
		func(c *Config, v string) bool { return discordToken(&c.DiscordToken, v) },
	},
	{
		"DISCORD_API_URL", "https://discord.com",
		"the scheme and host of an http or https address and nothing else, such as https://discord.com",
		func(c *Config, v string) bool { return origin(&c.DiscordAPIURL, v) },
	},
	{
		"DISCORD_GUILD_ID", "",
		"a server's id in digits, such as 197038439483310086",
		func(c *Config, v string) bool { return snowflake(&c.DiscordGuildID, v) },
	},
	{
		"DISCORD_SHARDS", "1",
		"a whole number from 1 to 1000, such as 1",
		func(c *Config, v string) bool { return number(&c.DiscordShards, v, 1, 1000) },
	},
	{
		"TELEGRAM_TOKEN", "",
		"the token as @BotFather shows it, digits, a colon and the rest, without quotes or white space, such as 123456:ABC-def",
		func(c *Config, v string) bool { return telegramToken(&c.TelegramToken, v) },
	},
	{
		"TELEGRAM_API_URL", "https://api.telegram.org",
		"an http or https address without user, query or fragment, such as https://api.telegram.org",
		func(c *Config, v string) bool { return address(&c.TelegramAPIURL, v) },
	},
	{
		"DEFAULT_MODEL", "PhotoPerfect",
		"a model's name of at most 200 bytes, such as PhotoPerfect",
		func(c *Config, v string) bool { return modelName(&c.DefaultModel, v) },
	},
	{
		"DEFAULT_SIZE", "1024x1024",
		"width x height in pixels, each from 64 to MAX_SIZE, such as 1024x1024",
		func(c *Config, v string) bool { return size(&c.DefaultSize, v) },
	},
	{
		"MAX_SIZE", "2048",
		"a whole number of pixels from 64 to 10000, such as 2048",
		func(c *Config, v string) bool { return number(&c.MaxSize, v, MinSide, MaxSide) },
	},
	{
		"WORKERS", "4",
		"a whole number from 1 to 256, such as 4",
		func(c *Config, v string) bool { return number(&c.Workers, v, 1, MaxWorkers) },
	},
	{
		"DATABASE_URL", "",
		"sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE, such as sqlite:data/kellybot.db",
		func(c *Config, v string) bool { return database(&c.DatabaseURL, v) },
	},
	{
		"USER_CONCURRENCY", "2",
		"a whole number from 1 to 64, such as 2",
		func(c *Config, v string) bool { return number(&c.UserConcurrency, v, 1, 64) },
	},
	{
		"USER_QUEUE", "10",
		"a whole number from 1 to 100000, such as 10",
		func(c *Config, v string) bool { return number(&c.UserQueue, v, 1, 100_000) },
	},
	{
		"QUEUE_LIMIT", "1000",
		"a whole number from 1 to 100000, such as 1000",
		func(c *Config, v string) bool { return number(&c.QueueLimit, v, 1, 100_000) },
	},
	{
		"DAILY_LIMIT", "0",
		"a whole number, 0 for no limit, such as 500",
		func(c *Config, v string) bool { return number(&c.DailyLimit, v, 0, math.MaxInt32) },
	},
	{
		"USER_DAILY_LIMIT", "0",
		"a whole number, 0 for no limit, such as 20",
		func(c *Config, v string) bool { return number(&c.UserDailyLimit, v, 0, 1_000_000) },
	},
	{
		"CHAT_DAILY_LIMIT", "0",
		"a whole number, 0 for no limit, such as 100",
		func(c *Config, v string) bool { return number(&c.ChatDailyLimit, v, 0, 1_000_000) },
	},
	{
		"COOLDOWN", "0",
		"a time of at most 24h, 0 for none, such as 30s",
		func(c *Config, v string) bool {
			return v == "0" || duration(&c.Cooldown, v) && c.Cooldown <= 24*time.Hour
		},
	},
	{
		"HOLD_FOR", "30m",
		"a time longer than 0, such as 30m",
		func(c *Config, v string) bool { return duration(&c.HoldFor, v) },
	},
	{
		"RETENTION", "720h",
		"a time, 0 to keep everything, such as 720h",
		func(c *Config, v string) bool { return v == "0" || duration(&c.Retention, v) },
	},
	{
		"KEEP_ORIGINALS", "168h",
		"a time longer than 0, such as 168h",
		func(c *Config, v string) bool { return duration(&c.KeepOriginals, v) },
	},
	{
		"ORIGINALS_LIMIT", "2GB",
		"a size in bytes, kB, MB or GB, such as 2GB",
		func(c *Config, v string) bool { return fileSize(&c.OriginalsLimit, v) },
	},
	{
		"METADATA", "full",
		"full, marking or none",
		func(c *Config, v string) bool { return oneOf(&c.Metadata, v, "full", "marking", "none") },
	},
	{
		"ALT_TEXT", "prompt",
		"prompt or description",
		func(c *Config, v string) bool { return oneOf(&c.AltText, v, "prompt", "description") },
	},
	{
		"ALLOW_USERS", "",
		"users as platform:id with commas in between, such as discord:80351110224678912,telegram:123456789",
		func(c *Config, v string) bool { return identities(&c.AllowUsers, v) },
	},
	{
		"ALLOW_CHATS", "",
		"servers, channels and chats as platform:id with commas in between, such as discord:197038439483310086,telegram:-1001234567890",
		func(c *Config, v string) bool { return identities(&c.AllowChats, v) },
	},
	{
		"ADMINS", "",
		"users as platform:id with commas in between, such as discord:80351110224678912,telegram:123456789",
		func(c *Config, v string) bool { return identities(&c.Admins, v) },
	},
	{
		"BLOCK_WORDS", "",
		"the path of a file, such as ./words.txt",
		func(c *Config, v string) bool { c.BlockWords = v; return true }, // whether it can be read shows at the start,
	},
	{
		"SPOILER", "auto",
		"always, never or auto",
		func(c *Config, v string) bool { return oneOf(&c.Spoiler, v, "always", "never", "auto") },
	},
	{
		"GRACE", "20s",
		"a time longer than 0, such as 20s",
		func(c *Config, v string) bool { return duration(&c.Grace, v) },
	},
	{
		"DATA_DIR", "./data",
		"the path of a folder, which need not exist yet, such as ./data",
		func(c *Config, v string) bool { return folder(&c.DataDir, v) },
	},
	{
		"HTTP_ADDR", "127.0.0.1:8080",
		"an address to listen on as host:port, or off, such as 127.0.0.1:8080",
		func(c *Config, v string) bool { return strings.EqualFold(v, "off") || listenAddress(&c.HTTPAddr, v) },
	},
	{
		"METRICS_ADDR", "",
		"an address to listen on as host:port, such as 127.0.0.1:9090",
		func(c *Config, v string) bool { return v == "" || listenAddress(&c.MetricsAddr, v) },
	},
	{
		"PLAYGROUND", "auto",
		"on, off, or auto, which is on while no chat platform's token is set",
		func(c *Config, v string) bool { return oneOf(&c.Playground, v, "on", "off", "auto") },
	},
	{
		"PLAYGROUND_PASSWORD", "",
		"at least 8 characters, such as a sentence that nobody guesses",
		func(c *Config, v string) bool { return password(&c.PlaygroundPassword, v) },
	},
	{
		"LOG_LEVEL", "info",
		"debug, info, warn or error",
		func(c *Config, v string) bool { return level(&c.LogLevel, v) },
	},
	{
		"LOG_FORMAT", "text",
		"text or json",
		func(c *Config, v string) bool { return oneOf(&c.LogFormat, v, "text", "json") },
	},
}
