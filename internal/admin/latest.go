package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// latest is the newest requests.
type latest struct {
	Requests []request `json:"requests"`
}

type request struct {
	ID       string     `json:"id"`
	Event    string     `json:"event"` // what the log calls the request
	Platform string     `json:"platform"`
	User     string     `json:"user"`
	Chat     string     `json:"chat"`
	Command  string     `json:"command"`
	Model    string     `json:"model"` // as it was asked for; "" where there is none
	Width    int        `json:"width"`
	Height   int        `json:"height"`
	Pictures int        `json:"pictures"` // asked for
	State    string     `json:"state"`
	Attempts int        `json:"attempts"`
	Link     string     `json:"link"` // to the answer; "" where the platform has none
	Accepted time.Time  `json:"accepted_at"`
	Started  *time.Time `json:"started_at"`
	Drawn    *time.Time `json:"drawn_at"`
	Finished *time.Time `json:"finished_at"`
	Wait     *float64   `json:"wait_seconds"`  // until the newest attempt began
	Total    *float64   `json:"total_seconds"` // until the answer
}

func (t *Tool) latest(ctx context.Context, db *store.Store, args arguments) (outcome, error) {
	rows, err := db.Latest(ctx, args.failed, args.limit)
	if err != nil {
		return nil, err
	}
	l := latest{Requests: []request{}}
	for _, row := range rows {
		var job commands.Job
		if err := json.Unmarshal(row.Body, &job); err != nil {
			return nil, fmt.Errorf("read the stored request %s: %w", row.Short, err)
		}
		l.Requests = append(l.Requests, request{
			ID: row.Short, Event: row.ID, Platform: row.Platform, User: row.User, Chat: row.Chat, Command: job.Request.Command,
			Model: job.Generate.Model, Width: job.Generate.Width, Height: job.Generate.Height, Pictures: row.AskedFor,
			State: row.State, Attempts: row.Attempts, Link: row.Link, Accepted: row.AcceptedAt.UTC(),
			Started: come(row.StartedAt), Drawn: come(row.DrawnAt), Finished: come(row.FinishedAt),
			Wait: between(row.AcceptedAt, row.StartedAt), Total: between(row.AcceptedAt, row.FinishedAt),
		})
	}
	return l, nil
}

// come is nil for a time that has not come.
func come(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

func (l latest) write(w io.Writer) {
	if len(l.Requests) == 0 {
		fmt.Fprintln(w, "There is none.")
		return
	}
	var rows [][]string
	for _, r := range l.Requests {
		size := "-"
		if r.Width > 0 {
			size = fmt.Sprintf("%dx%d", r.Width, r.Height)
		}
		rows = append(rows, []string{
			r.ID, r.Event, r.User, r.Command, size, strconv.Itoa(r.Pictures), r.State,
			strconv.Itoa(r.Attempts), span(r.Wait), span(r.Total), moment(r.Accepted),
		})
	}
	table(w, "id,request,user,command,size,pictures,state,attempts,wait,total,accepted", rows)
}
