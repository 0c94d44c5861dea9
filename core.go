package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/url"

	"kellybot/bots"
	"kellybot/bots/discord"
	"kellybot/bots/telegram"
	"kellybot/commands"
	"kellybot/internal/config"
	"kellybot/internal/imaging"
	"kellybot/internal/jobs"
	"kellybot/internal/metrics"
	"kellybot/kelly"
	"kellybot/kelly/sandbox"
)

// newAdapters returns an adapter for each platform that has a token, whose
// calls are counted; by a nil Metrics, they are not.
func newAdapters(cfg config.Config, router bots.Router, counted *metrics.Metrics, log *slog.Logger) (bots.Set, error) {
	var adapters bots.Set
	if cfg.DiscordToken != "" {
		adapter, err := discord.New(discord.Config{
			Token: cfg.DiscordToken, APIURL: cfg.DiscordAPIURL, GuildID: cfg.DiscordGuildID, Shards: cfg.DiscordShards,
			Around: counted.Calls(discord.Name, discord.Operation), Router: router, Log: log,
		})
		if err != nil {
			return nil, settingsError{err}
		}
		adapters = append(adapters, adapter)
	}
	if cfg.TelegramToken != "" {
		adapter, err := telegram.New(telegram.Config{
			Token: cfg.TelegramToken, APIURL: cfg.TelegramAPIURL,
			Around: counted.Calls("telegram", telegram.Operation), Router: router, Log: log,
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
	counted  *metrics.Metrics
	sandbox  *sandbox.Transport
	client   *kelly.Client
	catalog  *commands.Catalog
	policy   commands.Policy
	metadata jobs.Metadata
}

func newCore(cfg config.Config, counted *metrics.Metrics) (*core, error) {
	c := &core{counted: counted, metadata: jobs.Metadata(cfg.Metadata)}
	key, base, transport := cfg.KellyAPIKey, cfg.KellyAPIURL, kelly.NewTransport()
	if key != "" {
		if address, err := url.Parse(cfg.KellyAPIURL); err == nil {
			c.pictures = address.Host
		}
	} else {
		key, c.pictures, c.sandbox = "sandbox", "sandbox", sandbox.NewTransport()
		base, transport = sandbox.BaseURL, c.sandbox
	}
	var err error
	c.client, err = kelly.New(key, kelly.WithTimeout(cfg.KellyTimeout), kelly.WithBaseURL(base),
		kelly.WithTransport(counted.Calls("kelly", kelly.Operation)(transport)))
	if err != nil {
		return nil, settingsError{err}
	}
	c.catalog = commands.NewCatalog(c.client)
	return c, nil
}

// draw does an accepted job, whose pictures' files say how they were made.
func (c *core) draw(ctx context.Context, job commands.Job) (commands.Reply, error) {
	if err := commands.Settle(ctx, c.catalog, &job); err != nil {
		return commands.Reply{}, err
	}
	reply, err := commands.Draw(ctx, c.client, c.catalog, job)
	made := imaging.Generated
	if c.sandbox != nil { // whose drawings no model makes
		made = ""
	}
	for i, image := range reply.Images {
		parts, fault := c.metadata.Mark(job, "", made, image.Picture)
		if fault != nil {
			continue
		}
		if marked, fault := kelly.NewPicture(bytes.Join(parts, nil)); fault == nil {
			image.Picture.Release()
			reply.Images[i].Picture = marked
		}
	}
	return reply, err
}

// router answers requests, and hands pictures to draw to the queue.
func (c *core) router(cfg config.Config, access commands.Access, queue commands.Queue, log *slog.Logger) *commands.Router {
	requests, _ := queue.(commands.Requests)
	pictures, _ := queue.(commands.Pictures)
	preferences, _ := queue.(commands.Preferences)
	offers, _ := queue.(commands.Offers)
	records, _ := queue.(commands.Records)
	var over func(platform, command, outcome string)
	if c.counted != nil {
		over = func(platform, command, outcome string) { c.counted.Over(platform, command, outcome, 0, 0) }
	}
	rules, _ := queue.(commands.Rules)
	reports, _ := queue.(commands.Reports)
	return commands.NewRouter(commands.Config{
		Over:          over,
		Catalog:       c.catalog,
		Queue:         queue,
		Requests:      requests,
		Pictures:      pictures,
		Preferences:   preferences,
		Offers:        offers,
		Records:       records,
		Rules:         rules,
		Reports:       reports,
		Access:        access,
		Policy:        c.policy,
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
