package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"kellybot/kelly"
)

const (
	// catalogAge is how long lists are taken as they are; older ones are
	// served while new ones are fetched.
	catalogAge = 10 * time.Minute
	// catalogPause is the least time between two attempts to fetch lists.
	catalogPause = 30 * time.Second
	// catalogTimeout bounds one attempt.
	catalogTimeout = 30 * time.Second
)

// A Lister tells which models there are; *kelly.Client is one.
type Lister interface {
	SDModels(ctx context.Context) ([]string, error)
	SDXLModels(ctx context.Context) ([]string, error)
}

// Lists are the names of the models, in the service's order. A nil list could
// not be had.
type Lists struct{ SD, SDXL []string }

// All returns both lists as one new one.
func (l Lists) All() []string { return slices.Concat(l.SD, l.SDXL) }

// whole reports whether a name that is on neither list is unknown.
func (l Lists) whole() bool { return l.SD != nil && l.SDXL != nil && len(l.SD)+len(l.SDXL) > 0 }

// Find returns the listed spelling of a name: the same without regard to
// case, or else the same without spaces, hyphens, underscores and dots too.
func (l Lists) Find(name string) (listed string, ok bool) {
	all := l.All()
	for _, listed := range all {
		if strings.EqualFold(listed, name) {
			return listed, true
		}
	}
	bare := squash(name)
	for _, listed := range all {
		if bare != "" && squash(listed) == bare {
			return listed, true
		}
	}
	return "", false
}

// joints are what people leave out of names, or put in.
var joints = strings.NewReplacer(" ", "", "\t", "", "-", "", "_", "", ".", "")

// squash makes names that people take for the same equal.
func squash(name string) string { return joints.Replace(strings.ToLower(name)) }

// A Catalog keeps the lists of models in memory. It is safe for concurrent use.
type Catalog struct {
	lister Lister
	ctx    context.Context // ends with Close; fetches outlive the requests that ask for them
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex
	lists    Lists
	err      error // of the last fetch
	fetched  time.Time
	fetching chan struct{} // closed when the running fetch ends; nil when none runs
	own      string        // the bot's own model
	log      *slog.Logger  // nil for nobody who wants to know of it
	missed   bool          // the log says that own is on no list
}

// NewCatalog returns an empty catalog that fetches from lister when asked.
func NewCatalog(lister Lister) *Catalog {
	ctx, cancel := context.WithCancel(context.Background())
	return &Catalog{lister: lister, ctx: ctx, cancel: cancel}
}

// Close ends a running fetch and waits for it.
func (c *Catalog) Close() {
	c.cancel()
	c.wg.Wait()
}

// expect has the log say once that the bot's own model is on no list, until it
// is on one.
func (c *Catalog) expect(own string, log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own, c.log = own, log
}

// miss looks for the bot's own model. c.mu is held.
func (c *Catalog) miss() {
	_, listed := c.lists.Find(c.own)
	missing := !listed && c.lists.whole()
	if missing && !c.missed && c.log != nil {
		near, _ := Nearest(c.own, c.lists.All())
		c.log.Error("the picture service does not list DEFAULT_MODEL, and may refuse it", "model", c.own, "nearest", near)
	}
	c.missed = missing
}

// ErrOwnModel is that the service refuses to draw with the bot's own model, which
// is on no list.
var ErrOwnModel = errors.New("DEFAULT_MODEL is on no list")

// Refusal is err, and ErrOwnModel as well where that is why the job was refused.
func (c *Catalog) Refusal(job Job, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.missed && job.Work == ToDraw && job.Generate.Model == c.own && errors.Is(err, kelly.ErrRefused) {
		return fmt.Errorf("%w: %w", ErrOwnModel, err)
	}
	return err
}

// Now returns the lists as they are in memory and never waits. Lists that are
// missing or old are fetched meanwhile.
func (c *Catalog) Now() Lists {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh()
	return c.lists
}

// Wait is Now, but when a list is missing it waits for the fetch. The error
// says why a list is still missing.
func (c *Catalog) Wait(ctx context.Context) (Lists, error) {
	c.mu.Lock()
	c.refresh()
	lists, fetching := c.lists, c.fetching
	c.mu.Unlock()
	if lists.whole() {
		return lists, nil
	}
	if fetching != nil {
		select {
		case <-fetching:
		case <-ctx.Done():
			return lists, ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists, c.err
}

// refresh starts a fetch when one is due. c.mu is held.
func (c *Catalog) refresh() {
	due := catalogAge
	if c.err != nil {
		due = catalogPause
	}
	if c.fetching != nil || c.ctx.Err() != nil || !c.fetched.IsZero() && time.Since(c.fetched) < due {
		return
	}
	done := make(chan struct{})
	c.fetching = done
	c.wg.Go(func() {
		lists, err := c.fetch()
		c.mu.Lock()
		defer c.mu.Unlock()
		if lists.SD != nil {
			c.lists.SD = lists.SD
		}
		if lists.SDXL != nil {
			c.lists.SDXL = lists.SDXL
		}
		c.err, c.fetched, c.fetching = err, time.Now(), nil
		c.miss()
		close(done)
	})
}

func (c *Catalog) fetch() (Lists, error) {
	ctx, cancel := context.WithTimeout(c.ctx, catalogTimeout)
	defer cancel()
	var lists Lists
	var sdErr, sdxlErr error
	var both sync.WaitGroup
	both.Go(func() { lists.SD, sdErr = list(ctx, c.lister.SDModels) })
	both.Go(func() { lists.SDXL, sdxlErr = list(ctx, c.lister.SDXLModels) })
	both.Wait()
	return lists, errors.Join(sdErr, sdxlErr)
}

// list makes an empty list different from one that could not be had.
func list(ctx context.Context, models func(context.Context) ([]string, error)) ([]string, error) {
	names, err := models(ctx)
	if err != nil {
		return nil, err
	}
	return append([]string{}, names...), nil
}
