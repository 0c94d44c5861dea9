package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/dbos-inc/dbos-transact-golang/dbos"

	"kellybot/commands"
	"kellybot/internal/store"
	"kellybot/kelly"
)

const (
	// loadTime bounds the wait until an answer is in memory: all that is before
	// it there takes as long to leave on a line of 1 Mbit/s.
	loadTime = 5 * time.Minute
	// slowLine is the slowest line that must do for all deliveries to a platform,
	// in bytes a second: 1 Mbit/s, as for an adapter's uploads.
	slowLine = 125_000
	// firstAgain and lastAgain bound the pause between two tries.
	firstAgain = time.Second
	lastAgain  = time.Minute
	// maxLost is how often a request is drawn again whose pictures' files are
	// lost before they are delivered: each drawing is paid for.
	maxLost = 3
)

// tellings is how often the end of a cancelled request is told in vain: for
// about as long as a picture's delivery is tried.
func (j *Jobs) tellings() int { return int(j.HoldFor/(lastAgain/2)) + 5 }

// deliver brings the answer to where the request came from. Between the
// platform's acceptance and our record nothing happens, so that a duplicate
// needs a crash in exactly that gap.
func (j *Jobs) deliver(wf dbos.Context, in run) (string, error) {
	ctx, leave, err := j.enter(wf, deliverID(in))
	if err != nil {
		return "", err
	}
	defer leave()
	j.unshown(ctx, in.ID) // which may change the address
	var row store.Request
	err = j.persist(wf, func(ctx context.Context) (err error) {
		if row, err = j.Store.Get(ctx, in.ID); err == nil && !answerable(row, in) {
			err = store.ErrGone
		}
		return err
	})
	if err != nil {
		return "", unlessGone(err)
	}
	receipt, err := guard(func() (commands.Receipt, error) { return j.bring(ctx, row) })
	if err != nil && ctx.Err() != nil {
		return "", interrupted(ctx)
	}
	if errors.Is(err, errLost) && j.elsewhere(ctx, row) {
		err = errElsewhere
	}
	now := time.Now()
	record := j.outcome(ctx, row, in, receipt, err, now)
	err = j.persist(wf, func(ctx context.Context) error {
		return j.Store.InTx(ctx, func(tx *sql.Tx) error { return record.persist(ctx, tx) })
	})
	if err == nil {
		record.log(ctx)
	}
	return "", unlessGone(err)
}

// answerable reports whether the request has an answer that nobody has got, and
// this delivery is the one that brings it: after a crash an older one may run
// beside it.
func answerable(row store.Request, in run) bool {
	if in.Cancelled {
		return row.State == store.Cancelled && len(row.Address) > 0
	}
	return row.State == store.Delivering && row.Delivery == in.Round
}

// bring delivers the answer, whatever it is.
func (j *Jobs) bring(ctx context.Context, row store.Request) (commands.Receipt, error) {
	to, err := address(row)
	if err != nil {
		return commands.Receipt{}, err
	}
	loading, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	reply, err := j.reply(loading, row)
	if err != nil {
		return commands.Receipt{}, err
	}
	defer reply.Release()
	ctx, cancel = context.WithTimeout(ctx, deliverTime(reply))
	defer cancel()
	return j.Deliver.Deliver(ctx, to, reply)
}

// deliverTime bounds one try to deliver the reply, with all its attempts: five
// minutes, and what the deliveries at once take on a slow line when all are as
// large. It is more than any adapter's own.
func deliverTime(reply commands.Reply) time.Duration {
	bytes := 0
	for _, image := range reply.Images {
		bytes += len(image.Picture.Bytes())
	}
	for _, file := range reply.Files {
		bytes += len(file.Bytes)
	}
	return 5*time.Minute + time.Duration(bytes)*deliverers*time.Second/slowLine
}

// reply is the request's answer: its pictures, and words beside them or in
// their place.
func (j *Jobs) reply(ctx context.Context, row store.Request) (reply commands.Reply, err error) {
	if row.State == store.Cancelled {
		return commands.Reply{Text: commands.Say("Cancelled.")}.In(row.Locale), nil
	}
	if tells(row) {
		return j.telling(ctx, row)
	}
	words, err := said(row)
	if err != nil {
		return reply, err
	}
	pictures, err := j.Store.Pictures(ctx, row.ID)
	if err != nil || len(pictures) == 0 {
		words.Locale = row.Locale
		return words, err
	}
	job, err := j.job(row)
	if err != nil {
		return reply, err
	}
	if job.Work == commands.ToShow {
		switch job.Generate, pictures[0].Alt, err = j.shown(ctx, job); {
		case errors.Is(err, store.ErrGone): // deleted meanwhile
			return commands.Failure(commands.ErrNoPicture).In(row.Locale), nil
		case err != nil:
			return reply, err
		}
	}
	var made []commands.Made
	for _, p := range pictures {
		picture, err := j.load(ctx, row.Platform, p.Key)
		if err != nil {
			commands.Answer(job, made, 0).Release()
			return reply, err
		}
		made = append(made, commands.Made{ID: pictureID(row, job, p), Picture: picture, Copied: p.Copied, Alt: p.Alt})
	}
	reply = commands.Answer(job, made, took(row)).In(row.Locale)
	if len(words.Text) > 0 { // why there are fewer
		reply.Text = append(append(reply.Text, commands.Span{Text: "\n"}), words.Text...)
	}
	return reply, nil
}

// shown is what is said of the picture that the job shows again, or store.ErrGone.
func (j *Jobs) shown(ctx context.Context, job commands.Job) (g kelly.GenerateRequest, alt string, err error) {
	of, p, err := j.picture(ctx, job.Source.ID)
	if err != nil {
		return g, "", err
	}
	drawn, err := j.past(of)
	return drawn.Generate, p.Alt, err
}

// said is the stored words of an answer.
func said(row store.Request) (reply commands.Reply, err error) {
	if len(row.Words) == 0 {
		return reply, nil
	}
	if err := json.Unmarshal(row.Words, &reply); err != nil {
		return reply, fmt.Errorf("read a stored answer: %w", err)
	}
	return reply, nil
}

// pictureID is what people name the picture by: one that is shown again keeps
// the id that it has.
func pictureID(row store.Request, job commands.Job, p store.Picture) string {
	if job.Work == commands.ToShow {
		return job.Source.ID
	}
	return commands.PictureID(row.Short, p.N)
}

// A record is what a try to deliver came to.
type record struct {
	persist func(context.Context, *sql.Tx) error
	log     func(context.Context)
}

func (j *Jobs) outcome(ctx context.Context, row store.Request, in run, receipt commands.Receipt, err error, now time.Time) record {
	log := j.Log.With("platform", row.Platform, "job", row.ID, "user", row.User)
	switch {
	case errors.Is(err, errElsewhere):
		// Whoever drew it has the file, in a folder of its own: it shall deliver.
		return record{
			persist: func(ctx context.Context, tx *sql.Tx) error {
				if err := store.HoldDelivery(ctx, tx, row.ID, in.Round); err != nil {
					return err
				}
				return j.enqueueDelivery(tx, row, run{ID: in.ID, Round: in.Round + 1, Lost: in.Lost}, poll+rand.N(4*poll))
			},
			log: func(ctx context.Context) {
				log.Log(ctx, slog.LevelDebug, "a picture's file is with another process, which is to deliver it", "executor", row.Executor)
			},
		}
	case errors.Is(err, errLost) && in.Lost >= maxLost:
		// What loses each file would lose the next one too.
		words, offers := j.failure(ctx, row, commands.ErrNoRoom)
		return record{
			persist: func(ctx context.Context, tx *sql.Tx) error {
				if err := store.Lose(ctx, tx, row.ID, in.Round, words); err != nil {
					return err
				}
				if err := store.AddOffers(ctx, tx, offers); err != nil {
					return err
				}
				return j.enqueueDelivery(tx, row, run{ID: in.ID, Round: in.Round + 1, Lost: in.Lost}, 0)
			},
			log: func(ctx context.Context) {
				log.Log(ctx, slog.LevelError, "a picture's file is lost whenever it is drawn, so it is not drawn again: look after the disk of DATA_DIR, and for what removes files there", "attempts", in.Lost+1)
			},
		}
	case errors.Is(err, errLost):
		// The machine that drew it is lost, and its files with it.
		pause := backoff(firstHold, lastHold, in.Lost)
		return record{
			persist: func(ctx context.Context, tx *sql.Tx) error {
				if err := store.Redraw(ctx, tx, row.ID, in.Round); err != nil {
					return err
				}
				next := run{ID: row.ID, Round: row.Round + 1, Deliver: in.Round + 1, Lost: in.Lost + 1}
				return j.enqueue(tx, row, generateQueue, generateID(next.ID, next.Round), next, pause)
			},
			log: func(ctx context.Context) {
				log.Log(ctx, slog.LevelWarn, "a picture's file is not here; it is drawn again", "pause", pause.Round(time.Millisecond))
			},
		}
	case err != nil && j.again(row, in, err, now):
		pause := backoff(firstAgain, lastAgain, in.Round)
		if demand, ok := errors.AsType[*commands.RetryError](err); ok {
			pause = max(pause, min(demand.After, j.HoldFor)) // one as long has its last try then
		}
		return record{
			persist: func(ctx context.Context, tx *sql.Tx) error {
				if !in.Cancelled {
					if err := store.HoldDelivery(ctx, tx, row.ID, in.Round); err != nil {
						return err
					}
				}
				return j.enqueueDelivery(tx, row, run{ID: in.ID, Round: in.Round + 1, Cancelled: in.Cancelled, Lost: in.Lost}, pause)
			},
			log: func(ctx context.Context) {
				log.Log(ctx, slog.LevelWarn, "an answer could not be delivered yet; it is kept and tried again", "try", in.Round+1, "pause", pause.Round(time.Millisecond), "cause", err)
			},
		}
	}
	// An admin who cannot be told of a report is the operator's to mend.
	closed := errors.Is(err, commands.ErrClosed) && !tells(row)
	lost := err != nil && !closed
	state := store.Done
	switch words, unread := said(row); {
	case row.State == store.Cancelled:
		state = store.Cancelled
	case !lost && words.Refused && len(receipt.Images) == 0:
		state = store.Refused
	case lost || unread != nil || words.Failed && len(receipt.Images) == 0:
		state = store.Failed
	case closed:
		state = store.Refused
	}
	return record{
		persist: func(ctx context.Context, tx *sql.Tx) error {
			if err := store.Finish(ctx, tx, row.ID, state, receipt.MessageID, receipt.Link, now); err != nil {
				return err
			}
			if tells(row) { // the picture is another request's
				return nil
			}
			for i, image := range receipt.Images {
				if err := store.Located(ctx, tx, row.ID, i+1, image.MessageID, image.File.Data); err != nil {
					return err
				}
			}
			keys, err := store.Keys(ctx, tx, row.ID)
			if err != nil {
				return err
			}
			if row.Shows != "" {
				j.removeCopies(row, keys)
			}
			unused := row.AskedFor - len(keys)
			if state == store.Cancelled && !row.StartedAt.IsZero() && row.HeldSince.IsZero() {
				unused = 0 // the service was at work on it
			}
			if unused > 0 {
				if err := store.AddUsage(ctx, tx, day(row.AcceptedAt), -unused, j.counted(row)...); err != nil {
					return err
				}
			}
			if state != store.Done {
				return nil
			}
			return store.AddDuration(ctx, tx, row.SizeClass, took(row), now)
		},
		log: func(ctx context.Context) {
			level := slog.LevelInfo
			if lost {
				level = slog.LevelError
			}
			job, unread := j.past(row)
			log.Log(ctx, level, "a request is over", j.facts(row, job, state, receipt, err, now)...)
			if j.Over == nil || unread != nil {
				return
			}
			generated, delivered := time.Duration(0), time.Duration(0)
			if state == store.Done {
				generated, delivered = row.DrawnAt.Sub(row.AcceptedAt), now.Sub(row.AcceptedAt)
			}
			j.Over(row.Platform, job.Request.Command, state, generated, delivered)
		},
	}
}

// removeCopies removes the files of a request that showed a picture again: they
// are that picture once more, and nothing reads them after the delivery. Going
// with its record, they outlive no crash; without it they are copied anew.
func (j *Jobs) removeCopies(row store.Request, keys []string) {
	for _, key := range keys {
		if err := j.Files.Remove(key); err != nil {
			j.Log.Warn("a copy of a picture stays until old files are removed", "platform", row.Platform, "job", row.ID, "cause", err)
		}
	}
}

// errElsewhere is that another process has the picture's file.
var errElsewhere = errors.New("the picture's file is with another process")

// elsewhere reports whether another process that is alive drew the request, as
// far as the database says.
func (j *Jobs) elsewhere(ctx context.Context, row store.Request) bool {
	alive, err := j.Store.Alive(ctx, deadAfter)
	return row.Executor != j.Executor && (err != nil || alive[row.Executor])
}

// again says whether a delivery that failed is tried again later.
func (j *Jobs) again(row store.Request, in run, err error, now time.Time) bool {
	if errors.Is(err, commands.ErrUndeliverable) {
		return false
	}
	if in.Cancelled {
		return in.Round < j.tellings()
	}
	return now.Sub(row.DrawnAt) < j.HoldFor
}

// facts are what the one line about a request says.
func (j *Jobs) facts(row store.Request, job commands.Job, state string, receipt commands.Receipt, err error, now time.Time) []any {
	facts := []any{"outcome", state, "rounds", row.Round + 1, "command", job.Request.Command}
	if job.Generate.Width > 0 {
		facts = append(facts, "model", job.Generate.Model, "size", fmt.Sprintf("%dx%d", job.Generate.Width, job.Generate.Height))
	}
	if !row.StartedAt.IsZero() {
		facts = append(facts, "waited", row.StartedAt.Sub(row.AcceptedAt))
	}
	if !row.DrawnAt.IsZero() {
		facts = append(facts, "drawn", took(row), "delivered", now.Sub(row.DrawnAt).Round(time.Millisecond))
	}
	if receipt.MessageID != "" {
		facts = append(facts, "message", receipt.MessageID)
	}
	if err != nil {
		facts = append(facts, "cause", err)
	}
	return facts
}

// took is how long the picture took; 0 when the clock was put back meanwhile, or
// nothing was drawn.
func took(row store.Request) time.Duration {
	if row.StartedAt.IsZero() {
		return 0
	}
	return max(row.DrawnAt.Sub(row.StartedAt), 0)
}

// day is the day in UTC that a request counts for.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
