package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// States of a request.
const (
	Waiting    = "waiting"    // in line
	Drawing    = "drawing"    // in a worker's slot
	Held       = "held"       // the picture service is away: goes on by itself
	Delivering = "delivering" // its picture or its failure is on the way
	Done       = "done"
	Failed     = "failed"
	Refused    = "refused"   // failed for a reason that is its user's
	Cancelled  = "cancelled" // and yet to be told while it has an address
)

// open is the condition of the index requests_open, word for word.
const open = `state IN ('waiting', 'drawing', 'held', 'delivering')`

// A Request is the row of an accepted request.
type Request struct {
	ID    string // the platform's event id
	Short string // what people name it by; see NewShort

	Platform, User, Chat string

	// Body, Address and Words are JSON, which is not looked into here; nil
	// when there is none, or none any more. Words are the answer as far as it
	// is no pictures, such as why there are none.
	Body, Address, Words []byte

	SizeClass string // model and size class, for the estimate
	State     string
	Round     int    // times it was held
	Delivery  int    // times its delivery was held
	Attempts  int    // times drawing was begun, over all rounds
	Timeouts  int    // times it was held after a time-out
	HeldFor   string // what it waits or waited for; "" while it was never held
	Executor  string // of the newest attempt
	Locale    string // of the requester, a BCP 47 tag or ""
	AskedFor  int    // pictures
	Origin    string // what it is one of at a time for a user, such as a pressed button; "" for none
	Shows     string // the id of the picture that it shows again, or ""
	Message   string // the platform's id of the answer, once delivered
	Link      string // to the answer, where the platform has links
	Deleted   bool   // the answer was deleted

	// The zero Time stands for what has not come yet. StartedAt is of the
	// newest attempt; DrawnAt is when the picture or the failure was ready;
	// HeldSince is of the first failure that held it.
	AcceptedAt, StartedAt, DrawnAt, HeldSince, FinishedAt time.Time
}

// ErrGone is that a request is not in the state that the caller needs any
// more, such as cancelled, or taken over by another process; or there is none.
var ErrGone = errors.New("the request is gone from that state")

// Insert adds a request, which waits. It reports false, and adds nothing, when
// the event was accepted before.
func Insert(ctx context.Context, tx Execer, r Request) (fresh bool, err error) {
	fresh, err = some(tx.ExecContext(ctx, `
		INSERT INTO requests (id, short, platform, user_id, chat_id, body, address, size_class, locale, asked_for, origin, shows, state, accepted_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13)
		ON CONFLICT (id) DO NOTHING`,
		r.ID, r.Short, r.Platform, r.User, r.Chat, text(r.Body), text(r.Address), r.SizeClass, r.Locale, r.AskedFor, unlessEmpty(r.Origin), unlessEmpty(r.Shows), r.AcceptedAt.UnixMilli()))
	if err != nil {
		return false, fmt.Errorf("insert a request: %w", err)
	}
	return fresh, nil
}

// Get returns the request of that id, or ErrGone.
func (s *Store) Get(ctx context.Context, id string) (Request, error) {
	return s.query(ctx, `SELECT `+columns+` FROM requests WHERE id = $1`, id)
}

// Find returns the request of that short id, as people read and type it, or
// ErrGone, which it is from when its requester wants it forgotten.
func (s *Store) Find(ctx context.Context, short string) (Request, error) {
	return s.query(ctx, `SELECT `+columns+` FROM requests WHERE short = $1 AND NOT forgotten`, read.Replace(strings.ToLower(short)))
}

// Newest returns the user's newest request in the chat that waits, is drawn or
// is held, or ErrGone.
func (s *Store) Newest(ctx context.Context, platform, user, chat string) (Request, error) {
	return s.query(ctx, newestQuery, platform, user, chat)
}

const newestQuery = `SELECT ` + columns + ` FROM requests
	WHERE platform = $1 AND user_id = $2 AND chat_id = $3 AND ` + open + ` AND state <> 'delivering'
	ORDER BY accepted_at DESC, id DESC LIMIT 1`

func (s *Store) query(ctx context.Context, query string, args ...any) (Request, error) {
	r, err := scan(s.Read.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return Request{}, ErrGone
	}
	if err != nil {
		return Request{}, fmt.Errorf("read a request: %w", err)
	}
	return r, nil
}

// columns are what scan reads.
const columns = `body, ` + columnsButBody

const columnsButBody = `id, short, platform, user_id, chat_id, address, words, size_class, state,
	round, deliver_round, attempts, timeouts, held_for, executor, locale, asked_for, coalesce(origin, ''), coalesce(shows, ''), coalesce(message_id, ''), coalesce(link, ''), deleted_at IS NOT NULL,
	accepted_at, started_at, drawn_at, held_since, finished_at`

func scan(row interface{ Scan(...any) error }) (r Request, err error) {
	return r, row.Scan(append([]any{&r.Body}, fieldsButBody(&r)...)...)
}

func fieldsButBody(r *Request) []any {
	return []any{&r.ID, &r.Short, &r.Platform, &r.User, &r.Chat, &r.Address, &r.Words, &r.SizeClass, &r.State,
		&r.Round, &r.Delivery, &r.Attempts, &r.Timeouts, &r.HeldFor, &r.Executor, &r.Locale, &r.AskedFor, &r.Origin, &r.Shows, &r.Message, &r.Link, &r.Deleted,
		moment{&r.AcceptedAt}, moment{&r.StartedAt}, moment{&r.DrawnAt}, moment{&r.HeldSince}, moment{&r.FinishedAt}}
}

// A moment reads a time from milliseconds; NULL is the zero Time.
type moment struct{ to *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*m.to = time.Time{}
	case int64:
		*m.to = time.UnixMilli(value)
	default:
		return fmt.Errorf("a time is stored as %T", value)
	}
	return nil
}

// text is JSON as it is stored.
func text(json []byte) sql.NullString {
	return sql.NullString{String: string(json), Valid: json != nil}
}

// unlessEmpty is NULL for "".
func unlessEmpty(s string) sql.NullString {
	return sql.NullString{String: s, Valid: s != ""}
}

// some reports whether a statement touched a row.
func some(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
