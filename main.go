// Kellybot draws pictures with the Kelly image API for people on Discord, on
// Telegram and in a shell.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	stdlog "log"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"kellybot/bots"
	"kellybot/bots/cli"
	"kellybot/bots/discord"
	"kellybot/bots/telegram"
	"kellybot/commands"
	"kellybot/internal/config"
	"kellybot/internal/redact"
	"kellybot/kelly"
	"kellybot/kelly/sandbox"
)

const help = `kellybot draws pictures for people on Discord, on Telegram and in a shell.

  kellybot [serve]                        Run the bot where a token is set
  kellybot imagine TEXT... [-o FILE|-]    Draw one picture into a file
  kellybot models [SEARCH]                List the models
  kellybot check                          Say whether the settings work
  kellybot version                        Say which version this is
  kellybot help [COMMAND]                 Explain, as -h after a command does

Settings come from the environment and from the file .env; .env.example
explains them all. Without KELLY_API_KEY a built-in sandbox draws.

The exit code is 0 when it worked, 1 when it did not (a request that was refused
too), 2 when the command line or the settings are wrong, and 128 plus the
signal's number when a signal ended it before its time. serve ends with 0 after
SIGINT or SIGTERM, within GRACE and a few seconds for its last words; a second
signal ends it at once.
`

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitSignal = 128 // and the signal's number
)

const (
	howToKelly    = "set KELLY_API_KEY (from @KellyAIBot on Telegram)"
	howToDiscord  = "set DISCORD_TOKEN (from https://discord.com/developers/applications)"
	howToTelegram = "set TELEGRAM_TOKEN (from @BotFather on Telegram)"
)

// version is set by the linker, as in -X main.version=v1.2.3.
var version string

func main() {
	ctx, end := context.WithCancelCause(context.Background())
	// What net/http prints by itself may quote what a peer sent, and with it a
	// token; our own lines go through slog.
	stdlog.SetOutput(io.Discard)
	// The memory for pictures counts as live heap, three times 32 MiB of it,
	// though there is nothing in it to follow. As much garbage again would
	// pile up before it is collected, which costs next to nothing.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(25)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		end(interrupt{<-signals})
		os.Exit(interrupt{<-signals}.code())
	}()
	p := Program{Environ: os.Environ(), Dotenv: ".env", Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(p.Run(ctx, os.Args[1:]))
}

// An interrupt is why a context ended: a signal.
type interrupt struct{ signal os.Signal }

func (i interrupt) Error() string { return "ended by a signal: " + i.signal.String() }

func (i interrupt) code() int {
	number, _ := i.signal.(syscall.Signal)
	return exitSignal + int(number)
}

// A Program is kellybot with what it needs of its process.
type Program struct {
	Environ        []string // as os.Environ returns it
	Dotenv         string   // the file of settings, which may be missing
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	secrets redact.Redactor // for what is told of anything; with settings, of theirs
}

// Run runs a command line until its end, or softly ends it when ctx ends,
// and returns the exit code.
func (p *Program) Run(ctx context.Context, args []string) int {
	name := "serve"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	return p.exit(ctx, p.run(ctx, name, args))
}

func (p *Program) run(ctx context.Context, name string, args []string) error {
	if alias, ok := map[string]string{"-h": "help", "--help": "help", "-v": "version", "--version": "version"}[name]; ok {
		name = alias
	}
	if name == "help" && len(args) == 1 {
		name, args = args[0], []string{"-h"}
	}
	if name == "imagine" || name == "models" {
		return p.shell(ctx, name, args)
	}
	command, ok := map[string]func(context.Context) error{
		"serve": p.serve, "check": p.check, "version": p.version, "help": p.help,
	}[name]
	switch {
	case !ok:
		return unknownCommand(name)
	case len(args) == 1 && (args[0] == "-h" || args[0] == "--help"):
		return p.help(ctx)
	case len(args) > 0:
		return cli.UsageError(name + " takes no arguments: kellybot help explains it.")
	}
	return command(ctx)
}

func unknownCommand(name string) error {
	try := "kellybot help lists them"
	if near, alike := commands.Nearest(name, []string{"serve", "imagine", "models", "check", "version", "help"}); alike {
		try = "try kellybot " + near + ", or kellybot help for all of them"
	}
	return cli.UsageError(fmt.Sprintf("There is no command %q: %s.", name, try))
}

func (p *Program) help(context.Context) error { return p.print(help) }

func (p *Program) version(context.Context) error {
	return p.print("kellybot " + describeBuild() + "\n")
}

// print writes to standard output.
func (p *Program) print(text string) error {
	_, err := io.WriteString(p.Stdout, p.secrets.String(text))
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		err = fault.Err
	}
	if err != nil {
		return fmt.Errorf("standard output cannot be written: %w", err)
	}
	return nil
}

// errFailed is a failure about which everything has been said.
var errFailed = errors.New("failed")

// A settingsError is about the configuration.
type settingsError struct{ error }

// exit maps an error to what the operator reads and the exit code.
func (p *Program) exit(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if signal, ok := errors.AsType[interrupt](context.Cause(ctx)); ok {
		return signal.code()
	}
	if !errors.Is(err, errFailed) {
		for line := range strings.Lines(p.secrets.String(err.Error())) {
			fmt.Fprintf(p.Stderr, "kellybot: %s\n", strings.TrimSpace(line))
		}
	}
	_, settings := errors.AsType[settingsError](err)
	_, usage := errors.AsType[cli.UsageError](err)
	if settings || usage {
		return exitUsage
	}
	return exitFailed
}

// settings reads the configuration and says what is odd about it.
func (p *Program) settings() (config.Config, error) {
	cfg, warnings, err := config.Load(p.Environ, p.Dotenv)
	p.secrets = redact.New(cfg.Secrets()...)
	for _, warning := range warnings {
		fmt.Fprintf(p.Stderr, "kellybot: warning: %s\n", warning)
	}
	if err != nil {
		err = settingsError{err}
	}
	return cfg, err
}

// logger returns the one logger of the program, which everything gets that
// writes lines: the adapters, the queue, and the engine beneath it.
func (p *Program) logger(cfg config.Config) *slog.Logger {
	out, options := p.secrets.Writer(p.Stderr), &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// shell does `imagine` and `models`. The person at the shell gets sentences;
// the log is for those who ask for it with LOG_LEVEL=debug.
func (p *Program) shell(ctx context.Context, name string, args []string) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if cfg.LogLevel == slog.LevelDebug {
		log = p.logger(cfg)
	}
	c, err := newCore(cfg)
	if err != nil {
		return err
	}
	defer c.close()
	shell := cli.New(p.Stdin, p.Stdout, p.Stderr, c.draw)
	if name == "models" {
		return shell.Models(ctx, c.catalog, cfg.DefaultModel, args)
	}
	// Whoever has the program and its key needs no leave to use it.
	drawn, err := shell.Imagine(ctx, c.router(cfg, commands.Access{}, shell, log), args)
	if drawn && c.sandbox != nil {
		fmt.Fprintf(p.Stderr, "The built-in sandbox drew this, not a model: %s to use the real service.\n", howToKelly)
	}
	return err
}

// newAdapters returns an adapter for each platform that has a token.
func newAdapters(cfg config.Config, router bots.Router, log *slog.Logger) (bots.Set, error) {
	var adapters bots.Set
	if cfg.DiscordToken != "" {
		adapter, err := discord.New(discord.Config{
			Token: cfg.DiscordToken, APIURL: cfg.DiscordAPIURL, GuildID: cfg.DiscordGuildID, Shards: cfg.DiscordShards, Router: router, Log: log,
		})
		if err != nil {
			return nil, settingsError{err}
		}
		adapters = append(adapters, adapter)
	}
	if cfg.TelegramToken != "" {
		adapter, err := telegram.New(telegram.Config{
			Token: cfg.TelegramToken, APIURL: cfg.TelegramAPIURL, Router: router, Log: log,
		})
		if err != nil {
			return nil, settingsError{err}
		}
		adapters = append(adapters, adapter)
	}
	return adapters, nil
}

// A core is what every platform, and the shell, draws with.
type core struct {
	pictures string // where they come from
	sandbox  *sandbox.Transport
	client   *kelly.Client
	catalog  *commands.Catalog
}

func newCore(cfg config.Config) (*core, error) {
	c := &core{}
	key, options := cfg.KellyAPIKey, []kelly.Option{kelly.WithTimeout(cfg.KellyTimeout)}
	if key != "" {
		options = append(options, kelly.WithBaseURL(cfg.KellyAPIURL))
		if address, err := url.Parse(cfg.KellyAPIURL); err == nil {
			c.pictures = address.Host
		}
	} else {
		key, c.pictures, c.sandbox = "sandbox", "sandbox", sandbox.NewTransport()
		options = append(options, kelly.WithBaseURL(sandbox.BaseURL), kelly.WithTransport(c.sandbox))
	}
	var err error
	if c.client, err = kelly.New(key, options...); err != nil {
		return nil, settingsError{err}
	}
	c.catalog = commands.NewCatalog(c.client)
	return c, nil
}

// draw does an accepted job.
func (c *core) draw(ctx context.Context, job commands.Job) (commands.Reply, error) {
	return commands.Draw(ctx, c.client, c.catalog, job)
}

// router answers requests, and hands pictures to draw to the queue.
func (c *core) router(cfg config.Config, access commands.Access, queue commands.Queue, log *slog.Logger) *commands.Router {
	requests, _ := queue.(commands.Requests)
	pictures, _ := queue.(commands.Pictures)
	preferences, _ := queue.(commands.Preferences)
	offers, _ := queue.(commands.Offers)
	records, _ := queue.(commands.Records)
	return commands.NewRouter(commands.Config{
		Catalog:       c.catalog,
		Queue:         queue,
		Requests:      requests,
		Pictures:      pictures,
		Preferences:   preferences,
		Offers:        offers,
		Records:       records,
		Access:        access,
		Model:         cfg.DefaultModel,
		Size:          commands.Size(cfg.DefaultSize),
		MaxSize:       cfg.MaxSize,
		Retention:     cfg.Retention,
		KeepOriginals: cfg.KeepOriginals,
		Log:           log,
	})
}

// close ends everything that still runs.
func (c *core) close() {
	c.catalog.Close()
	if c.sandbox != nil {
		_ = c.sandbox.Close() // nothing of it is left either way
	}
}

// describeBuild names the version, what compiled it and what it runs on.
func describeBuild() string {
	name := version
	if info, ok := debug.ReadBuildInfo(); ok && name == "" {
		name = info.Main.Version // made of the revision where there is no tag
	}
	return fmt.Sprintf("%s %s %s/%s", name, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
