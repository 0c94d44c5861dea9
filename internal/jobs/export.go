package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// maxExport bounds the requests in an export, in bytes: every platform takes a
// file of that size.
const maxExport = 8 << 20

// An export is all that is stored of a user on one platform.
type export struct {
	Platform string          `json:"platform"`
	User     string          `json:"user"`
	At       time.Time       `json:"at"`
	Settings json.RawMessage `json:"settings,omitempty"` // the styles too
	Offers   []exported      `json:"offers,omitempty"`   // requests that buttons still ask for
	// Rule is what admins have decided, and Today how many pictures count for
	// the day; both stay when the rest is forgotten.
	Rule     *exportedRule     `json:"rule,omitempty"`
	Today    int               `json:"today,omitempty"`
	Reports  []json.RawMessage `json:"reports,omitempty"` // of others' pictures
	Requests []exported        `json:"requests"`          // the newest first
}

type exportedRule struct {
	Banned bool      `json:"banned,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	Reason string    `json:"reason,omitempty"`
	Daily  *int      `json:"daily,omitempty"` // pictures
}

// An exported is a request that is stored; an offer has the body alone.
type exported struct {
	ID       string          `json:"id,omitempty"`
	Event    string          `json:"event,omitempty"` // the platform's id
	State    string          `json:"state,omitempty"`
	At       time.Time       `json:"at"`
	Chat     string          `json:"chat,omitempty"`
	Locale   string          `json:"locale,omitempty"`
	Message  string          `json:"message,omitempty"` // of the answer
	Link     string          `json:"link,omitempty"`    // to it
	Deleted  bool            `json:"deleted,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
	Words    json.RawMessage `json:"words,omitempty"` // of the answer
	Pictures []picture       `json:"pictures,omitempty"`
}

type picture struct {
	ID      string          `json:"id"`
	Width   int             `json:"width,omitempty"`
	Height  int             `json:"height,omitempty"`
	Message string          `json:"message,omitempty"` // that shows it
	File    json.RawMessage `json:"file,omitempty"`    // the platform's copy
}

// Export implements commands.Records. What answers a request, which may hold a
// token of the platform's, is left out.
func (j *Jobs) Export(ctx context.Context, by *commands.Request) (data json.RawMessage, cut bool, err error) {
	platform, scope := by.Address.Platform, string(commands.UserScope(by))
	all := export{Platform: platform, User: by.User.ID, At: time.Now().UTC(), Requests: []exported{}}
	if all.Settings, _, err = j.Store.Settings(ctx, scope, ""); err != nil {
		return nil, false, err
	}
	offers, err := j.Store.Offers(ctx, scope)
	if err != nil {
		return nil, false, err
	}
	for _, o := range offers {
		all.Offers = append(all.Offers, exported{ID: o.ID, At: o.At.UTC(), Body: o.Body})
	}
	if err := j.exportAccess(ctx, by, &all); err != nil {
		return nil, false, err
	}
	size := 0
	after, id := time.Now().Add(clockMargin), ""
	for !cut {
		rows, err := j.Store.RequestsOf(ctx, platform, by.User.ID, after, id, historyBatch)
		if err != nil {
			return nil, false, err
		}
		for _, row := range rows {
			one, err := j.export(ctx, row)
			if err != nil {
				return nil, false, err
			}
			written, err := json.MarshalIndent(one, "    ", "  ") // as it stands in the file
			if err != nil {
				return nil, false, fmt.Errorf("export: %w", err)
			}
			if size += len(written); size > maxExport {
				cut = true
				break
			}
			all.Requests = append(all.Requests, one)
			after, id = row.AcceptedAt, row.ID
		}
		if len(rows) < historyBatch {
			break
		}
	}
	if data, err = json.MarshalIndent(all, "", "  "); err != nil {
		return nil, false, fmt.Errorf("export: %w", err)
	}
	return data, cut, nil
}

// exportAccess adds what is stored of what by may do.
func (j *Jobs) exportAccess(ctx context.Context, by *commands.Request, all *export) error {
	scope := j.Store.Hash(string(commands.UserScope(by)))
	rule, err := store.RuleOf(ctx, j.Store.Read, scope)
	if err != nil {
		return err
	}
	if rule.Banned || rule.Daily != nil {
		all.Rule = &exportedRule{rule.Banned, rule.Until.UTC(), rule.Reason, rule.Daily}
		if rule.Until.IsZero() {
			all.Rule.Until = rule.Until
		}
	}
	used, err := store.Used(ctx, j.Store.Read, day(time.Now()), scope)
	if err != nil {
		return err
	}
	all.Today = used[0]
	reports, err := j.Store.ReportsOf(ctx, scope)
	for _, r := range reports {
		all.Reports = append(all.Reports, r.Body)
	}
	return err
}

func (j *Jobs) export(ctx context.Context, row store.Request) (exported, error) {
	one := exported{
		ID: row.Short, Event: row.ID, State: row.State, At: row.AcceptedAt.UTC(), Chat: row.Chat, Locale: row.Locale,
		Message: row.Message, Link: row.Link, Deleted: row.Deleted, Body: row.Body, Words: row.Words,
	}
	pictures, err := j.Store.Pictures(ctx, row.ID)
	for _, p := range pictures {
		one.Pictures = append(one.Pictures, picture{
			ID: commands.PictureID(row.Short, p.N), Width: p.Width, Height: p.Height, Message: p.Message, File: p.File,
		})
	}
	return one, err
}
