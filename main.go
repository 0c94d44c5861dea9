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
	"sync/atomic"
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
	howToKelly    = "set KELLY_API_KEY (from @KellyAIBot on Telegram)"
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
	if name == "help" && len(args) == 1 && (args[0] == "imagine" || args[0] == "models") {
		name, args = args[0], []string{"-h"}
	}
	if name == "imagine" || name == "models" {
		return p.shell(ctx, name, args)
	}
	command, ok := map[string]func(context.Context) error{
		"serve": p.serve, "check": p.check, "version": p.version, "help": p.help, "-h": p.help, "--help": p.help,
	}[name]
	switch {
	case !ok:
		return cli.UsageError("There is no such command: kellybot help lists them.")
	case len(args) > 0:
		return cli.UsageError(name + " takes no arguments: kellybot help explains it.")
	}
	return command(ctx)
}

func (p *Program) help(context.Context) error {
	_, err := fmt.Fprint(p.Stdout, help)
	return err
}

func (p *Program) version(context.Context) error {
	_, err := fmt.Fprintf(p.Stdout, "kellybot %s\n", describeBuild())
	return err
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
		fmt.Fprintf(p.Stderr, "The built-in sandbox drew this, not a model: %s to use the real service.\n", howToKelly)
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
	adapters, err = newAdapters(cfg, c.router, log)
	if err != nil {
		return err
	}
	if len(adapters) == 0 {
		return settingsError{fmt.Errorf(
			"there is no chat platform to serve: %s, or %s, in the environment or in .env; one picture without either: kellybot imagine a red fox in snow",
			howToDiscord, howToTelegram)}
	}
	var names []string
	for _, adapter := range adapters {
		names = append(names, adapter.Name())
	}
	log.Info("starting", "version", describeBuild(), "platforms", names, "pictures", c.pictures, "workers", cfg.Workers)
	if err := adapters.Run(ctx, log); err != nil {
		log.Error("ending: no chat platform is left")
		return errFailed
	}
	log.Info("ending: nothing new is accepted, what is in flight gets its time", "grace", cfg.Grace)
	return nil
}

// newAdapters returns an adapter for each platform that has a token.
func newAdapters(cfg config.Config, router bots.Router, log *slog.Logger) (bots.Set, error) {
	var adapters bots.Set
	if cfg.DiscordToken != "" {
		adapter, err := discord.New(discord.Config{
			Token: cfg.DiscordToken, APIURL: cfg.DiscordAPIURL, GuildID: cfg.DiscordGuildID, Router: router, Log: log,
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
	adapters, err := newAdapters(cfg, c.router, log)
	if err != nil {
		return err
	}
	services := []service{
		{name: "Kelly", without: "the built-in sandbox draws", howTo: howToKelly, address: "KELLY_API_URL", refused: kelly.ErrBadKey},
		{name: "Discord", without: "the bot is not there", howTo: howToDiscord, address: "DISCORD_API_URL", refused: bots.ErrToken},
		{name: "Telegram", without: "the bot is not there", howTo: howToTelegram, address: "TELEGRAM_API_URL", refused: bots.ErrToken},
	}
	if c.sandbox == nil {
		services[0].ask = c.ask
	}
	for i := range services {
		for _, adapter := range adapters {
			if strings.EqualFold(adapter.Name(), services[i].name) {
				services[i].ask = adapter.Check
			}
		}
	}

	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	verdicts := make([]string, len(services))
	var failed atomic.Bool
	var asking sync.WaitGroup
	for i, service := range services {
		asking.Go(func() {
			verdict, ok := service.check(ctx)
			verdicts[i] = service.name + ": " + verdict
			if !ok {
				failed.Store(true)
			}
		})
	}
	asking.Wait()
	fmt.Fprintln(p.Stdout, strings.Join(verdicts, "\n"))
	if failed.Load() {
		return errFailed
	}
	return nil
}

// A service is what `check` looks at.
type service struct {
	name    string
	without string // what happens when it is not configured
	howTo   string // what to set to have it
	address string // the setting that says where it is
	refused error  // the kind of error that blames the key or token
	// ask returns what the service is; nil when it is not configured.
	ask func(ctx context.Context) (identity string, err error)
}

func (s service) check(ctx context.Context) (verdict string, ok bool) {
	if s.ask == nil {
		return "not configured, " + s.without + "; " + s.howTo + ".", true
	}
	identity, err := s.ask(ctx)
	switch {
	case err == nil:
		return "OK, " + identity + ".", true
	case errors.Is(err, s.refused):
		return "access is refused; " + s.howTo + ".", false
	case ctx.Err() != nil:
		return fmt.Sprintf("no answer within %s; see %s and this machine's network.", checkTime, s.address), false
	}
	return fmt.Sprintf("no good answer (%v); see %s and this machine's network.", err, s.address), false
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

// ask is for `check`.
func (c *core) ask(ctx context.Context) (identity string, err error) {
	sd, err := c.client.SDModels(ctx)
	if err != nil {
		return "", err
	}
	sdxl, err := c.client.SDXLModels(ctx)
	return fmt.Sprintf("%s lists %d SD and %d SDXL models", c.pictures, len(sd), len(sdxl)), err
}

// describeBuild names the version, what compiled it and what it runs on.
func describeBuild() string {
	name := version
	if info, ok := debug.ReadBuildInfo(); ok && name == "" {
		name = info.Main.Version // made of the revision where there is no tag
	}
	return fmt.Sprintf("%s %s %s/%s", name, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
