// Package discord connects Discord: slash commands and buttons over the
// gateway, answered through interaction webhooks for as long as those live,
// and then by messages of the bot where it is a member.
//
// The types and addresses of Discord's API are discordgo's. The connections
// are this package's own: discordgo retries REST calls without a context,
// buffers uploads and holds a lock during them, and malformed frames of the
// gateway make its goroutines panic.
package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"

	"kellybot/bots"
)

// Name is the platform's name in request ids, addresses, settings and logs.
const Name = "discord"

// Config is what an Adapter needs.
type Config struct {
	Token string // the bot's token, without the "Bot " before it
	// APIURL is the scheme and host that stand in place of
	// https://discord.com in every REST call; "" leaves it.
	APIURL string
	// GuildID registers the commands in that server, where they appear at
	// once, instead of everywhere.
	GuildID string
	// Shards is into how many sessions Discord divides the bot's servers; 0
	// is 1, which does for up to 2500 servers.
	Shards int
	// Around puts something around what calls go through, such as to count
	// them; nil for nothing. It sees an interaction's token in addresses.
	Around func(next http.RoundTripper) http.RoundTripper
	Router bots.Router
	Log    *slog.Logger
}

// An Adapter is a bot on Discord.
type Adapter struct {
	token   string // as the Authorization header wants it
	guild   string
	shards  int
	router  bots.Router
	log     *slog.Logger
	client  *http.Client
	unacked unacked
	barred  barred

	sessions sessions
	instead  string        // the scheme and host that stand in Discord's place, or ""
	uploads  chan struct{} // a place for each upload at once
	pulse    pulse
	up       atomic.Int64 // shards that receive events

	connectWithin time.Duration
}

var (
	_ bots.Adapter   = (*Adapter)(nil)
	_ bots.Turner    = (*Adapter)(nil)
	_ bots.Receiver  = (*Adapter)(nil)
	_ bots.Forgetter = (*Adapter)(nil)
	_ bots.Keeper    = (*Adapter)(nil)
	_ bots.Writer    = (*Adapter)(nil)
)

// New returns an adapter. Its errors never hold the token.
func New(cfg Config) (*Adapter, error) {
	transport := bots.NewTransport(bots.MaxUploads)
	client := &http.Client{
		Transport: transport,
		// A redirect would carry an interaction's token to another place.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	instead := ""
	if cfg.APIURL != "" {
		base, err := url.Parse(cfg.APIURL)
		if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || strings.Trim(base.Path, "/") != "" {
			return nil, errors.New("the Discord API's address must be a scheme and a host, such as https://discord.com")
		}
		client.Transport = &elsewhere{scheme: base.Scheme, host: base.Host, next: transport}
		instead = base.Scheme + "://" + base.Host
	}
	if cfg.Around != nil {
		client.Transport = cfg.Around(client.Transport)
	}
	return &Adapter{
		token:   "Bot " + strings.TrimPrefix(cfg.Token, "Bot "),
		guild:   cfg.GuildID,
		shards:  max(1, cfg.Shards),
		router:  cfg.Router,
		log:     cfg.Log.With("platform", Name),
		client:  client,
		instead: instead,
		uploads: make(chan struct{}, bots.MaxUploads),

		connectWithin: connectWithin,
	}, nil
}

// Name is "discord".
func (a *Adapter) Name() string { return Name }

// Check asks Discord who the bot is, and gives up within seconds.
func (a *Adapter) Check(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	c := call{method: http.MethodGet, url: discordgo.EndpointUser("@me"), asBot: true, timeout: checkTimeout / 2}
	var me discordgo.User
	if err := a.call(ctx, checkAttempts, c, &me); err != nil {
		return "", err
	}
	if me.Discriminator == "0" || me.Discriminator == "" {
		return "@" + me.Username, nil
	}
	return me.String(), nil
}

// Run registers the commands and receives interactions until ctx ends.
func (a *Adapter) Run(ctx context.Context, ready func()) error {
	defer a.pulse.stop()
	app, err := a.application(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}

	// Whatever ends the gateway ends the registration too.
	ctx, cancel := context.WithCancel(ctx)
	var registering sync.WaitGroup
	defer registering.Wait()
	defer cancel()
	registered := make(chan struct{})
	registering.Go(func() {
		defer close(registered)
		a.register(ctx, app)
	})
	// Events may flow without it, but on most days it is a matter of
	// milliseconds, and a bot that is ready then has its commands.
	first, stop := context.WithTimeout(ctx, registrationHead)
	select {
	case <-registered:
	case <-first.Done():
	}
	stop()

	in := newInbox(ctx, a)
	defer in.close()
	return a.connectAll(ctx, in.event, ready)
}

// application returns the id that the bot's commands belong to. It waits for
// as long as Discord is away.
func (a *Adapter) application(ctx context.Context) (string, error) {
	var app struct {
		ID string `json:"id"`
	}
	err := a.patiently(ctx, "the application", func(ctx context.Context) error {
		return a.once(ctx, call{method: http.MethodGet, url: discordgo.EndpointOAuth2Application("@me"), asBot: true}, &app)
	})
	if err == nil && app.ID == "" {
		err = errors.New("Discord does not name the bot's application")
	}
	if err != nil {
		return "", fmt.Errorf("asking Discord for the bot's application: %w", err)
	}
	return app.ID, nil
}
