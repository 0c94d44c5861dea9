package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// A Place is a request that is not answered yet. It has no Body.
type Place struct {
	Request
	// Position is about which of the waiting requests it is to be begun, 1
	// being the next, as users take turns; 0 when it does not wait.
	Position int
}

// Line returns all requests that wait, are drawn or are held, the oldest first.
func (s *Store) Line(ctx context.Context) ([]Place, error) {
	return s.line(ctx, lineQuery)
}

// Open returns all requests that are not answered yet, the oldest first.
func (s *Store) Open(ctx context.Context) ([]Place, error) {
	return s.line(ctx, openQuery)
}

func (s *Store) line(ctx context.Context, query string) ([]Place, error) {
	rows, err := s.Read.QueryContext(ctx, query)
	line, err := collect(rows, err, func(rows *sql.Rows) (p Place, err error) {
		return p, rows.Scan(fieldsButBody(&p.Request)...)
	})
	if err != nil {
		return nil, fmt.Errorf("list the line: %w", err)
	}
	slices.SortFunc(line, func(a, b Place) int { return older(&a.Request, &b.Request) })
	place(line)
	return line, nil
}

const (
	openQuery = `SELECT ` + columnsButBody + ` FROM requests WHERE ` + open
	lineQuery = openQuery + ` AND state <> 'delivering'`
)

// place sets the positions in a line that is in order of age. A user's nth
// request comes after everybody's first ones, second ones and so on, and of
// the nth ones after the older.
func place(line []Place) {
	type user struct{ platform, id string }
	asked := map[user]int{}
	var nth []int // how many are somebody's first, second, …
	for i := range line {
		p := &line[i]
		if p.State != Waiting {
			continue
		}
		who := user{p.Platform, p.User}
		n := asked[who]
		asked[who]++
		if n == len(nth) {
			nth = append(nth, 0)
		}
		nth[n]++
		p.Position = nth[n] // among the nth ones
	}
	before := make([]int, len(nth)) // how many are somebody's earlier one
	for n := 1; n < len(nth); n++ {
		before[n] = before[n-1] + nth[n-1]
	}
	clear(asked)
	for i := range line {
		p := &line[i]
		if p.State == Waiting {
			who := user{p.Platform, p.User}
			p.Position += before[asked[who]]
			asked[who]++
		}
	}
}

// Own returns the user's requests in the chat that are not answered yet, the
// oldest first.
func (s *Store) Own(ctx context.Context, platform, user, chat string) ([]Request, error) {
	rows, err := s.Read.QueryContext(ctx, ownQuery, platform, user, chat)
	own, err := collect(rows, err, func(rows *sql.Rows) (Request, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("list a user's requests: %w", err)
	}
	slices.SortFunc(own, func(a, b Request) int { return older(&a, &b) })
	return own, nil
}

const ownQuery = `SELECT ` + columns + ` FROM requests
	WHERE platform = $1 AND user_id = $2 AND chat_id = $3 AND ` + open

// Standing returns how many requests are drawn or delivered, and how many wait
// or are held.
func (s *Store) Standing(ctx context.Context) (running, waiting int, err error) {
	if err := s.Read.QueryRowContext(ctx, standingQuery).Scan(&running, &waiting); err != nil {
		return 0, 0, fmt.Errorf("count the line: %w", err)
	}
	return running, waiting, nil
}

const standingQuery = `SELECT count(*) FILTER (WHERE state IN ('drawing', 'delivering')), count(*) FILTER (WHERE state IN ('waiting', 'held'))
	FROM requests WHERE ` + open

// Queue returns how many requests are in each state, of those that are not
// over, and when the oldest that waits was accepted; zero when none does.
func (s *Store) Queue(ctx context.Context) (states map[string]int, oldest time.Time, err error) {
	type group struct {
		state string
		n     int
		first time.Time
	}
	rows, err := s.Read.QueryContext(ctx, queueQuery)
	groups, err := collect(rows, err, func(rows *sql.Rows) (g group, err error) {
		return g, rows.Scan(&g.state, &g.n, moment{&g.first})
	})
	if err != nil {
		return nil, oldest, fmt.Errorf("count the queue: %w", err)
	}
	states = map[string]int{Waiting: 0, Drawing: 0, Held: 0, Delivering: 0}
	for _, g := range groups {
		if states[g.state] = g.n; g.state == Waiting {
			oldest = g.first
		}
	}
	return states, oldest, nil
}

const queueQuery = `SELECT state, count(*), min(accepted_at) FROM requests WHERE ` + open + ` GROUP BY state`

func older(a, b *Request) int {
	return cmp.Or(a.AcceptedAt.Compare(b.AcceptedAt), cmp.Compare(a.ID, b.ID))
}
