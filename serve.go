package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/internal/config"
	"kellybot/internal/jobs"
	"kellybot/internal/store"
)

// serve runs the bot on every platform that has a token, until ctx ends. From
// then on what is in flight has GRACE to end, wherever it is; the rest is kept
// for the next start.
func (p *Program) serve(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if cfg.DiscordToken == "" && cfg.TelegramToken == "" {
		return settingsError{fmt.Errorf(
			"there is no chat platform to serve: %s, or %s, in the environment or in .env; one picture without either: kellybot imagine a red fox in snow",
			howToDiscord, howToTelegram)}
	}
	log := p.logger(cfg)
	c, err := newCore(cfg)
	if err != nil {
		return err
	}
	defer c.close()
	// Requests are delivered through the adapters, which need the router,
	// which needs the requests: they get the place where the adapters will be.
	var adapters bots.Set
	requests := new(accepted)
	access := commands.Access{Users: cfg.AllowUsers, Chats: cfg.AllowChats, Admins: cfg.Admins}
	if adapters, err = newAdapters(cfg, c.router(cfg, access, requests, log), log); err != nil {
		return err
	}
	db, err := openJobs(ctx, cfg, c, adapters, requests, log)
	if err != nil {
		return err
	}
	defer db.Close()
	var names []string
	for _, adapter := range adapters {
		names = append(names, adapter.Name())
	}
	log.Info("starting", "version", describeBuild(), "platforms", names, "pictures", c.pictures, "workers", cfg.Workers)

	ended := make(chan struct{})
	var fault error
	go func() {
		defer close(ended)
		fault = adapters.Run(ctx, requests, log)
	}()
	grace, cancel := awaitEnd(ctx, ended, cfg.Grace, log)
	defer cancel()
	if err := requests.Close(grace); err != nil {
		log.Warn("the database did not close in order; the next start goes on all the same", "cause", err)
	}
	if ctx.Err() == nil {
		log.Error("ending", "cause", fault)
		return errFailed
	}
	return nil
}

// accepted is the requests, once they are opened.
type accepted struct{ *jobs.Jobs }

// openJobs opens the database and goes on with what it holds.
func openJobs(ctx context.Context, cfg config.Config, c *core, adapters bots.Set, requests *accepted, log *slog.Logger) (*store.Store, error) {
	address := cfg.DatabaseURL
	if address == "" {
		address = "sqlite:" + filepath.Join(cfg.DataDir, "kellybot.db")
	}
	files, err := store.OpenFiles(filepath.Join(cfg.DataDir, "pictures"))
	if err != nil {
		return nil, settingsError{fmt.Errorf("DATA_DIR: %w", err)}
	}
	db, err := store.Open(ctx, address)
	if err != nil {
		return nil, settingsError{err}
	}
	requests.Jobs, err = jobs.Open(jobs.Config{
		Store: db, Files: files, Service: c.client, Catalog: c.catalog, Deliver: adapters, Executor: jobs.NewExecutor(db),
		Workers: cfg.Workers, UserConcurrency: cfg.UserConcurrency, UserQueue: cfg.UserQueue,
		QueueLimit: cfg.QueueLimit, DailyLimit: cfg.DailyLimit,
		HoldFor: cfg.HoldFor, Retention: cfg.Retention, KeepOriginals: cfg.KeepOriginals, OriginalsLimit: cfg.OriginalsLimit,
		Metadata: jobs.Metadata(cfg.Metadata), Describe: cfg.AltText == "description", Sandbox: c.sandbox != nil,
		Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// awaitEnd waits until ended is closed; when ctx ends before, for no longer
// than grace: what is late then is left behind. It returns the context of what
// is to be done after that, whose deadline is grace from when the end began.
func awaitEnd(ctx context.Context, ended <-chan struct{}, grace time.Duration, log *slog.Logger) (context.Context, context.CancelFunc) {
	select {
	case <-ended:
	case <-ctx.Done():
		log.Info("ending: nothing new is accepted, what is in flight gets its time", "grace", grace)
	}
	left, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	select {
	case <-ended:
	case <-left.Done():
	}
	return left, cancel
}
