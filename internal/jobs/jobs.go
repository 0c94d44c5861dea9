// Package jobs answers what was accepted, whatever is killed meanwhile. Each
// request is a row of ours and a durable workflow of the engine, accepted in
// one transaction. A workflow's body is a plain function over the row, which
// is its checkpoint; what the engine adds is the queues, their limits, and the
// recovery after a crash.
//
// A request is drawn by one workflow and delivered by another, so that a slow
// upload holds no place among those that draw; between them lies the
// picture's file.
package jobs

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"
	_ "github.com/dbos-inc/dbos-transact-golang/dbos/driver/sqlite" // lets the engine tell SQLite's errors apart

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

const (
	generateQueue = "generate"
	deliverQueue  = "deliver"
	// version never changes between builds: the engine leaves workflows of
	// another version alone, for ever.
	version = "1"
	appName = "kellybot"

	// poll is how often each queue is looked at: half of it is the mean time
	// from accept to start when nothing else waits.
	poll = 50 * time.Millisecond
	// deliverers is how many answers are delivered at once by this process to
	// each platform, so that one that hangs holds up nobody on another.
	deliverers = 8
	// deliverBudget is the memory for pictures on their way to one platform,
	// in bytes. It becomes real as it is used.
	deliverBudget = 32 << 20
)

// A Deliverer brings replies to where requests came from; bots.Set is one.
type Deliverer interface {
	Deliver(ctx context.Context, to commands.Address, reply commands.Reply) (commands.Receipt, error)
	Progress(ctx context.Context, to commands.Address) error
	Show(ctx context.Context, to commands.Address, status commands.Status) (commands.Address, error)
	Until(to commands.Address) time.Time
	Forget(to commands.Address) (rest commands.Address, dead bool)
	Keep(to commands.Address) (kept commands.Address, ok bool)
	Fetch(ctx context.Context, platform string, a commands.Attachment) (body io.ReadCloser, size int64, err error)
	Remove(ctx context.Context, by commands.Address, messages []string) error
	Private(platform, user, event string) (commands.Address, error)
	Chat(platform, chat string) (commands.Address, error)
}

// Limits bound what is accepted.
type Limits struct {
	UserQueue  int // waiting requests of one user
	QueueLimit int // waiting requests of all
	DailyLimit int // pictures a day, in UTC; 0 is no limit
	// Policy is what holds where admins have decided nothing.
	Policy commands.Policy
}

// Config is what a Jobs needs.
type Config struct {
	Store    *store.Store
	Files    *store.Files
	Service  commands.Service
	Catalog  *commands.Catalog
	Deliver  Deliverer
	Executor string // unique among live processes; see NewExecutor

	Workers         int // pictures drawn at once by this process
	UserConcurrency int // of one user at once, over all processes
	Limits
	// Admins are told of reports, as "platform:id".
	Admins []string

	HoldFor        time.Duration // how long a request is kept while a peer is away
	Retention      time.Duration // how long finished requests are kept; 0 is for ever
	KeepOriginals  time.Duration // how long delivered pictures are kept
	OriginalsLimit int64         // bytes of kept pictures
	Metadata       Metadata      // written into pictures' files
	Describe       bool          // the service says what pictures show, for those who cannot see them
	Sandbox        bool          // the service is the sandbox, whose drawings no model makes
	Log            *slog.Logger

	// Over is told of each request that is over; nil for nobody. generated and
	// delivered are the times since it came until its pictures and its answer
	// were there, 0 when they never were.
	Over func(platform, command, outcome string, generated, delivered time.Duration)
}

// NewExecutor returns the id of this process for the engine: fixed on SQLite,
// where one process serves, and unique on PostgreSQL, where two live processes
// with one id would run each other's work.
func NewExecutor(s *store.Store) string {
	if s.Pool == nil {
		return "local"
	}
	return rand.Text()
}

// Jobs are the accepted requests. It is safe for concurrent use.
type Jobs struct {
	Config
	engine  dbos.Context
	ended   *atomic.Bool // the engine is told to end
	breaker *breaker
	beat    atomic.Pointer[time.Time] // the last heartbeat that the database took
	noRoom  atomic.Int64              // size of a picture that could not be stored; 0 when all can
	// forgotten tells scrub that somebody wants to be.
	forgotten chan struct{}

	mu      sync.Mutex
	budgets map[string]*kelly.Budget // by what the pictures are for
	running map[string]*execution    // by workflow id
	waits   map[string]bool          // the leases that another process has
	phase   phase

	stop       context.CancelFunc // ends the background loops
	background sync.WaitGroup
}

var (
	_ commands.Requests    = (*Jobs)(nil)
	_ commands.Pictures    = (*Jobs)(nil)
	_ commands.Preferences = (*Jobs)(nil)
	_ commands.Offers      = (*Jobs)(nil)
	_ commands.Records     = (*Jobs)(nil)
	_ commands.Rules       = (*Jobs)(nil)
	_ commands.Reports     = (*Jobs)(nil)
)

// Open starts the engine, which goes on with what a crash interrupted. The
// deliverer must be able to deliver by then.
func Open(c Config) (*Jobs, error) {
	j, err := prepare(c)
	if err != nil {
		return nil, err
	}
	if err := j.launch(); err != nil {
		_ = dbos.Shutdown(j.engine, time.Second) // the first error says more
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	j.stop = cancel
	for _, loop := range []func(context.Context){j.watch, j.showStatuses, j.probe, j.prune, j.scrub, j.lookForRoom} {
		j.background.Go(func() { loop(ctx) })
	}
	return j, nil
}

// prepare returns jobs whose engine has its tables and runs nothing.
func prepare(c Config) (*Jobs, error) {
	ended := new(atomic.Bool)
	engineConfig := dbos.Config{
		AppName:            appName,
		ApplicationVersion: version,
		ExecutorID:         c.Executor,
		Logger:             slog.New(engineLog{c.Log.Handler(), ended}),
	}
	if c.Store.Pool != nil {
		engineConfig.SystemDBPool = c.Store.Pool
	} else {
		engineConfig.SQLiteSystemDB = c.Store.DB
	}
	// Never a context that a signal ends: the engine takes its end, unlike
	// Shutdown, for the cancellation of every running workflow, for good.
	var engine dbos.Context
	err := c.Store.Exclusively(context.Background(), "engine", func() (err error) {
		engine, err = dbos.NewContext(context.Background(), engineConfig)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("start the job engine: %w", err)
	}
	return &Jobs{
		Config: c, engine: engine, ended: ended, breaker: newBreaker(), forgotten: make(chan struct{}, 1),
		budgets: map[string]*kelly.Budget{}, running: map[string]*execution{}, waits: map[string]bool{},
	}, nil
}

func (j *Jobs) launch() error {
	// Attempts are counted in our row; the engine's own limit would end a
	// request silently.
	dbos.RegisterWorkflow(j.engine, j.generate, dbos.WithWorkflowName("generate"), dbos.WithMaxRecoveryAttempts(0))
	dbos.RegisterWorkflow(j.engine, j.deliver, dbos.WithWorkflowName("deliver"), dbos.WithMaxRecoveryAttempts(0))
	_, err := dbos.RegisterQueue(j.engine, generateQueue,
		dbos.WithWorkerConcurrency(j.Workers),
		dbos.WithPartitionConcurrency(j.UserConcurrency),
		dbos.WithQueueBasePollingInterval(poll),
		dbos.WithQueueOnConflict(dbos.QueueConflictAlwaysUpdate))
	if err == nil {
		_, err = dbos.RegisterQueue(j.engine, deliverQueue,
			dbos.WithPartitionWorkerConcurrency(deliverers),
			dbos.WithQueueBasePollingInterval(poll),
			dbos.WithQueueOnConflict(dbos.QueueConflictAlwaysUpdate))
	}
	if err != nil {
		return fmt.Errorf("register the queues: %w", err)
	}
	ctx := context.Background()
	if err := j.Store.IndexEngine(ctx); err != nil {
		return err
	}
	if err := j.Store.Beat(ctx, j.Executor); err != nil {
		return err
	}
	j.beat.Store(new(time.Now()))
	if err := dbos.Launch(j.engine); err != nil {
		return fmt.Errorf("start the job engine: %w", err)
	}
	return nil
}

// Close draws nothing more but what is being drawn, delivers that, waits for it
// until ctx ends, and leaves the rest to the next start or to another process.
func (j *Jobs) Close(ctx context.Context) error {
	j.enterPhase(draining)
	dbos.ListenQueues(j.engine, deliverQueue) // heard within a second
	j.settle(ctx)
	j.enterPhase(closed)
	j.stop()
	j.background.Wait()
	j.ended.Store(true)
	err := dbos.Shutdown(j.engine, 5*time.Second)
	if j.Store.Pool != nil {
		leave, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if leaveErr := j.Store.Leave(leave, j.Executor); err == nil {
			err = leaveErr
		}
	}
	return err
}
