package admin

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"kellybot/internal/store"
)

// A queue is what is not answered yet.
type queue struct {
	Groups   []group `json:"groups"`   // by platform and state
	Requests []open  `json:"requests"` // the oldest first
}

type group struct {
	Platform string   `json:"platform"`
	State    string   `json:"state"`
	Requests int      `json:"requests"`
	Oldest   *float64 `json:"oldest_seconds"`
}

type open struct {
	ID       string    `json:"id"`
	Event    string    `json:"event"` // what the log calls the request
	Platform string    `json:"platform"`
	User     string    `json:"user"`
	Chat     string    `json:"chat"`
	State    string    `json:"state"`
	Position int       `json:"position"` // 0 when it does not wait
	HeldFor  string    `json:"held_for"` // why it is held; "" when it is not
	Attempts int       `json:"attempts"`
	Accepted time.Time `json:"accepted_at"`
	Age      *float64  `json:"age_seconds"`
}

func (t *Tool) queue(ctx context.Context, db *store.Store, _ arguments) (outcome, error) {
	line, err := db.Open(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	q := queue{Groups: []group{}, Requests: []open{}}
	for _, p := range line {
		one := open{
			ID: p.Short, Event: p.ID, Platform: p.Platform, User: p.User, Chat: p.Chat, State: p.State, Position: p.Position,
			Attempts: p.Attempts, Accepted: p.AcceptedAt.UTC(), Age: between(p.AcceptedAt, now),
		}
		if p.State == store.Held {
			one.HeldFor = p.HeldFor
		}
		q.Requests = append(q.Requests, one)
		i := slices.IndexFunc(q.Groups, func(g group) bool { return g.Platform == p.Platform && g.State == p.State })
		if i < 0 { // whose first is its oldest
			i = len(q.Groups)
			q.Groups = append(q.Groups, group{Platform: p.Platform, State: p.State, Oldest: one.Age})
		}
		q.Groups[i].Requests++
	}
	slices.SortStableFunc(q.Groups, func(a, b group) int { return cmp.Compare(a.Platform, b.Platform) })
	return q, nil
}

func (q queue) write(w io.Writer) {
	if len(q.Requests) == 0 {
		fmt.Fprintln(w, "Everything is answered.")
		return
	}
	var groups, requests [][]string
	for _, g := range q.Groups {
		groups = append(groups, []string{g.Platform, g.State, strconv.Itoa(g.Requests), span(g.Oldest)})
	}
	table(w, "platform,state,requests,oldest", groups)
	fmt.Fprintln(w)
	for _, r := range q.Requests {
		position := "-"
		if r.Position > 0 {
			position = strconv.Itoa(r.Position)
		}
		requests = append(requests, []string{r.ID, r.Platform, r.User, r.State, position, strconv.Itoa(r.Attempts), span(r.Age), moment(r.Accepted)})
	}
	table(w, "id,platform,user,state,position,attempts,age,accepted", requests)
}
