package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

const (
	// maxReports is how many pictures somebody may report in reportsIn.
	maxReports = 10
	reportsIn  = 24 * time.Hour
	// reportTime is how long a report is kept, and its buttons work.
	reportTime = 30 * 24 * time.Hour
)

// A report is what is stored of one beside its columns.
type report struct {
	Asker    commands.Scope `json:"asker"`
	Reporter commands.Scope `json:"reporter"`
	Chat     commands.Scope `json:"chat"`
	Message  string         `json:"message,omitempty"` // that was reported, in the chat
	Reason   string         `json:"reason,omitempty"`
}

// Report implements commands.Reports: for each admin a request of their own, to
// be answered in their private chat, in one transaction with the report.
func (j *Jobs) Report(ctx context.Context, by *commands.Request, picture commands.Picture, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	// A report by the picture's id may reply to anything.
	message := by.Message
	if shows, err := j.PictureIn(ctx, by, message); errors.Is(err, commands.ErrNoPicture) || err == nil && shows.ID != picture.ID {
		message = ""
	} else if err != nil {
		return err
	}
	made := picture.Job.Request
	body, err := json.Marshal(report{
		Asker: commands.UserScope(&made), Reporter: commands.UserScope(by), Chat: commands.ChatScope(by), Message: message, Reason: reason,
	})
	if err != nil {
		return fmt.Errorf("store a report: %w", err)
	}
	now := time.Now()
	r := store.Report{ID: store.NewShort(), Picture: picture.ID, Scope: j.Store.Hash(string(commands.UserScope(by))), Body: body, At: now}
	rows, err := j.toAdmins(ctx, r)
	if err == nil && len(rows) == 0 {
		err = commands.ErrUntold
	}
	if err != nil {
		return err
	}
	return j.Store.InTx(ctx, func(tx *sql.Tx) error {
		if _, err := store.Lock(ctx, tx, day(now)); err != nil {
			return err
		}
		n, err := store.CountReports(ctx, tx, r.Scope, now.Add(-reportsIn))
		if err != nil {
			return err
		}
		fresh, err := store.AddReport(ctx, tx, r)
		switch {
		case err != nil:
			return err
		case !fresh:
			return commands.ErrReported
		case n >= maxReports:
			return &commands.LimitError{Limit: commands.ReportLimit, Max: maxReports}
		}
		for _, row := range rows {
			if _, err := store.Insert(ctx, tx, row); err != nil {
				return err
			}
			if err := store.Expire(ctx, tx, row.ID, 0, nil, now); err != nil {
				return err
			}
			if err := j.enqueueDelivery(tx, row, run{ID: row.ID}, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// toAdmins are the rows by which the admins are told of a report. They hold its
// id alone, so that those it names can be forgotten.
func (j *Jobs) toAdmins(ctx context.Context, r store.Report) (rows []store.Request, err error) {
	for _, admin := range j.Admins {
		platform, user, _ := strings.Cut(admin, ":")
		id := "report:" + r.ID + ":" + admin
		to, err := j.Deliver.Private(platform, user, id)
		if err != nil {
			j.Log.Warn("an admin cannot be told of a report", "platform", platform, "user", user, "cause", err)
			continue
		}
		req := commands.Request{ID: id, Address: to, User: commands.User{ID: user}, Command: "report", Text: r.ID, Received: r.At}
		own, _, err := j.Settings(ctx, commands.UserScope(&req), "")
		if err != nil {
			return nil, err
		}
		req.Locale = own.Language
		row, err := newRow(commands.Job{Request: req, Work: commands.ToTell}, to, r.At)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// tells reports whether the request tells an admin of a report.
func tells(row store.Request) bool { return row.SizeClass == string(commands.ToTell) }

// telling is the answer that tells an admin of a report, with the picture as
// far as there is one.
func (j *Jobs) telling(ctx context.Context, row store.Request) (reply commands.Reply, err error) {
	job, err := j.past(row)
	if err != nil {
		return reply, err
	}
	r, err := j.Reported(ctx, job.Request.Text)
	if errors.Is(err, commands.ErrFinished) {
		return commands.Reply{Text: commands.Say("A picture was reported, and the report taken back.")}.In(row.Locale), nil
	}
	if err != nil {
		return reply, err
	}
	of, p, err := j.picture(ctx, r.Picture)
	if errors.Is(err, store.ErrGone) {
		return r.Told(nil).In(row.Locale), nil
	}
	if err != nil {
		return reply, err
	}
	if job, err = j.past(of); err != nil {
		return reply, err
	}
	source, err := j.source(ctx, of, commands.Job{Source: &commands.Source{ID: r.Picture}})
	switch {
	case errors.Is(err, commands.ErrNoPicture), errors.Is(err, commands.ErrUnfetched), errors.Is(err, commands.ErrNotAPicture):
		return r.Told(&job).In(row.Locale), nil
	case err != nil:
		return reply, err
	}
	return r.Told(&job, commands.Made{ID: commands.PictureID(of.Short, p.N), Picture: source.Picture}).In(row.Locale), nil
}

// Reported implements commands.Reports.
func (j *Jobs) Reported(ctx context.Context, id string) (commands.Report, error) {
	r, body, err := j.reported(ctx, id)
	return commands.Report{ID: r.ID, Picture: r.Picture, Asker: body.Asker, Reporter: body.Reporter, Chat: body.Chat, Reason: body.Reason}, err
}

func (j *Jobs) reported(ctx context.Context, id string) (r store.Report, body report, err error) {
	r, err = j.Store.Report(ctx, id)
	if errors.Is(err, store.ErrGone) {
		return r, body, commands.ErrFinished
	}
	if err != nil {
		return r, body, err
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return r, body, fmt.Errorf("read a report: %w", err)
	}
	return r, body, nil
}

// Erase implements commands.Reports. What a platform does not let go is told;
// from here the picture goes all the same.
func (j *Jobs) Erase(ctx context.Context, id string) error {
	r, body, err := j.reported(ctx, id)
	if err != nil {
		return err
	}
	row, _, err := j.found(ctx, r.Picture)
	if errors.Is(err, store.ErrGone) {
		return commands.ErrNoPicture
	}
	if err != nil {
		return err
	}
	answer, keys, err := j.messages(ctx, row)
	if err != nil {
		return err
	}
	messages := map[commands.Scope][]string{commands.Scope("chat:" + row.Platform + ":" + row.Chat): answer}
	messages[body.Chat] = append(messages[body.Chat], body.Message)
	var fault error
	for chat, messages := range messages {
		if err := j.removeFrom(ctx, chat, messages); errors.Is(err, commands.ErrTooOld) {
			fault = fmt.Errorf("%w: %w", commands.ErrStays, err)
		} else if err != nil {
			fault = err
		}
	}
	if err := store.Uncopy(ctx, j.Store.DB, row.ID); err != nil {
		return err
	}
	if err := j.dropped(ctx, keys, row); err != nil {
		return err
	}
	return fault
}

// removeFrom deletes messages in a chat where nobody has asked for it.
func (j *Jobs) removeFrom(ctx context.Context, chat commands.Scope, messages []string) error {
	slices.Sort(messages)
	messages = slices.DeleteFunc(slices.Compact(messages), func(id string) bool { return id == "" })
	_, platform, id := chat.Parts()
	in, err := j.Deliver.Chat(platform, id)
	if err != nil {
		return fmt.Errorf("%w: %w", commands.ErrTooOld, err)
	}
	return j.Deliver.Remove(ctx, in, messages)
}
