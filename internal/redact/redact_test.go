package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kellybot/internal/redact"
)

const (
	plain  = "hunter2-correct-horse"
	knotty = `p/ä&"w\o:r@d %41<é>` // every character that somebody escapes
)

type (
	stringer struct{ Text string }
	valuer   struct{ text string }
	text     struct{ text string }
	record   struct {
		Nested *record
		Token  string
	}
)

func (s stringer) String() string           { return s.Text }
func (v valuer) LogValue() slog.Value       { return slog.GroupValue(slog.String("token", v.text)) }
func (t text) MarshalText() ([]byte, error) { return []byte(t.text), nil }
func handlers(w io.Writer) map[string]slog.Handler {
	options := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	return map[string]slog.Handler{"text": slog.NewTextHandler(w, options), "json": slog.NewJSONHandler(w, options)}
}

func TestNoValueOfALogLineShowsASecret(t *testing.T) {
	for _, secret := range []string{plain, knotty} {
		address := &url.URL{Scheme: "https", Host: "example.org", Path: "/bot" + secret + "/getMe", RawQuery: url.Values{"key": {secret}}.Encode()}
		for name, value := range map[string]any{
			"string":       secret,
			"in words":     "the key is " + secret + ".",
			"error":        errors.New("wrong key " + secret),
			"wrapped":      fmt.Errorf("outer: %w", errors.New(secret)),
			"joined":       errors.Join(errors.New("one"), errors.New(secret)),
			"url error":    &url.Error{Op: "Get", URL: address.String(), Err: io.EOF},
			"url":          address,
			"database":     (&url.URL{Scheme: "postgres", User: url.UserPassword("bot", secret), Host: "db", Path: "/kelly"}).String(),
			"Stringer":     stringer{secret},
			"LogValuer":    valuer{secret},
			"marshaler":    text{secret},
			"group":        slog.GroupValue(slog.Group("deep", slog.String("token", secret))),
			"struct":       record{Token: secret},
			"pointer":      &record{Nested: new(record), Token: secret},
			"slice":        []string{"a", secret},
			"map":          map[string]string{secret: secret},
			"bytes":        []byte(secret),
			"header":       http.Header{"X-Key": {secret}},
			"raw JSON":     json.RawMessage(fmt.Sprintf(`{"token":%s}`, quoted(secret))),
			"quoted":       fmt.Sprintf("no such key: %q", secret),
			"quoted twice": fmt.Sprintf("%q", fmt.Sprintf("%q", secret)),
		} {
			var out bytes.Buffer
			for format, handler := range handlers(redact.New("other", secret).Writer(&out)) {
				out.Reset()
				log := slog.New(handler)
				log.Info("said "+secret, "value", value) //nolint:sloglint // a message that should not be
				log.With("with", value).WithGroup("group").Debug("again", secret, value)
				if lines := strings.Count(out.String(), "\n"); lines != 2 || strings.Count(out.String(), "[secret]") < 4 {
					t.Errorf("%s as %s is written in %d lines:\n%s", name, format, lines, &out)
				}
				for _, form := range []string{secret, url.PathEscape(secret), url.QueryEscape(secret), strings.Trim(quoted(secret), `"`), strings.Trim(fmt.Sprintf("%q", secret), `"`)} {
					if strings.Contains(out.String(), form) {
						t.Errorf("%s as %s shows the secret as %s:\n%s", name, format, form, &out)
					}
				}
				for line := range strings.Lines(out.String()) {
					if format == "json" && !json.Valid([]byte(line)) {
						t.Errorf("%s leaves no JSON: %s", name, line)
					}
				}
			}
		}
	}
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func TestSecretsThatNobodyToldAreKnownByTheirForm(t *testing.T) {
	const (
		telegram    = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_"
		discord     = "GhIJkL.mnopqrstuvwxyz0123456789ABCDEFGHIJ-_"
		interaction = "aW50ZXJhY3Rpb246MTQwMDAwMDAwMDAwMDAwMDAwMTpxd2VydHk"
	)
	for name, c := range map[string]struct{ text, want string }{
		"a Telegram token":        {"Post https://api.telegram.org/bot123456:" + telegram + "/getMe: EOF", "Post https://api.telegram.org/bot123456:[secret]/getMe: EOF"},
		"escaped":                 {"bot123456%3A" + telegram, "bot123456%3A[secret]"},
		"a Discord token":         {"Bot MTEwMDAwMDAwMDAwMDAwMDAwMg." + discord + " refused", "Bot MTEwMDAwMDAwMDAwMDAwMDAwMg.[secret] refused"},
		"an interaction's token":  {`{"token":"` + interaction + `","type":2}`, `{"token":"[secret]","type":2}`},
		"an edit of an answer":    {"PATCH /api/v9/webhooks/11/a-token/messages/@original", "PATCH /api/v9/webhooks/11/[secret]/messages/@original"},
		"a follow-up":             {`"https://discord.com/api/v9/webhooks/11/a-token?wait=true"`, `"https://discord.com/api/v9/webhooks/11/[secret]?wait=true"`},
		"an acknowledgement":      {"/interactions/12/a-token/callback", "/interactions/12/[secret]/callback"},
		"a login in a URL":        {"dial postgres://bot:hunter2@db:5432/kelly failed", "dial postgres://[secret]@db:5432/kelly failed"},
		"a proxy's":               {`proxy="http://me@proxy:3128"`, `proxy="http://[secret]@proxy:3128"`},
		"a header over the wire":  {"Authorization: Bearer abc\r\nHost: a", "Authorization: Bearer [secret]\r\nHost: a"},
		"a header without a kind": {"authorization: abc", "authorization: [secret]"},
		"a header as Go says it":  {"map[Authorization:[Bot abc] Host:[a]]", "map[Authorization:[Bot [secret]] Host:[a]]"},
		"a header in JSON":        {`{"Authorization":["Basic YTpi"],"Host":["a"]}`, `{"Authorization":["Basic [secret]"],"Host":["a"]}`},
		"a bearer alone":          {"with Bearer abcdefgh, twice", "with Bearer [secret], twice"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (redact.Redactor{}).String(c.text); got != c.want {
				t.Errorf("it becomes %s, want %s", got, c.want)
			}
		})
	}
}

// lines are what the program logs, in which nothing is secret.
var lines = []string{
	`time=2026-11-22T20:46:58.123+01:00 level=INFO msg=starting version="v0.3.0-12-gcffcf53-dirty go1.26.1 linux/amd64" platforms="[discord telegram]" pictures=api.kellyai.pro workers=4`,
	`time=2026-11-22T20:46:59.004+01:00 level=INFO msg="a request is over" platform=discord job=discord:1400000000000000017 user=80351110224678912 outcome=done rounds=1 command=imagine model=PhotoPerfect size=1024x1024 waited=12ms drawn=4.2s delivered=311ms message=1400000000000000018`,
	`time=2026-11-22T20:47:01.500+01:00 level=WARN msg="a call to Discord failed" asked_for="register the commands" cause="calling Discord: dial tcp 127.0.0.1:1: connect: connection refused" pause=2s`,
	`kellybot: PostgreSQL at db.example.org:5432 has no database "kelly": create it, or name another in DATABASE_URL`,
	`kellybot: DATABASE_URL is wrong: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE`,
	`goroutine 17 [running]: kellybot/bots/discord.(*Adapter).handle(0xc000123400, {0xc000456000, 0x1f4}) /src/bots/discord/receive.go:118 +0x1a5`,
	`https://discord.com/developers/applications, Bot token; the bot restarted; a bearer of news`,
}

func TestWhatIsNoSecretStays(t *testing.T) {
	r := redact.New("", "short", plain, knotty)
	for _, line := range lines {
		if got := r.String(line); got != line {
			t.Errorf("%s\nbecomes %s", line, got)
		}
	}
}

func TestALongSecretIsTakenOutWhole(t *testing.T) {
	r := redact.New("second-half", "first-half:second-half")
	if got := r.String("a first-half:second-half, and second-half"); got != "a [secret], and [secret]" {
		t.Error(got)
	}
}

// A broken refuses what is written.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWritingFailsAsItDoesBeneath(t *testing.T) {
	if n, err := redact.New(plain).Writer(broken{}).Write([]byte(plain)); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := redact.New(plain).Writer(io.Discard).Write([]byte(plain)); n != len(plain) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func FuzzNoTextHidesASecret(f *testing.F) {
	for _, line := range append(lines, plain, knotty, "123456:"+plain, "://"+plain+"@") {
		f.Add(line, line)
	}
	r := redact.New(plain, knotty)
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, secret := range []string{plain, knotty} {
			clean := r.String(before + secret + after)
			if strings.Contains(clean, secret) {
				t.Errorf("it shows the secret: %q", clean)
			}
			if again := r.String(clean); strings.Contains(again, secret) {
				t.Errorf("it shows the secret, done twice: %q", again)
			}
		}
	})
}

func BenchmarkLineWithoutSecrets(b *testing.B) {
	w := redact.New(plain, knotty, "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw_").Writer(io.Discard)
	line := []byte(lines[1])
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		_, _ = w.Write(line)
	}
}
