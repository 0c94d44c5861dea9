package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"kellybot/bots"
	"kellybot/commands"
	"kellybot/internal/config"
	"kellybot/internal/jobs"
	"kellybot/internal/metrics"
	"kellybot/internal/store"
	"kellybot/internal/web"
	"kellybot/internal/wordlist"
)

// serve runs the bot on every platform that has a token, until ctx ends. From
// then on what is in flight has GRACE to end, wherever it is; the rest is kept
// for the next start.
func (p *Program) serve(ctx context.Context) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if cfg.DiscordToken == "" && cfg.TelegramToken == "" && !cfg.ServesPlayground() {
		return settingsError{fmt.Errorf(
			"there is no chat platform to serve: %s, or %s, or PLAYGROUND=on for a page to try it on, in the environment or in .env; one picture without either: kellybot imagine a red fox in snow",
			howToDiscord, howToTelegram)}
	}
	log := p.logger(cfg)
	counted := metrics.New(buildVersion(), runtime.Version())
	c, err := newCore(cfg, counted)
	if err != nil {
		return err
	}
	defer c.close()
	// Requests are delivered through the adapters, which need the router,
	// which needs the requests: they get the place where the adapters will be.
	var adapters bots.Set
	requests := new(accepted)
	access := commands.Access{Users: cfg.AllowUsers, Chats: cfg.AllowChats, Admins: cfg.Admins}
	if c.policy, err = newPolicy(cfg); err != nil {
		return err
	}
	router := c.router(cfg, access, requests, log)
	if adapters, err = newAdapters(cfg, router, counted, log); err != nil {
		return err
	}
	front, err := openFront(ctx, cfg)
	if err != nil {
		return err
	}
	defer front.close()
	if cfg.ServesPlayground() {
		page, err := newPlayground(cfg, c.sandbox != nil, router, log)
		if err != nil {
			return err
		}
		front.pages.Handle("/", page)
		adapters = append(adapters, page)
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
	front.pages.Handle("GET /healthz", web.Health(func() map[string]web.Part { return alive(adapters) }))
	front.pages.Handle("GET /readyz", web.Health(func() map[string]web.Part { return readiness(adapters, requests.Jobs) }))
	figures := counted.Handler(ctx, watched(adapters, db, requests.Jobs), log)
	if loopback(cmp.Or(cfg.MetricsAddr, cfg.HTTPAddr)) {
		figures = web.Local(figures)
	}
	front.metrics.Handle("GET /metrics", figures)
	defer front.start(ctx, log)()
	c.catalog.Now() // fetched before anybody asks, the lists tell of a wrong DEFAULT_MODEL at the start
	if cfg.ServesPlayground() {
		log.Info("open the playground in a browser", "url", "http://"+callable(front.doors[0].Addr().String())+"/")
	}

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

// newPolicy is what the settings say of users and chats.
func newPolicy(cfg config.Config) (commands.Policy, error) {
	policy := commands.Policy{
		UserDaily: cfg.UserDailyLimit, ChatDaily: cfg.ChatDailyLimit, Cooldown: cfg.Cooldown, Spoiler: cfg.Spoiler,
	}
	if cfg.BlockWords == "" {
		return policy, nil
	}
	words, err := wordlist.Load(cfg.BlockWords)
	if err != nil {
		return policy, settingsError{fmt.Errorf("BLOCK_WORDS: %w", err)}
	}
	policy.Blocked = words.Find
	return policy, nil
}

// accepted is the requests, once they are opened.
type accepted struct{ *jobs.Jobs }

// databaseURL is where the requests are.
func databaseURL(cfg config.Config) string {
	return cmp.Or(cfg.DatabaseURL, "sqlite:"+filepath.Join(cfg.DataDir, "kellybot.db"))
}

// limits are what bounds the requests that are accepted.
func limits(cfg config.Config, policy commands.Policy) jobs.Limits {
	return jobs.Limits{UserQueue: cfg.UserQueue, QueueLimit: cfg.QueueLimit, DailyLimit: cfg.DailyLimit, Policy: policy}
}

// openJobs opens the database and goes on with what it holds.
func openJobs(ctx context.Context, cfg config.Config, c *core, adapters bots.Set, requests *accepted, log *slog.Logger) (*store.Store, error) {
	files, err := store.OpenFiles(filepath.Join(cfg.DataDir, "pictures"))
	if err != nil {
		return nil, settingsError{fmt.Errorf("DATA_DIR: %w", err)}
	}
	db, err := store.Open(ctx, databaseURL(cfg))
	if err != nil {
		return nil, settingsError{err}
	}
	requests.Jobs, err = jobs.Open(jobs.Config{
		Store: db, Files: files, Service: c.client, Catalog: c.catalog, Deliver: adapters, Executor: jobs.NewExecutor(db),
		Workers: cfg.Workers, UserConcurrency: cfg.UserConcurrency, Limits: limits(cfg, c.policy), Admins: slices.Sorted(maps.Keys(cfg.Admins)),
		HoldFor: cfg.HoldFor, Retention: cfg.Retention, KeepOriginals: cfg.KeepOriginals, OriginalsLimit: cfg.OriginalsLimit,
		Metadata: c.metadata, Describe: cfg.AltText == "description", Sandbox: c.sandbox != nil,
		Log: log, Over: c.counted.Over,
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
