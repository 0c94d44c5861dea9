package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// A Picture is one that was drawn for a request.
type Picture struct {
	N             int    // its number among the request's, from 1
	Key           string // of the original's file
	Width, Height int    // pixels; 0 when unknown
	// Copied says that it was made of the platform's copy of its source, as
	// the original was no longer there.
	Copied bool
	Alt    string // what it shows, where the service was asked; or ""
	// Message is the platform's message that shows it, and File the platform's
	// copy of it as JSON, which is not looked into here; "" and nil before
	// the delivery.
	Message string
	File    []byte
}

// AddPicture records a picture that the attempt drew: it is not drawn again.
func AddPicture(ctx context.Context, tx Execer, id string, attempt int, p Picture) error {
	return step(ctx, tx, "record a picture", `
		INSERT INTO pictures (request_id, n, key, width, height, copied, alt)
		SELECT id, $3, $4, $5, $6, $7, $8 FROM requests WHERE id = $1 AND attempts = $2 AND state = 'drawing'
		ON CONFLICT (request_id, n) DO UPDATE SET key = excluded.key, width = excluded.width, height = excluded.height, copied = excluded.copied, alt = excluded.alt`,
		id, attempt, p.N, p.Key, p.Width, p.Height, p.Copied, p.Alt)
}

// Located records where the platform shows a picture.
func Located(ctx context.Context, tx Execer, id string, n int, message string, file []byte) error {
	return step(ctx, tx, "record where a picture is", `
		UPDATE pictures SET message = $3, file = $4 WHERE request_id = $1 AND n = $2`,
		id, n, unlessEmpty(message), text(file))
}

// Pictures returns what was drawn for the request so far, in order.
func (s *Store) Pictures(ctx context.Context, id string) ([]Picture, error) {
	rows, err := s.Read.QueryContext(ctx, `SELECT n, key, width, height, copied, alt, coalesce(message, ''), file
		FROM pictures WHERE request_id = $1 ORDER BY n`, id)
	pictures, err := collect(rows, err, func(rows *sql.Rows) (p Picture, err error) {
		return p, rows.Scan(&p.N, &p.Key, &p.Width, &p.Height, &p.Copied, &p.Alt, &p.Message, &p.File)
	})
	if err != nil {
		return nil, fmt.Errorf("list a request's pictures: %w", err)
	}
	return pictures, nil
}

// Keys returns those of the files of what was drawn for the request so far.
func Keys(ctx context.Context, tx Execer, id string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT key FROM pictures WHERE request_id = $1`, id)
	keys, err := collect(rows, err, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
	if err != nil {
		return nil, fmt.Errorf("list a request's files: %w", err)
	}
	return keys, nil
}

// Of returns the request whose answer the message is or belongs to, and the
// number of the picture that it shows, or 1; or ErrGone.
func (s *Store) Of(ctx context.Context, platform, chat, message string) (r Request, n int, err error) {
	row := s.Read.QueryRowContext(ctx, ofQuery, platform, chat, message)
	var id string
	if err := row.Scan(&id, &n); err != nil {
		return r, 0, oneRow(err, "look for a message")
	}
	r, err = s.Get(ctx, id)
	return r, n, err
}

const ofQuery = `SELECT id, 1 FROM requests WHERE platform = $1 AND chat_id = $2 AND message_id = $3
	UNION ALL
	SELECT r.id, p.n FROM pictures p JOIN requests r ON r.id = p.request_id
	WHERE p.message = $3 AND r.platform = $1 AND r.chat_id = $2
	ORDER BY 2 DESC LIMIT 1`

// History returns the user's answered requests, the newest first, that come
// after the one of that time and id in this order: at most limit of them. Those of other chats than
// chat are left out unless chat is "".
func (s *Store) History(ctx context.Context, platform, user, chat string, after time.Time, id string, limit int) ([]Request, error) {
	rows, err := s.Read.QueryContext(ctx, historyQuery, platform, user, after.UnixMilli(), id, chat, limit)
	all, err := collect(rows, err, func(rows *sql.Rows) (Request, error) { return scan(rows) })
	if err != nil {
		return nil, fmt.Errorf("list a user's pictures: %w", err)
	}
	return all, nil
}

const historyQuery = `SELECT ` + columns + ` FROM requests
	WHERE platform = $1 AND user_id = $2 AND (accepted_at, id) < ($3, $4) AND state = 'done' AND NOT forgotten AND ($5 = '' OR chat_id = $5)
	ORDER BY accepted_at DESC, id DESC LIMIT $6`

// MarkDeleted records that the request's answer was deleted.
func MarkDeleted(ctx context.Context, tx Execer, id string, now time.Time) error {
	return step(ctx, tx, "record a deletion", `UPDATE requests SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL`, id, now.UnixMilli())
}

// ShownIn returns the newest request that shows the picture of that id again in
// the chat, or ErrGone. One whose answer was deleted shows nothing.
func (s *Store) ShownIn(ctx context.Context, picture, platform, chat string) (Request, error) {
	return s.query(ctx, shownInQuery, picture, platform, chat)
}

const shownInQuery = `SELECT ` + columns + ` FROM requests
	WHERE shows = $1 AND platform = $2 AND chat_id = $3 AND state IN ('delivering', 'done') AND deleted_at IS NULL AND NOT forgotten
	AND EXISTS (SELECT 1 FROM pictures p WHERE p.request_id = requests.id)
	ORDER BY accepted_at DESC LIMIT 1`

// Pending reports whether the user has a request of that origin that is not
// answered yet.
func Pending(ctx context.Context, tx Execer, platform, user, origin string) (bool, error) {
	return exists(ctx, tx, pendingQuery, platform, user, origin)
}

// Lately reports whether the user has a request of that origin that was accepted
// between the times and is answered as asked for.
func Lately(ctx context.Context, tx Execer, platform, user, origin string, from, to time.Time) (bool, error) {
	return exists(ctx, tx, latelyQuery, platform, user, origin, from.UnixMilli(), to.UnixMilli())
}

func exists(ctx context.Context, tx Execer, query string, args ...any) (there bool, err error) {
	if err := tx.QueryRowContext(ctx, query, args...).Scan(&there); err != nil {
		return false, fmt.Errorf("look for a request: %w", err)
	}
	return there, nil
}

const (
	pendingQuery = `SELECT EXISTS (SELECT 1 FROM requests WHERE platform = $1 AND user_id = $2 AND origin = $3 AND ` + open + `)`
	latelyQuery  = `SELECT EXISTS (SELECT 1 FROM requests
		WHERE platform = $1 AND user_id = $2 AND accepted_at BETWEEN $4 AND $5 AND origin = $3 AND state = 'done')`
)
