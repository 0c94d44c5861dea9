package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

const (
	// statusEvery is the least time between two edits of one status.
	statusEvery = 5 * time.Second
	// waitingFor and drawingFor are how long a request waits or is drawn
	// before people are told: what is over in a moment needs no status.
	waitingFor = time.Second
	drawingFor = 5 * time.Second
	// showTime bounds a call that shows a status.
	showTime = 5 * time.Second
	// showers is how many statuses are shown at once.
	showers = 8
)

// A shown is what people see of one request.
type shown struct {
	text     string
	at       time.Time
	busy     bool // being shown at this moment
	position int
	ready    time.Time // as told for that position
}

// statuses is the state of the loop that shows statuses.
type statuses struct {
	*Jobs
	showing sync.WaitGroup
	places  chan struct{}

	mu   sync.Mutex
	seen map[string]*shown // by request
}

// showStatuses keeps people told, in one process at a time.
func (j *Jobs) showStatuses(ctx context.Context) {
	s := &statuses{Jobs: j, places: make(chan struct{}, showers)}
	_ = j.Hold(ctx, "statuses", func(ctx context.Context) error {
		defer s.showing.Wait()
		s.seen = map[string]*shown{}
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				s.look(ctx)
			}
		}
	})
}

// look shows what has changed.
func (s *statuses) look(ctx context.Context) {
	line, err := s.Store.Line(ctx)
	if err != nil {
		return // watch says so
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.seen
	s.seen = make(map[string]*shown, len(line))
	expected := map[string]time.Duration{}
	for _, open := range line {
		if open.State != store.Drawing && s.late(open.Request, now) {
			if err := s.expire(ctx, open.ID); err != nil {
				s.Log.Debug("a request could not be ended; it is tried again", "job", open.ID, "cause", err)
			}
			continue
		}
		seen := before[open.ID]
		if seen == nil {
			seen = &shown{}
		}
		s.seen[open.ID] = seen
		if seen.busy || now.Sub(seen.at) < statusEvery {
			continue
		}
		if _, known := expected[open.SizeClass]; !known {
			expected[open.SizeClass] = s.expected(open.SizeClass)
		}
		status, due := s.status(open, seen, expected[open.SizeClass], now)
		if !due || status.Text.String() == seen.text {
			continue
		}
		select {
		case s.places <- struct{}{}:
		default:
			continue // at the next tick
		}
		seen.busy = true
		s.showing.Go(func() {
			defer func() { <-s.places }()
			s.show(ctx, open, status)
			s.mu.Lock()
			defer s.mu.Unlock()
			seen.busy, seen.at, seen.text = false, time.Now(), status.Text.String()
		})
	}
}

// status is what is to be said of a request, if anything.
func (s *statuses) status(open store.Place, seen *shown, takes time.Duration, now time.Time) (status commands.Status, due bool) {
	switch open.State {
	case store.Waiting:
		if just(open.AcceptedAt, waitingFor, now) {
			return status, false
		}
		if away := s.breaker.awaySince(); !away.IsZero() {
			return commands.Held(open.Short, away).In(open.Locale), true
		}
		position := rough(open.Position)
		if position != seen.position || seen.ready.Before(now) {
			seen.position, seen.ready = position, s.readyAt(open.Position, takes, now)
		}
		return commands.Waiting(open.Short, position, seen.ready).In(open.Locale), true
	case store.Held:
		if open.HeldFor == store.ForRoom {
			return commands.HeldForRoom(open.Short).In(open.Locale), true
		}
		since := open.HeldSince
		if away := s.breaker.awaySince(); !away.IsZero() && away.Before(since) {
			since = away
		}
		return commands.Held(open.Short, since).In(open.Locale), true
	case store.Drawing:
		if just(open.StartedAt, drawingFor, now) {
			return status, false
		}
		ready := time.Time{}
		if takes > 0 {
			ready = open.StartedAt.Add(takes)
		}
		return commands.Drawing(open.Short, open.StartedAt, ready).In(open.Locale), true
	}
	return status, false
}

// just reports whether less than the time has gone by since then. A moment in
// the future is none that was just now: the clock was put back.
func just(then time.Time, within time.Duration, now time.Time) bool {
	past := now.Sub(then)
	return past >= 0 && past < within
}

// rough makes fewer edits of a long line: beyond ten the position is given in tens.
func rough(position int) int {
	if position <= 10 {
		return position
	}
	return (position + 9) / 10 * 10
}

// readyAt is about when a request at the position is drawn; zero when nothing
// is known of how long one takes.
func (j *Jobs) readyAt(position int, takes time.Duration, now time.Time) time.Time {
	if takes == 0 {
		return time.Time{}
	}
	rounds := (position + j.Workers - 1) / j.Workers
	return now.Add(time.Duration(rounds+1) * takes)
}

// expected is how long a picture of the class takes; 0 when nothing is known.
func (j *Jobs) expected(class string) time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), showTime)
	defer cancel()
	median, known, err := j.Store.Median(ctx, class)
	if err != nil || !known {
		return 0
	}
	return median
}

// show shows a status, unless the request has just been answered: the mark
// that it leaves in the row makes a delivery wait for it.
func (s *statuses) show(ctx context.Context, open store.Place, status commands.Status) {
	to, err := address(open.Request)
	if err != nil {
		return
	}
	// A message that is sent must be stored, whatever ends meanwhile.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), showTime)
	defer cancel()
	if may, err := s.Store.Showing(bounded, open.ID, showTime+time.Second); err != nil || !may {
		return
	}
	before := to
	to, err = guard(func() (commands.Address, error) { return s.Deliver.Show(bounded, to, status) })
	if errors.Is(err, errPanic) {
		to = before
		s.Log.Error("a status could not be shown", "platform", open.Platform, "job", open.ID, "cause", err)
	} else if err != nil {
		s.Log.Debug("a status could not be shown", "platform", open.Platform, "job", open.ID, "cause", err)
	}
	address, _ := json.Marshal(to) // it came from JSON
	stored, cancel := context.WithTimeout(context.WithoutCancel(ctx), showTime)
	defer cancel()
	if err := s.Store.Shown(stored, open.ID, address); err != nil {
		s.Log.Warn("where a status stands could not be stored; it may stay behind", "platform", open.Platform, "job", open.ID, "cause", err)
	}
}

// unshown waits until no status of the request is on its way, and no longer
// than one can be, whatever the clock did since it was marked.
func (j *Jobs) unshown(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, showTime+time.Second)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if now, err := j.Store.Shows(ctx, id); err != nil || !now {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
