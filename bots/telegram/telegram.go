// Package telegram connects the bot to Telegram through the Bot API.
//
// It takes telebot's types and methods, and does itself what telebot cannot
// do safely: receiving (poll.go), the token in addresses and errors
// (transport.go), and uploads (deliver.go).
package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"gopkg.in/telebot.v3"

	"kellybot/bots"
)

// DefaultAPIURL is where Telegram serves its Bot API.
const DefaultAPIURL = telebot.DefaultApiURL

// name is the adapter's name.
const name = "telegram"

// Config is what an Adapter needs.
type Config struct {
	Token string // from @BotFather
	// APIURL is where the Bot API is served, which may be below a path; ""
	// is DefaultAPIURL.
	APIURL string
	// Around puts something around what calls go through, such as to count
	// them; nil for nothing. It sees the token in addresses.
	Around func(next http.RoundTripper) http.RoundTripper
	Router bots.Router
	Log    *slog.Logger
}

// An Adapter is one Telegram bot. It is safe for concurrent use; only one Run
// may go on at a time, in the whole world.
type Adapter struct {
	url       string // of the API, without a last slash
	transport http.RoundTripper
	downloads http.RoundTripper
	router    bots.Router
	log       *slog.Logger
	uploads   chan struct{} // holds one value per upload under way
	turned    atomic.Pointer[time.Time]
	receiving atomic.Bool
}

var (
	_ bots.Adapter  = (*Adapter)(nil)
	_ bots.Turner   = (*Adapter)(nil)
	_ bots.Keeper   = (*Adapter)(nil)
	_ bots.Receiver = (*Adapter)(nil)
	_ bots.Writer   = (*Adapter)(nil)
)

// New returns an Adapter. It talks to nobody yet; the error is about the
// configuration, and never holds the token.
func New(cfg Config) (*Adapter, error) {
	if cfg.APIURL == "" {
		cfg.APIURL = DefaultAPIURL
	}
	api, err := url.Parse(cfg.APIURL)
	if err != nil || api.Host == "" || api.Scheme != "http" && api.Scheme != "https" {
		return nil, errors.New("telegram: the API's address must be like " + DefaultAPIURL)
	}
	if cfg.Token == "" || strings.ContainsFunc(cfg.Token, notInToken) {
		return nil, errors.New("telegram: the token must be like 123456:ABC-def, as @BotFather shows it")
	}
	transport := newTransport(cfg.Token)
	if cfg.Around != nil {
		transport.base = cfg.Around(transport.base)
	}
	return &Adapter{
		url:       strings.TrimRight(cfg.APIURL, "/"),
		transport: transport,
		downloads: downloads{transport},
		router:    cfg.Router,
		log:       cfg.Log.With("platform", name),
		uploads:   make(chan struct{}, bots.MaxUploads),
	}, nil
}

// Operation names a call by its method, such as "sendPhoto", or as "file".
func Operation(req *http.Request) string {
	folder, method := path.Split(req.URL.Path)
	if strings.Contains(folder, "/file/bot") {
		return "file"
	}
	return method
}

// notInToken finds what would change the address that the token stands in.
func notInToken(r rune) bool {
	return r != ':' && r != '-' && r != '_' &&
		(r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// Name implements bots.Adapter.
func (a *Adapter) Name() string { return name }

// Check implements bots.Adapter.
func (a *Adapter) Check(ctx context.Context) (string, error) {
	me, err := a.me(ctx)
	if err != nil {
		return "", err
	}
	return "@" + me.Username, nil
}

func (a *Adapter) me(ctx context.Context) (*telebot.User, error) {
	var me telebot.User
	if err := a.call(ctx, callTime, "getMe", nil, &me); err != nil {
		return nil, err
	}
	return &me, nil
}

// Run implements bots.Adapter.
func (a *Adapter) Run(ctx context.Context, ready func()) error {
	err := a.run(ctx, ready)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("telegram: %w", err)
}

func (a *Adapter) run(ctx context.Context, ready func()) error {
	trouble := outage{log: a.log}
	var me *telebot.User
	err := trouble.outlast(ctx, func() (err error) {
		me, err = a.me(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if err := trouble.outlast(ctx, func() error { return a.removeWebhook(ctx) }); err != nil {
		return err
	}
	if err := a.publishMenu(ctx); err != nil {
		a.log.Warn("cannot publish the menu of commands; the commands work all the same", "cause", err)
	}

	// Requests outlive ctx by the time it takes to finish them.
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	r := &receiver{Adapter: a, me: me, work: work, slots: make(chan struct{}, maxRequests), inHand: map[int]bool{}}
	err = r.poll(ctx, &trouble, ready)
	grace := time.AfterFunc(finishTime, abandon)
	defer grace.Stop()
	r.running.Wait()
	if ctx.Err() != nil {
		r.confirm(context.WithoutCancel(ctx))
	}
	return err
}
