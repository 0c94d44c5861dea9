package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

// checkTime bounds what `check` asks of each service.
const checkTime = 5 * time.Second

// check says for every service, and for the folder of data, whether the
// settings work.
func (p *Program) check(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if err := playgroundFault(cfg); err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	c, err := newCore(cfg, nil)
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := newPolicy(cfg); err != nil {
		return err
	}
	adapters, err := newAdapters(cfg, c.router(cfg, commands.Access{}, nil, log), nil, log)
	if err != nil {
		return err
	}
	services := []service{
		{name: "Kelly", without: "the built-in sandbox draws", howTo: howToKelly, address: "KELLY_API_URL", refused: kelly.ErrBadKey},
		{name: "Discord", without: "the bot is not there", howTo: howToDiscord, address: "DISCORD_API_URL", refused: bots.ErrToken},
		{name: "Telegram", without: "the bot is not there", howTo: howToTelegram, address: "TELEGRAM_API_URL", refused: bots.ErrToken},
	}
	services[0].configured = c.sandbox == nil
	services[0].ask = func(ctx context.Context) (string, error) { return c.ask(ctx, cfg.DefaultModel) }
	for i := range services {
		for _, adapter := range adapters {
			if strings.EqualFold(adapter.Name(), services[i].name) {
				services[i].configured, services[i].ask = true, adapter.Check
			}
		}
	}

	faults := make([]error, len(services)+4)
	lines := make([]string, len(faults))
	var asking sync.WaitGroup
	for i, service := range services {
		asking.Go(func() {
			works, err := service.check(ctx)
			lines[i], faults[i] = line(service.name, works, err), err
		})
	}
	asking.Wait()
	works, err := checkFolder(cfg.DataDir)
	last := len(services)
	lines[last], faults[last] = line("DATA_DIR", works, err), err
	if cfg.DatabaseURL != "" {
		works, err := checkDatabase(ctx, cfg.DatabaseURL)
		lines[last+1], faults[last+1] = line("DATABASE_URL", works, err), err
	}
	for i, at := range [][2]string{{"HTTP_ADDR", cfg.HTTPAddr}, {"METRICS_ADDR", cfg.MetricsAddr}} {
		if setting, address := at[0], at[1]; address != "" {
			works, err := checkAddress(ctx, setting, address, cfg.HTTPAddr)
			lines[last+2+i], faults[last+2+i] = line(setting, works, err), err
		}
	}

	if err := p.print(strings.Join(lines, "")); err != nil {
		return err
	}
	if errors.Join(faults...) != nil {
		return errFailed
	}
	return nil
}

func line(name, works string, fault error) string {
	if fault != nil {
		works = fault.Error()
	}
	return name + ": " + works + ".\n"
}

// A service is what `check` looks at.
type service struct {
	name       string
	configured bool
	without    string // what happens when it is not configured
	howTo      string // what to set to have it
	address    string // the setting that says where it is
	refused    error  // the kind of error that blames the key or token
	// ask returns what the service is; nil when there is nobody to ask. A
	// wrongSetting is told in its own words.
	ask func(ctx context.Context) (identity string, err error)
}

// A wrongSetting says what is wrong with a setting that only the service knows.
type wrongSetting string

func (w wrongSetting) Error() string { return string(w) }

// check says how the service works, or fails with what is wrong.
func (s service) check(ctx context.Context) (works string, err error) {
	identity := ""
	if s.ask != nil {
		limited, cancel := context.WithTimeout(ctx, checkTime)
		defer cancel()
		identity, err = s.ask(limited)
		err = s.explain(ctx, limited, err)
	}
	if err == nil && !s.configured {
		return "not configured, " + s.without + "; " + s.howTo, nil
	}
	return "OK, " + identity, err
}

// explain says for an operator why the service did not answer as it should.
// limited is ctx with a deadline.
func (s service) explain(ctx, limited context.Context, err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[wrongSetting](err); ok {
		return wrong
	}
	cause := unreachable(err)
	switch {
	case ctx.Err() != nil:
		return errors.New("not checked, as a signal came before it answered")
	case errors.Is(err, s.refused):
		return errors.New("access is refused; " + s.howTo)
	case cause != "":
		return fmt.Errorf("cannot be reached (%s); see %s and this machine's network", cause, s.address)
	case limited.Err() != nil:
		return fmt.Errorf("no answer within %s; see %s and this machine's network", checkTime, s.address)
	}
	return fmt.Errorf("no good answer (%w); see %s and this machine's network", err, s.address)
}

// unreachable says in a few words why there was no connection; "" when there
// was one. It reads the text, as not every client keeps the cause itself.
func unreachable(err error) string {
	text := strings.ToLower(err.Error())
	for _, cause := range []struct{ sign, words string }{
		{"refused it", "connection refused"}, // Windows
		{"connection refused", "connection refused"},
		{"no such host", "there is no such host"},
		{"server misbehaving", "the name server does not answer"},
		{"network is unreachable", "the network is unreachable"},
		{"no route to host", "there is no route to the host"},
		{"x509: ", "the certificate is not valid"},
		{"tls: ", "there is no secure connection"},
		{"server gave http response to https client", "it speaks http, not https"},
	} {
		if strings.Contains(text, cause.sign) {
			return cause.words
		}
	}
	return ""
}

// ask says what the service lists, and whether the default model is there.
func (c *core) ask(ctx context.Context, model string) (identity string, err error) {
	var lists commands.Lists
	if lists.SD, err = c.client.SDModels(ctx); err != nil {
		return "", err
	}
	if lists.SDXL, err = c.client.SDXLModels(ctx); err != nil {
		return "", err
	}
	identity = fmt.Sprintf("%s lists %d SD and %d SDXL models", c.pictures, len(lists.SD), len(lists.SDXL))
	if _, ok := lists.Find(model); ok || len(lists.All()) == 0 {
		return identity, nil
	}
	near, _ := commands.Nearest(model, lists.All())
	return "", wrongSetting(fmt.Sprintf("%s, and DEFAULT_MODEL, which is %q, is none of them; the nearest is %s, and kellybot models lists all", identity, model, near))
}

// checkAddress listens at the address for a moment, or asks at home whether the
// bot that runs with these settings is why nobody else can.
func checkAddress(ctx context.Context, setting, address, home string) (works string, err error) {
	listener, err := listen(ctx, setting, address)
	if err == nil {
		return "OK, " + address + " can be listened on", listener.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if _, _, fault := ask(ctx, home, "/healthz"); home == "" || fault != nil {
		return "", err
	}
	return "OK, kellybot runs and listens on " + address + " already", nil
}

// checkDatabase asks whether the database answers, or whether its file can be
// made. It changes nothing there.
func checkDatabase(ctx context.Context, databaseURL string) (works string, err error) {
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		return checkFolder(filepath.Dir(path))
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	if err := store.Ping(ctx, databaseURL); err != nil {
		return "", err
	}
	return "OK, PostgreSQL answers", nil
}

// checkFolder makes a file in the folder, or where that folder will be made,
// and removes it again.
func checkFolder(name string) (works string, err error) {
	folder := filepath.Clean(name)
	for {
		_, err = os.Stat(folder)
		if parent := filepath.Dir(folder); errors.Is(err, os.ErrNotExist) && parent != folder {
			folder = parent
			continue
		}
		break
	}
	var file *os.File
	if err == nil {
		file, err = os.CreateTemp(folder, ".kellybot-check-*")
	}
	if err == nil {
		err = errors.Join(file.Close(), os.Remove(file.Name()))
	}
	if fault, ok := errors.AsType[*os.PathError](err); ok {
		err = fault.Err
	}
	if err != nil {
		return "", fmt.Errorf("%s cannot be written (%w); name a folder that kellybot may write to", name, err)
	}
	return "OK, " + name + " can be written", nil
}
