//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"kellybot/bots/botstest"
	"kellybot/bots/discord/discordtest"
	"kellybot/bots/telegram/telegramtest"
	"kellybot/kelly/kellytest"
)

// A world is every service that kellybot talks to, on loopback.
type world struct {
	t        testing.TB
	kelly    *kellytest.Server
	discord  *discordtest.Server
	telegram *telegramtest.Server
}

const kellyKey = "key-never-shown"

func newWorld(t testing.TB) *world {
	t.Helper()
	return &world{t, kellytest.New(t), discordtest.Start(t), telegramtest.Start(t)}
}

func (w *world) settings(more ...string) []string {
	return append([]string{
		"KELLY_API_KEY=" + kellyKey, "KELLY_API_URL=" + w.kelly.URL,
		"DISCORD_TOKEN=" + discordtest.Token, "DISCORD_API_URL=" + w.discord.URL,
		"TELEGRAM_TOKEN=" + telegramtest.Token, "TELEGRAM_API_URL=" + w.telegram.URL,
		"DEFAULT_SIZE=64x64", "METADATA=none", // so that a picture arrives as the service sent it
	}, more...)
}

// serve starts the bot and waits until it hears both platforms.
func (w *world) serve(more ...string) *process {
	w.t.Helper()
	p := start(w.t, w.t.TempDir(), w.settings(more...))
	for _, platform := range []string{"discord", "telegram"} {
		if strings.Contains(strings.Join(more, " "), "json") {
			p.says(`"msg":"receiving events","platform":"` + platform + `"`)
		} else {
			p.says(`msg="receiving events" platform=` + platform)
		}
	}
	return p
}

// inFlight waits until the service is drawing n pictures.
func (w *world) inFlight(n int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.kelly.WaitFor(ctx, func(s kellytest.Stats) bool { return s.InFlight == n }); err != nil {
		w.t.Fatalf("%d pictures are being drawn, want %d", w.kelly.Stats().InFlight, n)
	}
}

// A chat is where people see messages.
type chat interface {
	Messages() []botstest.Message
	Changed() <-chan struct{}
}

// read waits for the n-th message in the chat.
func read(t testing.TB, where chat, n int) botstest.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		changed := where.Changed()
		if messages := where.Messages(); len(messages) >= n {
			return messages[n-1]
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("nobody answered")
		}
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) endsWith(code int) {
	p.t.Helper()
	if got := p.wait(); got != code {
		p.t.Errorf("exit code %d, want %d:\n%s", got, code, p.stderr.String())
	}
}

// quokkaFile is a picture's name: its prompt's words and its id.
var quokkaFile = regexp.MustCompile(`^a-quokka-in-snow-[0-9a-z]{13}\.png$`)

var anna = botstest.From{UserID: "1001", Name: "Anna Zebrafinch"}

func TestServeDrawsOnBothPlatformsAndShowsNoSecret(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		w := newWorld(t)
		p := w.serve("LOG_LEVEL=debug", "LOG_FORMAT="+format)
		const prompt = "a quokka in snow"
		w.discord.Say(anna, "/imagine "+prompt)
		w.telegram.Say(anna, "/imagine "+prompt)
		want := kellytest.Picture(prompt, "PhotoPerfect", 64, 64)
		for name, where := range map[string]chat{"Discord": w.discord, "Telegram": w.telegram} {
			got := read(t, where, 1)
			if len(got.Files) != 1 || !bytes.Equal(got.Files[0].Bytes, want) || !quokkaFile.MatchString(got.Files[0].Name) {
				t.Errorf("%s: %d files, or another picture than the service sent", name, len(got.Files))
			}
			if !strings.Contains(got.Text, prompt) || !strings.Contains(got.Text, "PhotoPerfect · 64×64 · ") {
				t.Errorf("%s: people read %q", name, got.Text)
			}
		}
		w.discord.Say(anna, "/imagine a quokka --size 1x1")
		w.telegram.Say(anna, "/imagine a quokka --size 1x1")
		read(t, w.discord, 2)
		read(t, w.telegram, 2)
		p.signal(syscall.SIGTERM)
		p.endsWith(0)

		log := p.stderr.String()
		if !strings.Contains(log, "version") || !strings.Contains(log, "workers") {
			t.Errorf("the log does not say what was started:\n%s", log)
		}
		for _, secret := range []string{kellyKey, discordtest.Token, telegramtest.Token, "quokka", "Zebrafinch"} {
			if strings.Contains(log, secret) {
				t.Errorf("the log holds %q:\n%s", secret, log)
			}
		}
		if p.stdout.String() != "" {
			t.Errorf("standard output has %q", p.stdout.String())
		}
	}
}

func TestServeStoresInItsFolderAlone(t *testing.T) {
	w := newWorld(t)
	p := w.serve()
	p.signal(syscall.SIGINT)
	p.endsWith(0)
	if entries, err := os.ReadDir(p.cmd.Dir); err != nil || len(entries) != 1 || entries[0].Name() != "data" {
		t.Errorf("it leaves %v behind (%v)", entries, err)
	}
}

func TestFirstSignalLetsWhatIsInFlightFinish(t *testing.T) {
	w := newWorld(t)
	release := w.kelly.Hold()
	p := w.serve("GRACE=10m")
	w.discord.Say(anna, "/imagine a red fox")
	w.telegram.Say(anna, "/imagine a red fox")
	w.inFlight(2)
	p.signal(syscall.SIGTERM)
	p.says("ending")
	release()
	for name, where := range map[string]chat{"Discord": w.discord, "Telegram": w.telegram} {
		if got := read(t, where, 1); len(got.Files) != 1 {
			t.Errorf("%s: people see %+v", name, got)
		}
	}
	p.endsWith(0)
}

func TestGraceEndsAndTheNextStartGoesOn(t *testing.T) {
	w := newWorld(t)
	release := w.kelly.Hold()
	folder := t.TempDir()
	p := w.serve("GRACE=50ms", "DATA_DIR="+folder)
	w.discord.Say(anna, "/imagine a red fox")
	w.telegram.Say(anna, "/imagine a red fox")
	w.inFlight(2)
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	release()
	p = w.serve("DATA_DIR=" + folder)
	for name, where := range map[string]chat{"Discord": w.discord, "Telegram": w.telegram} {
		if got := read(t, where, 1); len(got.Files) != 1 {
			t.Errorf("%s: people see %+v", name, got)
		}
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	for _, second := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		w := newWorld(t)
		defer w.kelly.Hold()()
		p := w.serve("GRACE=10m")
		w.telegram.Say(anna, "/imagine a red fox")
		w.inFlight(1)
		p.signal(syscall.SIGTERM)
		p.says("ending")
		p.signal(second)
		p.endsWith(128 + int(second))
	}
}

func TestSignalEndsImagineWithoutAFile(t *testing.T) {
	w := newWorld(t)
	defer w.kelly.Hold()()
	folder := t.TempDir()
	p := start(t, folder, w.settings(), "imagine", "a red fox", "-o", "fox.png")
	w.inFlight(1)
	p.signal(syscall.SIGINT)
	p.endsWith(130)
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("it leaves %v behind (%v)", entries, err)
	}
}

func TestRefusedTokenEndsThatPlatformAlone(t *testing.T) {
	w := newWorld(t)
	w.discord.RefuseToken()
	p := start(t, t.TempDir(), w.settings())
	p.says(`msg="receiving events" platform=telegram`)
	p.says(`level=ERROR`)
	w.telegram.Say(anna, "/imagine a red fox")
	if got := read(t, w.telegram, 1); len(got.Files) != 1 {
		t.Errorf("people see %+v", got)
	}
	w.telegram.RefuseToken()
	p.endsWith(1)
	if log := p.stderr.String(); !strings.Contains(log, "no chat platform is left") || strings.Contains(log, telegramtest.Token) {
		t.Errorf("the log says:\n%s", log)
	}
}

func TestWhoeverMayNotUseTheBotIsToldAndNothingIsDrawn(t *testing.T) {
	w := newWorld(t)
	p := w.serve("ALLOW_USERS=telegram:1002,discord:1002")
	w.discord.Say(anna, "/imagine a red fox")
	w.telegram.Say(anna, "/imagine a red fox")
	for name, where := range map[string]chat{"Discord": w.discord, "Telegram": w.telegram} {
		if got := read(t, where, 1); !strings.Contains(got.Text, "not open to you") {
			t.Errorf("%s: people read %q", name, got.Text)
		}
	}
	w.telegram.Say(botstest.From{UserID: "1002", Name: "Bea"}, "/imagine a blue fox")
	if got := read(t, w.telegram, 2); len(got.Files) != 1 {
		t.Errorf("who may use it sees %+v", got)
	}
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	if w.kelly.Prompts()["a red fox"] != 0 {
		t.Error("the service was asked all the same")
	}
}

func TestWithoutAKeyServeDrawsInTheSandbox(t *testing.T) {
	w := newWorld(t)
	p := w.serve("KELLY_API_KEY=")
	w.telegram.Say(anna, "/imagine a red fox --size 96x64")
	got := read(t, w.telegram, 1)
	if len(got.Files) != 1 {
		t.Fatalf("people see %+v", got)
	}
	isPicture(t, got.Files[0].Bytes, 96, 64)
	p.signal(syscall.SIGTERM)
	p.endsWith(0)
	if len(w.kelly.Requests()) > 0 {
		t.Error("the configured service was asked without a key")
	}
}

func TestSignalEndsImagineWhoseReaderStalls(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p := startTo(t, write, t.TempDir(), nil, "imagine", "a red fox --size 1024x1024", "-o", "-")
	write.Close()
	if _, err := io.ReadFull(read, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGINT)
	p.endsWith(130)
	if rest, err := io.ReadAll(read); err != nil || bytes.HasSuffix(rest, []byte("IEND\xaeB`\x82")) {
		t.Errorf("the whole picture went through, so nothing stalled (%v)", err)
	}
}

func TestKilledImagineLeavesNoHalfFile(t *testing.T) {
	folder := t.TempDir()
	w := newWorld(t)
	defer w.kelly.Hold()()
	p := start(t, folder, w.settings(), "imagine", "a red fox", "-o", "fox.png")
	w.inFlight(1)
	p.signal(syscall.SIGKILL)
	p.wait()
	if _, err := os.Stat(filepath.Join(folder, "fox.png")); !os.IsNotExist(err) {
		t.Errorf("there is a fox.png (%v)", err)
	}
}
