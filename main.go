// Kellybot draws pictures with the Kelly image API for people on Discord, on
// Telegram and in a shell.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"kellybot/bots"
	"kellybot/bots/cli"
	"kellybot/bots/discord"
	"kellybot/bots/telegram"
	"kellybot/commands"
	"kellybot/internal/config"
	"kellybot/internal/jobs"
	"kellybot/kelly"
	"kellybot/kelly/sandbox"
)

const help = `kellybot draws pictures for people on Discord, on Telegram and in a shell.

  kellybot [serve]                        Run the bot where a token is set
  kellybot imagine TEXT... [-o FILE|-]    Draw one picture into a file
  kellybot models [SEARCH]                List the models
  kellybot check                          Say whether the settings work
  kellybot version                        Say which version this is
  kellybot help [imagine|models]          Explain

Settings come from the environment and from the file .env; .env.example
explains them all. Without KELLY_API_KEY a built-in sandbox draws.

The exit code is 0 when it worked, 1 when it did not, 2 when the arguments or
the settings are wrong, and 128 plus the signal's number when a signal ended it
before its time. serve ends with 0 after SIGINT or SIGTERM; a second one ends
it at once.
`

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitSignal = 128 // and the signal's number
)

const (
	howToKelly    = "set KELLY_API_KEY (from @KellyAIBot on Telegram) to use the real service"
	howToDiscord  = "set DISCORD_TOKEN (from https://discord.com/developers/applications)"
	howToTelegram = "set TELEGRAM_TOKEN (from @BotFather on Telegram)"
)

// checkTime bounds `check`.
const checkTime = 15 * time.Second

// version is set by the linker, as in -X main.version=v1.2.3.
var version string

func main() {
	ctx, end := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		end(interrupt{<-signals})
		os.Exit(interrupt{<-signals}.code())
	}()
	p := Program{Environ: os.Environ(), Dotenv: ".env", Stdout: os.Stdout, Stderr: os.Stderr}
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
	Stdout, Stderr io.Writer
}

// Run runs a command line and returns the exit code. The first end of ctx
// ends it softly.
func (p *Program) Run(ctx context.Context, args []string) int {
	name := "serve"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if name == "help" && len(args) == 1 && (args[0] == "imagine" || args[0] == "models") {
		name, args = args[0], []string{"-h"}
	}
	switch name {
	case "imagine", "models":
		return p.exit(ctx, p.shell(ctx, name, args))
	case "serve", "check", "version", "help", "-h", "--help":
		if len(args) > 0 {
			return p.exit(ctx, cli.UsageError(name+" takes no arguments, and kellybot help explains it."))
		}
	default:
		return p.exit(ctx, cli.UsageError("There is no such command: kellybot help lists them."))
	}
	switch name {
	case "serve":
		return p.exit(ctx, p.serve(ctx))
	case "check":
		return p.exit(ctx, p.check(ctx))
	case "version":
		fmt.Fprintf(p.Stdout, "kellybot %s\n", describeBuild())
	default:
		fmt.Fprint(p.Stdout, help)
	}
	return exitOK
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
		for line := range strings.Lines(err.Error()) {
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
	for _, warning := range warnings {
		fmt.Fprintf(p.Stderr, "kellybot: warning: %s\n", warning)
	}
	if err != nil {
		err = settingsError{err}
	}
	return cfg, err
}

func (p *Program) logger(cfg config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.Stderr, options))
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
	shell := cli.New(p.Stdout, p.Stderr)
	// Whoever has the program and its key needs no leave to use it.
	c, err := newCore(cfg, commands.Access{}, shell, log)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	if name == "models" {
		return shell.Models(ctx, c.catalog, cfg.DefaultModel, args)
	}
	drawn, err := shell.Imagine(ctx, c.router, args)
	if drawn && c.sandbox != nil {
		fmt.Fprintf(p.Stderr, "The built-in sandbox drew this, not a model: %s.\n", howToKelly)
	}
	return err
}

// serve runs the bot on every platform that has a token, until ctx ends.
func (p *Program) serve(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	log := p.logger(cfg)
	// The queue delivers through the adapters, which need the router, which
	// needs the queue: it gets the place where they will be.
	var adapters bots.Set
	access := commands.Access{Users: cfg.AllowUsers, Chats: cfg.AllowChats, Admins: cfg.Admins}
	c, err := newCore(cfg, access, &adapters, log)
	if err != nil {
		return err
	}
	defer func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Grace)
		defer cancel()
		c.close(grace)
	}()
	platforms, err := newPlatforms(cfg, c.router, log)
	if err != nil {
		return err
	}
	var names []string
	for _, platform := range platforms {
		if platform.adapter != nil {
			adapters = append(adapters, platform.adapter)
			names = append(names, platform.adapter.Name())
		}
	}
	if len(adapters) == 0 {
		return settingsError{fmt.Errorf(
			"there is no chat platform to serve: %s, or %s, in the environment or in .env; one picture without either: kellybot imagine a red fox in snow",
			howToDiscord, howToTelegram)}
	}
	log.Info("starting", "version", describeBuild(), "platforms", names, "pictures", c.pictures, "workers", cfg.Workers)
	if err := adapters.Run(ctx, log); err != nil {
		log.Error("ending: no chat platform is left")
		return errFailed
	}
	log.Info("ending: nothing new is accepted, what is in flight gets its time", "grace", cfg.Grace)
	return nil
}

// A platform is a chat platform that can be configured.
type platform struct {
	title   string
	adapter bots.Adapter // nil when it is not configured
	howTo   string
}

func newPlatforms(cfg config.Config, router bots.Router, log *slog.Logger) ([]platform, error) {
	onDiscord := platform{title: "Discord", howTo: howToDiscord}
	if cfg.DiscordToken != "" {
		adapter, err := discord.New(discord.Config{
			Token: cfg.DiscordToken, APIURL: cfg.DiscordAPIURL, GuildID: cfg.DiscordGuildID, Router: router, Log: log,
		})
		if err != nil {
			return nil, settingsError{err}
		}
		onDiscord.adapter = adapter
	}
	onTelegram := platform{title: "Telegram", howTo: howToTelegram}
	if cfg.TelegramToken != "" {
		adapter, err := telegram.New(telegram.Config{
			Token: cfg.TelegramToken, APIURL: cfg.TelegramAPIURL, Router: router, Log: log,
		})
		if err != nil {
			return nil, settingsError{err}
		}
		onTelegram.adapter = adapter
	}
	return []platform{onDiscord, onTelegram}, nil
}

// check says for every service whether its settings work.
func (p *Program) check(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	c, err := newCore(cfg, commands.Access{}, bots.Set{}, log)
	if err != nil {
		return err
	}
	defer c.close(ctx)
	platforms, err := newPlatforms(cfg, c.router, log)
	if err != nil {
		return err
	}

	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	type verdict struct {
		text   string
		failed bool
	}
	verdicts := make([]verdict, 1+len(platforms))
	var asking sync.WaitGroup
	asking.Go(func() {
		text, err := c.check(ctx)
		verdicts[0] = verdict{"Kelly: " + text, err != nil}
	})
	for i, platform := range platforms {
		asking.Go(func() {
			text, err := platform.check(ctx)
			verdicts[i+1] = verdict{platform.title + ": " + text, err != nil}
		})
	}
	asking.Wait()
	for _, v := range verdicts {
		fmt.Fprintln(p.Stdout, v.text)
		if v.failed {
			err = errFailed
		}
	}
	return err
}

// check returns the verdict, and an error when it is a bad one.
func (p platform) check(ctx context.Context) (string, error) {
	if p.adapter == nil {
		return "not configured; " + p.howTo + " to run there.", nil
	}
	identity, err := p.adapter.Check(ctx)
	name := strings.ToUpper(p.title)
	switch {
	case err == nil:
		return "OK, the bot is " + identity + ".", nil
	case errors.Is(err, bots.ErrToken):
		return "the token is refused; " + p.howTo + ".", err
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer within %s; see %s_API_URL and this machine's network.", checkTime, name), err
	}
	return fmt.Sprintf("no good answer (%v); see %s_API_URL and this machine's network.", err, name), err
}

// A core is everything between the platforms and the service.
type core struct {
	pictures string // where they come from
	sandbox  *sandbox.Transport
	client   *kelly.Client
	catalog  *commands.Catalog
	queue    *jobs.Queue
	router   *commands.Router
}

func newCore(cfg config.Config, access commands.Access, deliver jobs.Deliverer, log *slog.Logger) (*core, error) {
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
	draw := func(ctx context.Context, job commands.Job) (commands.Reply, error) {
		return commands.Draw(ctx, c.client, c.catalog, job)
	}
	c.queue = jobs.New(draw, deliver, cfg.Workers, log)
	c.router = commands.NewRouter(commands.Config{
		Catalog: c.catalog,
		Queue:   c.queue,
		Access:  access,
		Model:   cfg.DefaultModel,
		Size:    commands.Size(cfg.DefaultSize),
		MaxSize: cfg.MaxSize,
		Log:     log,
	})
	return c, nil
}

// close gives what is in flight until ctx ends, and then ends everything.
func (c *core) close(ctx context.Context) {
	c.queue.Close(ctx)
	c.catalog.Close()
	if c.sandbox != nil {
		_ = c.sandbox.Close() // nothing of it is left either way
	}
}

// check returns the verdict on the service, and an error when it is a bad one.
func (c *core) check(ctx context.Context) (string, error) {
	if c.sandbox != nil {
		return "not configured, the built-in sandbox draws; " + howToKelly + ".", nil
	}
	sd, err := c.client.SDModels(ctx)
	var sdxl []string
	if err == nil {
		sdxl, err = c.client.SDXLModels(ctx)
	}
	switch {
	case err == nil:
		return fmt.Sprintf("OK, %s lists %d SD and %d SDXL models.", c.pictures, len(sd), len(sdxl)), nil
	case errors.Is(err, kelly.ErrBadKey):
		return "the key is refused; set KELLY_API_KEY to the key that @KellyAIBot on Telegram shows.", err
	case errors.Is(err, kelly.ErrInvalidContent):
		return c.pictures + " answers with something else than the Kelly API; see KELLY_API_URL.", err
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer of %s within %s; see KELLY_API_URL and this machine's network.", c.pictures, checkTime), err
	}
	return fmt.Sprintf("no good answer (%v); see KELLY_API_URL and this machine's network.", err), err
}

// describeBuild names the version, where it came from and what runs it.
func describeBuild() string {
	name, revision := version, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if name == "" {
			name = info.Main.Version
		}
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision":
				revision = " " + setting.Value[:min(12, len(setting.Value))]
			case setting.Key == "vcs.modified" && setting.Value == "true":
				revision += "+changes"
			}
		}
	}
	return fmt.Sprintf("%s%s %s %s/%s", name, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
