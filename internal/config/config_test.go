package config_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kellybot/internal/config"
)

func defaults() config.Config {
	return config.Config{
		KellyAPIURL:    "https://api.kellyai.pro/",
		KellyTimeout:   time.Minute,
		DiscordAPIURL:  "https://discord.com",
		DiscordShards:  1,
		TelegramAPIURL: "https://api.telegram.org",
		DefaultModel:   "PhotoPerfect",
		DefaultSize:    config.Size{Width: 1024, Height: 1024},
		MaxSize:        2048,
		Workers:        4,

		UserConcurrency: 2, UserQueue: 10, QueueLimit: 1000, Spoiler: "auto",
		HoldFor: 30 * time.Minute, Retention: 720 * time.Hour, KeepOriginals: 168 * time.Hour, OriginalsLimit: 2_000_000_000, Metadata: "full", AltText: "prompt",
		AllowUsers: map[string]bool{},
		AllowChats: map[string]bool{},
		Admins:     map[string]bool{},
		Grace:      20 * time.Second,
		DataDir:    "./data",
		HTTPAddr:   "127.0.0.1:8080",
		Playground: "auto",
		LogLevel:   slog.LevelInfo,
		LogFormat:  "text",
	}
}

// load loads with a .env of that text; "" is no file.
func load(t *testing.T, dotenv string, environ ...string) (config.Config, []string, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), ".env")
	if dotenv != "" {
		if err := os.WriteFile(name, []byte(dotenv), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(environ, name)
}

func TestNothingSetGivesTheDefaults(t *testing.T) {
	cfg, warnings, err := load(t, "", "HOME=/root", "PATH=/bin")
	if err != nil || len(warnings) > 0 {
		t.Fatalf("err = %v, warnings = %q", err, warnings)
	}
	if !reflect.DeepEqual(cfg, defaults()) {
		t.Errorf("got  %+v\nwant %+v", cfg, defaults())
	}
}

func TestEverySettingIsTakenOver(t *testing.T) {
	want := config.Config{
		KellyAPIKey:    "k-1",
		KellyAPIURL:    "http://127.0.0.1:8080/kelly",
		KellyTimeout:   90 * time.Second,
		DiscordToken:   "MTIz.abc.d-e_f",
		DiscordAPIURL:  "http://127.0.0.1:8081",
		DiscordGuildID: "197038439483310086",
		DiscordShards:  16,
		TelegramToken:  "123456:ABC-def_1",
		TelegramAPIURL: "http://[::1]:8082/bots",
		DefaultModel:   "Dream Shaper",
		DefaultSize:    config.Size{Width: 640, Height: 384},
		MaxSize:        640,
		Workers:        256,

		DatabaseURL: "postgres://u:p@h/d", UserConcurrency: 3, UserQueue: 4, QueueLimit: 5, DailyLimit: 6, UserDailyLimit: 7, ChatDailyLimit: 8, Cooldown: 45 * time.Second, BlockWords: "config_test.go", Spoiler: "always",
		HoldFor: time.Hour, Retention: 0, KeepOriginals: 2 * time.Hour, OriginalsLimit: 700_000, Metadata: "marking", AltText: "description",
		AllowUsers: map[string]bool{"discord:1": true, "telegram:2": true},
		AllowChats: map[string]bool{"telegram:-1001": true},
		Admins:     map[string]bool{"telegram:3": true},
		Grace:      1500 * time.Millisecond,
		DataDir:    "/no/such/folder",
		HTTPAddr:   "[::]:80", MetricsAddr: ":9090",
		Playground: "on", PlaygroundPassword: "open, sesame",
		LogLevel:  slog.LevelDebug,
		LogFormat: "json",
	}
	cfg, warnings, err := load(t, "",
		"KELLY_API_KEY= k-1 ",
		"KELLY_API_URL=http://127.0.0.1:8080/kelly",
		"KELLY_TIMEOUT=90s",
		"DISCORD_TOKEN=Bot MTIz.abc.d-e_f",
		"DISCORD_API_URL=http://127.0.0.1:8081/",
		"DISCORD_GUILD_ID=197038439483310086", "DISCORD_SHARDS=16",
		"TELEGRAM_TOKEN=123456:ABC-def_1",
		"TELEGRAM_API_URL=http://[::1]:8082/bots",
		"DEFAULT_MODEL=Dream Shaper",
		"DEFAULT_SIZE=640×384",
		"MAX_SIZE=640",
		"WORKERS=256", "DATABASE_URL=postgres://u:p@h/d", "USER_CONCURRENCY=3", "USER_QUEUE=4", "QUEUE_LIMIT=5", "DAILY_LIMIT=6",
		"USER_DAILY_LIMIT=7", "CHAT_DAILY_LIMIT=8", "COOLDOWN=45s", "BLOCK_WORDS=config_test.go", "SPOILER=Always",
		"HOLD_FOR=1h", "RETENTION=0", "KEEP_ORIGINALS=2h", "ORIGINALS_LIMIT=700 kB", "METADATA=marking", "ALT_TEXT=description",
		"ALLOW_USERS=discord:1, telegram:2,",
		"ALLOW_CHATS=telegram:-1001",
		"ADMINS=telegram:3",
		"GRACE=1.5s",
		"DATA_DIR=/no/such/folder",
		"HTTP_ADDR=[::]:80", "METRICS_ADDR=:9090",
		"PLAYGROUND=ON", "PLAYGROUND_PASSWORD=open, sesame",
		"LOG_LEVEL=DEBUG",
		"LOG_FORMAT=json",
	)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("err = %v, warnings = %q", err, warnings)
	}
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("got  %+v\nwant %+v", cfg, want)
	}
}

func TestEnvironmentWinsOverDotenvEvenWhenEmpty(t *testing.T) {
	cfg, _, err := load(t, "KELLY_API_KEY=from-file\nWORKERS=7\nMAX_SIZE=4096 # pixels\n", "KELLY_API_KEY=", "WORKERS=9")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.KellyAPIKey != "" || cfg.Workers != 9 || cfg.MaxSize != 4096 {
		t.Errorf("key %q, workers %d, max size %d", cfg.KellyAPIKey, cfg.Workers, cfg.MaxSize)
	}
}

// Each value is wrong, and none may appear in the error: it could be a secret
// that stands behind the wrong name.
func TestWrongValueIsRefusedByNameAndNeverQuoted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zzz-file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][]string{
		"KELLY_API_KEY":       {"zzz zzz", "zzz\x01", "'zzz'", `"zzz"`, "zzzé"},
		"KELLY_API_URL":       {"zzz", "ftp://zzz.test", "https://", "https://:80", "https://u:zzz@h.test/", "https://zzz.test/?k=1", "https://zzz.test/#f", "https://zzz.test?", "https://zzz.test/%zz"},
		"KELLY_TIMEOUT":       {"zzz", "60.5", "0s", "-73s"},
		"DISCORD_TOKEN":       {"zzz zzz", "Bot zzz zzz", "'zzz'", "zzz\tz"},
		"DISCORD_API_URL":     {"zzz.test", "https://zzz.test/api", "https://u:zzz@h.test"},
		"DISCORD_GUILD_ID":    {"zzz", "-731", "99999999999999999999"},
		"DISCORD_SHARDS":      {"zzz", "0", "-77", "1001"},
		"TELEGRAM_TOKEN":      {"zzz", "123456zzz", "zzz:123", "123456:", "123:zzz zzz", "'123:zzz'"},
		"TELEGRAM_API_URL":    {"zzz://h", "https://h/?zzz"},
		"DEFAULT_MODEL":       {strings.Repeat("zzz", 67), "zz\x00z", "zz\xff"},
		"DEFAULT_SIZE":        {"zzz", "777", "777x", "x777", "777x777x777", "63x777", "777x63", "-777x777"},
		"MAX_SIZE":            {"zzz", "63", "10001", "2048.5", "99999999999999999999"},
		"WORKERS":             {"zzz", "0", "-77", "257", "7.5"},
		"DATABASE_URL":        {"zzz", "sqlite:", "mysql://u:zzz@h/d", "postgres:zzz", "postgres://u:zzz@h:port/d"},
		"USER_CONCURRENCY":    {"zzz", "0", "65"},
		"USER_QUEUE":          {"zzz", "0"},
		"QUEUE_LIMIT":         {"zzz", "-77"},
		"DAILY_LIMIT":         {"zzz", "-77"},
		"HOLD_FOR":            {"zzz", "0", "77"},
		"RETENTION":           {"zzz", "-77h"},
		"KEEP_ORIGINALS":      {"zzz", "-77h"},
		"METADATA":            {"zzz", "all"},
		"HTTP_ADDR":           {"8080", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536", "http://127.0.0.1:80", "no"},
		"METRICS_ADDR":        {"off", "9090"},
		"PLAYGROUND":          {"zzz", "yes"},
		"PLAYGROUND_PASSWORD": {"zzz-773"},
		"ALT_TEXT":            {"zzz", "both"},
		"ORIGINALS_LIMIT":     {"zzz", "0", "-77", "7.7GB", "777XB", "99999999999GB"},
		"ALLOW_USERS":         {"zzz", "731731", "discord:zzz", "discord:-731", "slack:731", "telegram:731;telegram:732", "telegram: 731", ",", " , ,"},
		"ALLOW_CHATS":         {",", "telegram:--731", "telegram:@zzz"},
		"ADMINS":              {",", "discord:731,zzz"},
		"GRACE":               {"zzz", "0", "-77s"},
		"DATA_DIR":            {file, file + "\x00"},
		"LOG_LEVEL":           {"zzz", "infos", "info+77"},
		"LOG_FORMAT":          {"zzz", "yaml"},
	} {
		for _, value := range values {
			_, _, err := load(t, "", name+"="+value)
			if err == nil {
				t.Errorf("%s=%q is taken", name, value)
				continue
			}
			said := err.Error()
			if !strings.HasPrefix(said, name+" must be ") || strings.Contains(said, "\n") {
				t.Errorf("%s=%q: the error is %q", name, value, said)
			}
			for _, secret := range []string{"zzz", "731", "777"} {
				if strings.Contains(value, secret) && strings.Contains(said, secret) {
					t.Errorf("%s=%q is quoted: %q", name, value, said)
				}
			}
		}
	}
}

func TestEverythingWrongIsToldTogether(t *testing.T) {
	_, warnings, err := load(t, "GRACE=soon\nWORKERS='unclosed\nKELLY_TIMEOUT=never\nhunter2=x\n", "MAX_SIZE=0", "KELLY_KEY=x")
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{".env, line 2: ", "GRACE must be ", "KELLY_TIMEOUT must be ", "MAX_SIZE must be "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 4 {
		t.Errorf("%d lines:\n%v", lines, err)
	}
	if len(warnings) != 1 {
		t.Errorf("warnings = %q", warnings)
	}
}

func TestThePlaygroundIsForThoseWithoutAChatPlatform(t *testing.T) {
	for _, c := range []struct {
		settings []string
		want     bool
	}{
		{nil, true},
		{[]string{"TELEGRAM_TOKEN=123456:ABC-def"}, false},
		{[]string{"DISCORD_TOKEN=MTIzNDU2.Gabcde.xyz"}, false},
		{[]string{"TELEGRAM_TOKEN=123456:ABC-def", "PLAYGROUND=on"}, true},
		{[]string{"PLAYGROUND=off"}, false},
		{[]string{"HTTP_ADDR=off"}, false},
	} {
		if cfg, _, err := load(t, "", c.settings...); err != nil || cfg.ServesPlayground() != c.want {
			t.Errorf("with %q: %v, %v", c.settings, cfg.ServesPlayground(), err)
		}
	}
}

func TestDefaultSizeAboveMaxSizeIsRefused(t *testing.T) {
	_, _, err := load(t, "", "MAX_SIZE=512")
	if err == nil || !strings.Contains(err.Error(), "DEFAULT_SIZE must be at most MAX_SIZE (512)") ||
		!strings.Contains(err.Error(), "512x512") {
		t.Errorf("the error is %v", err)
	}
}

func TestBrokenDotenvIsNamedWithItsLineAndNeverQuoted(t *testing.T) {
	for text, line := range map[string]string{
		"TELEGRAM_TOKEN='123:hunter2":                ".env, line 1:",
		"WORKERS=2\n\nhunter2 hunter3\n":             ".env, line 3:",
		"A='two\nlines'\n# note\nB=\"hunter2\nC=3\n": ".env, line 4:",
		"hunter2": ".env, line 1:",
		"LOG_LEVEL=info\nDISCORD TOKEN hunter2=x y\nhunter2 - - =\n": ".env, line 3:",
	} {
		_, _, err := load(t, text)
		if err == nil || !strings.Contains(err.Error(), line) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error is %v", text, err)
		}
	}
}

func TestUnreadableDotenvIsAnError(t *testing.T) {
	_, _, err := config.Load(nil, t.TempDir())
	if err == nil {
		t.Error("a folder is taken as the file")
	}
}

func TestNamesThatAreNoSettingsAreWarnedAbout(t *testing.T) {
	const noEffect = " is no setting and has no effect"
	for _, c := range []struct {
		name            string
		environ, dotenv string // the warning after the name; "" for none
	}{
		{"KELLY_KEY", noEffect + "; did you mean KELLY_API_KEY?", noEffect + "; did you mean KELLY_API_KEY?"},
		{"KELLY_APIKEY", noEffect + "; did you mean KELLY_API_KEY?", noEffect + "; did you mean KELLY_API_KEY?"},
		{"DISCORD_BOT_TOKEN", noEffect + "; did you mean DISCORD_TOKEN?", noEffect + "; did you mean DISCORD_TOKEN?"},
		{"DISCORD_GUILD", noEffect + "; did you mean DISCORD_GUILD_ID?", noEffect + "; did you mean DISCORD_GUILD_ID?"},
		{"TELEGRAM_TOKN", noEffect + "; did you mean TELEGRAM_TOKEN?", noEffect + "; did you mean TELEGRAM_TOKEN?"},
		{"TELEGRAM_X", noEffect, noEffect},
		// Much like a setting, wherever it stands.
		{"WORKER", noEffect + "; did you mean WORKERS?", noEffect + "; did you mean WORKERS?"},
		{"max_size", noEffect + "; did you mean MAX_SIZE?", noEffect + "; did you mean MAX_SIZE?"},
		// The environment is others' too, the file is not.
		{"ALLOW_USER", noEffect + "; did you mean ALLOW_USERS?", ""}, // an error in the file
		{"DEFAULT_MODEL_NAME", "", noEffect + "; did you mean DEFAULT_MODEL?"},
		{"API_KEY", "", noEffect + "; did you mean KELLY_API_KEY?"},
		{"MY_TELEGRAM_SECRET", "", noEffect + "; did you mean TELEGRAM_TOKEN?"},
		{"KELLYBOT_VERSION", "", noEffect},
		{"ZZZ", "", noEffect},
		{"Q", "", noEffect},
	} {
		want := ""
		if c.environ != "" {
			want = c.name + c.environ
		}
		_, warnings, err := load(t, "", c.name+"=hunter2")
		if got := strings.Join(warnings, "\n"); err != nil || got != want {
			t.Errorf("%s in the environment: warned %q, %v", c.name, got, err)
		}
		if c.dotenv == "" {
			continue
		}
		_, warnings, err = load(t, c.name+"=hunter2")
		if got := strings.Join(warnings, "\n"); err != nil || got != c.name+c.dotenv {
			t.Errorf("%s in .env: warned %q, %v", c.name, got, err)
		}
	}
	if _, warnings, _ := load(t, "WORKRES=2", "WORKRES=3"); len(warnings) != 1 {
		t.Errorf("in both: %q", warnings)
	}
}

func TestANameThatMayBeASecretIsNotQuoted(t *testing.T) {
	for text, line := range map[string]string{
		"hunter2.abc=x": "1",
		"# note\nWORKERS=2\nexport hunter2 = x\nZ=1": "3",
		"WORKERS='2'\n\n  hunter2: x":                "3",
		"DISCORD_hunter2=x":                          "1",
	} {
		name := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, warnings, err := config.Load(nil, name)
		said := strings.Join(warnings, "\n")
		if err != nil || !strings.Contains(said, name+", line "+line+", is no setting and has no effect") || strings.Contains(said, "hunter2") {
			t.Errorf("%q: warned %q, %v", text, said, err)
		}
	}
	_, warnings, err := load(t, "", "DISCORD_hunter2=x")
	if want := []string{"a name in the environment that begins with DISCORD_ is no setting and has no effect"}; err != nil || !slices.Equal(warnings, want) {
		t.Errorf("in the environment: warned %q, %v", warnings, err)
	}
}

func TestANearMissOfWhoMayUseTheBotInTheFileIsAnError(t *testing.T) {
	for name, meant := range map[string]string{
		"ALLOW_USER": "ALLOW_USERS", "ALOW_USERS": "ALLOW_USERS", "ALLOWED_USERS": "ALLOW_USERS", "allow_users": "ALLOW_USERS", "ALLOW_UESRS": "ALLOW_USERS",
		"ALLOW_CHAT": "ALLOW_CHATS", "ALLOWCHATS": "ALLOW_CHATS", "ADMIN": "ADMINS", "ADMNS": "ADMINS",
	} {
		_, _, err := load(t, name+"=discord:1")
		if want := name + " is no setting: write " + meant + ", or take the line out"; err == nil || err.Error() != want {
			t.Errorf("%s: the error is %v", name, err)
		}
		if _, warnings, err := load(t, "", name+"=discord:1"); err != nil || len(warnings) != 1 {
			t.Errorf("%s in the environment: %v, warnings %q", name, err, warnings)
		}
	}
}

func TestDotenvMayBeginWithAByteOrderMark(t *testing.T) {
	cfg, warnings, err := load(t, "\uFEFFWORKERS=7\r\nMAX_SIZE=4096\r\n")
	if err != nil || len(warnings) > 0 || cfg.Workers != 7 || cfg.MaxSize != 4096 {
		t.Errorf("workers %d, max size %d, warnings %q, %v", cfg.Workers, cfg.MaxSize, warnings, err)
	}
}

func TestDotenvInUTF16IsNamedAsSuch(t *testing.T) {
	for _, text := range []string{"\xff\xfeW\x00=\x001\x00", "\xfe\xff\x00W\x00=\x001", "W\x00=\x001\x00"} {
		if _, _, err := load(t, text); err == nil || !strings.Contains(err.Error(), "looks like UTF-16: save it as UTF-8") {
			t.Errorf("%q: the error is %v", text, err)
		}
	}
}

// A file of this length would take minutes if the time grew with its square.
func TestBrokenLineOfALongFileIsFound(t *testing.T) {
	long := strings.Repeat("A=1\n", 20_000)
	for text, line := range map[string]string{
		long + "hunter2 hunter3\n" + long: "line 20001:",
		"A='hunter2\n" + long:             "line 1:",
	} {
		if _, _, err := load(t, text); err == nil || !strings.Contains(err.Error(), line) {
			t.Errorf("the error is %v, want %s", err, line)
		}
	}
}

func TestKeyWithAnOddCharacterIsToldSo(t *testing.T) {
	for _, name := range []string{"KELLY_API_KEY", "DISCORD_TOKEN"} {
		if _, _, err := load(t, "", name+"=“abc”"); err == nil || !strings.Contains(err.Error(), "holds a character that no ") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestSecretsAreNamedOnceSet(t *testing.T) {
	for name, c := range map[string]struct{ environ, want []string }{
		"none":                    {nil, nil},
		"key and tokens":          {[]string{"KELLY_API_KEY=key", "DISCORD_TOKEN=Bot abc.def", "TELEGRAM_TOKEN=12:AAx"}, []string{"key", "abc.def", "12:AAx", "AAx"}},
		"a password":              {[]string{"DATABASE_URL=postgres://bot:hunter%402@db/kelly"}, []string{"hunter@2"}},
		"passwords in the query":  {[]string{"DATABASE_URL=postgres://db/kelly?password=hunter%26&sslpassword=k"}, []string{"hunter&", "k"}},
		"a password that is none": {[]string{"DATABASE_URL=postgres://bot:kelly@db/kellybot"}, nil},
		"a file":                  {[]string{"DATABASE_URL=sqlite:data/kellybot.db"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, _, err := load(t, "", c.environ...)
			if got := cfg.Secrets(); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}
