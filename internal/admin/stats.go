package admin

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"kellybot/internal/store"
)

// A history is days in numbers.
type history struct {
	Zone string `json:"zone"` // of the days
	Days []day  `json:"days"` // those with requests, the oldest first
}

// A day counts the requests that were accepted on it.
type day struct {
	Day       string `json:"day"`
	Requests  int    `json:"requests"`
	Users     int    `json:"users"`
	Pictures  int    `json:"pictures"` // delivered
	Done      int    `json:"done"`
	Failed    int    `json:"failed"`
	Refused   int    `json:"refused"` // for a reason that is the user's
	Cancelled int    `json:"cancelled"`
	Open      int    `json:"open"`
	// Of those that are done: until the drawing began, and until the answer.
	WaitMedian  *float64 `json:"wait_median_seconds"`
	Wait95      *float64 `json:"wait_95_seconds"`
	TotalMedian *float64 `json:"total_median_seconds"`
	Total95     *float64 `json:"total_95_seconds"`

	users       map[[2]string]bool
	wait, total []float64
}

func (t *Tool) stats(ctx context.Context, db *store.Store, args arguments) (outcome, error) {
	now := time.Now()
	since := time.Date(now.Year(), now.Month(), now.Day()-args.days+1, 0, 0, 0, 0, time.Local)
	days := map[string]*day{}
	err := db.Courses(ctx, since, func(c store.Course) {
		name := c.AcceptedAt.Local().Format(time.DateOnly)
		if days[name] == nil {
			days[name] = &day{Day: name, users: map[[2]string]bool{}}
		}
		days[name].add(c)
	})
	if err != nil {
		return nil, err
	}
	zone, _ := now.Zone()
	h := history{Zone: zone, Days: []day{}}
	for _, name := range slices.Sorted(maps.Keys(days)) {
		d := days[name]
		d.Users = len(d.users)
		d.WaitMedian, d.Wait95 = quantile(d.wait, 0.5), quantile(d.wait, 0.95)
		d.TotalMedian, d.Total95 = quantile(d.total, 0.5), quantile(d.total, 0.95)
		h.Days = append(h.Days, *d)
	}
	return h, nil
}

func (d *day) add(c store.Course) {
	d.Requests++
	d.users[[2]string{c.Platform, c.User}] = true
	d.Pictures += c.Pictures
	switch c.State {
	case store.Failed:
		d.Failed++
	case store.Refused:
		d.Refused++
	case store.Cancelled:
		d.Cancelled++
	case store.Done:
		d.Done++
		if wait := between(c.AcceptedAt, c.StartedAt); wait != nil {
			d.wait = append(d.wait, *wait)
		}
		if total := between(c.AcceptedAt, c.FinishedAt); total != nil {
			d.total = append(d.total, *total)
		}
	default:
		d.Open++
	}
}

// quantile is the smallest value that at least the share q of all, which is
// more than 0, does not exceed; nil of none.
func quantile(values []float64, q float64) *float64 {
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	return new(values[int(math.Ceil(q*float64(len(values))))-1])
}

func (h history) write(w io.Writer) {
	if len(h.Days) == 0 {
		fmt.Fprintln(w, "There were no requests.")
		return
	}
	var rows [][]string
	for _, d := range h.Days {
		row := []string{d.Day + " " + h.Zone}
		for _, n := range []int{d.Requests, d.Users, d.Pictures, d.Done, d.Failed, d.Refused, d.Cancelled, d.Open} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, append(row, span(d.WaitMedian), span(d.Wait95), span(d.TotalMedian), span(d.Total95)))
	}
	table(w, "day,requests,users,pictures,done,failed,refused,cancelled,open,wait 50%,95%,total 50%,95%", rows)
}
