// Package playground is a chat platform of its own: a page in the browser, to
// try the bot on without a token of any other platform.
//
// Whoever opens the page has a chat of their own with the bot, which a cookie
// names. What is said there is kept in a folder (store.go); one process has
// that folder to itself. The page asks and is told by a small API (http.go),
// and follows its chat as a stream of events (events.go).
package playground

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"kellybot/bots"
)

// Name is the adapter's name.
const Name = "playground"

// Config is what an Adapter needs.
type Config struct {
	// Dir is the folder for chats, pictures and the key of the cookies; New
	// makes it. No other process may have it.
	Dir string
	// Password is what people sign in with. Without one the page is only for
	// browsers on this machine, and refuses all others.
	Password string
	// Sandbox says that no model draws, which the page tells.
	Sandbox bool
	Router  bots.Router
	Log     *slog.Logger
}

// An Adapter is the page and its chats. It is an http.Handler, which some
// server serves; it is safe for concurrent use.
type Adapter struct {
	router  bots.Router
	log     *slog.Logger
	sandbox bool
	store   *store
	cookies signer
	door    *door // nil where there is no password
	posts   *limiter
	chats   *limiter // that are new
	streams *places
	busy    busyness
	handler http.Handler

	mu      sync.Mutex
	running *receiver // while Run does
}

var (
	_ bots.Adapter  = (*Adapter)(nil)
	_ bots.Receiver = (*Adapter)(nil)
	_ bots.Keeper   = (*Adapter)(nil)
	_ bots.Writer   = (*Adapter)(nil)
	_ http.Handler  = (*Adapter)(nil)
)

// New returns an Adapter. The error is that the folder cannot be used.
func New(cfg Config) (*Adapter, error) {
	chats, err := openStore(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	key, err := chats.key()
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	a := &Adapter{
		router:  cfg.Router,
		log:     cfg.Log.With("platform", Name),
		sandbox: cfg.Sandbox,
		store:   chats,
		cookies: signer(key),
		posts:   newLimiter(postBurst, postEvery),
		chats:   newLimiter(chatBurst, chatEvery),
		streams: newPlaces(maxStreams, maxOwnStreams),
	}
	if cfg.Password != "" {
		if a.door, err = newDoor(cfg.Password, key, chats); err != nil {
			return nil, fmt.Errorf("playground: %w", err)
		}
	}
	a.handler = a.routes()
	return a, nil
}

// Name implements bots.Adapter.
func (a *Adapter) Name() string { return Name }

// Check implements bots.Adapter. There is nobody to ask but the folder.
func (a *Adapter) Check(context.Context) (string, error) {
	if err := a.store.try(); err != nil {
		return "", fmt.Errorf("playground: %w", err)
	}
	return "@" + Name, nil
}

// A receiver takes what people ask while Run runs.
type receiver struct {
	ended <-chan struct{} // when it takes nothing new
	work  context.Context // of requests, which outlive that
	tasks sync.WaitGroup  // one for each request in hand

	mu    sync.Mutex
	over  bool               // nothing new is in hand any more
	hands map[string]*answer // by the request's id
}

// Run implements bots.Adapter.
func (a *Adapter) Run(ctx context.Context, ready func()) error {
	// Requests outlive ctx by the time it takes to finish them.
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	r := &receiver{ended: ctx.Done(), work: work, hands: map[string]*answer{}}
	if err := a.begin(r); err != nil {
		return err
	}
	if err := a.store.tidy(time.Now()); err != nil {
		a.log.Warn("what is left of old chats could not be cleared away", "cause", err)
	}
	ready()
	<-ctx.Done()
	a.mu.Lock()
	a.running = nil
	a.mu.Unlock()
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	grace := time.AfterFunc(finishTime, abandon)
	defer grace.Stop()
	r.tasks.Wait()
	return nil
}

func (a *Adapter) begin(r *receiver) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running != nil {
		return errors.New("playground: it runs already")
	}
	a.running = r
	return nil
}

// receiver returns who takes requests now, or nil.
func (a *Adapter) receiver() *receiver {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running
}

// Receiving implements bots.Receiver. What cannot be written down is not
// received.
func (a *Adapter) Receiving() bool { return a.receiver() != nil && !a.store.failing.Load() }

// ServeHTTP implements http.Handler.
func (a *Adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }
