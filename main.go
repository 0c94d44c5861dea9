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
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"kellybot/bots/cli"
	"kellybot/commands"
	"kellybot/internal/admin"
	"kellybot/internal/config"
	"kellybot/internal/redact"
)

const help = `kellybot draws pictures for people on Discord, on Telegram and in a shell.

  kellybot [serve]                        Run the bot where a token is set
  kellybot imagine TEXT... [-o FILE|-]    Draw one picture into a file
  kellybot models [SEARCH]                List the models
  kellybot check                          Say whether the settings work
  kellybot health                         Say whether the bot that runs is well
  kellybot admin COMMAND                  Look after the requests: queue, jobs,
                                          retry, cancel, stats, backup
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
	switch name {
	case "imagine", "models":
		return p.shell(ctx, name, args)
	case "admin":
		return p.admin(ctx, args)
	}
	command, ok := map[string]func(context.Context) error{
		"serve": p.serve, "check": p.check, "health": p.health, "version": p.version, "help": p.help,
	}[name]
	switch {
	case !ok:
		return unknownCommand(name)
	case len(args) == 1 && (args[0] == "-h" || args[0] == "--help"):
		return p.help(ctx)
	case len(args) > 0:
		return cli.UsageError(name + " takes no arguments: kellybot help explains it")
	}
	return command(ctx)
}

func unknownCommand(name string) error {
	try := "kellybot help lists them"
	if near, alike := commands.Nearest(name, []string{"serve", "imagine", "models", "check", "health", "admin", "version", "help"}); alike {
		try = "try kellybot " + near + ", or kellybot help for all of them"
	}
	return cli.UsageError(fmt.Sprintf("there is no command %q: %s", name, try))
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
	_, ofAdmin := errors.AsType[admin.UsageError](err)
	if settings || usage || ofAdmin {
		return exitUsage
	}
	return exitFailed
}

// settings reads the configuration and says what is odd about it.
func (p *Program) settings() (config.Config, error) {
	cfg, warnings, err := config.Load(p.Environ, p.Dotenv)
	p.secrets = redact.New(cfg.Secrets()...)
	for _, warning := range warnings {
		fmt.Fprintf(p.Stderr, "kellybot: warning: %s\n", p.secrets.String(warning))
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

// describeBuild names the version, what compiled it and what it runs on.
func describeBuild() string {
	return fmt.Sprintf("%s %s %s/%s", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		return info.Main.Version // made of the revision where there is no tag
	}
	return version
}
