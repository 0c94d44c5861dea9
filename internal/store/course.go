package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Each step on a request's course is one statement that names the state it
// starts from: of two processes that take the same step, one gets ErrGone.

// Begin takes the request of that round for drawing by the executor, and
// returns the number of the attempt, which fences: what an older attempt
// reports is refused.
func Begin(ctx context.Context, e Execer, id string, round int, executor string, now time.Time) (attempt int, err error) {
	err = e.QueryRowContext(ctx, `
		UPDATE requests SET state = 'drawing', attempts = attempts + 1, started_at = $3, executor = $4
		WHERE id = $1 AND round = $2 AND state IN ('waiting', 'drawing', 'held')
		RETURNING attempts`, id, round, now.UnixMilli(), executor).Scan(&attempt)
	return attempt, oneRow(err, "begin a request")
}

// Settle records what the attempt has found out about the request's job before
// it draws.
func Settle(ctx context.Context, tx Execer, id string, attempt int, body []byte, sizeClass string) error {
	return step(ctx, tx, "settle a request", `
		UPDATE requests SET body = $3, size_class = $4
		WHERE id = $1 AND attempts = $2 AND state = 'drawing'`, id, attempt, string(body), sizeClass)
}

// Drawn records that the attempt has come to an end: the request is to be
// delivered, with its pictures and with words, which may be nil.
func Drawn(ctx context.Context, tx Execer, id string, attempt int, words []byte, now time.Time) error {
	return step(ctx, tx, "record an answer", `
		UPDATE requests SET state = 'delivering', words = $3, drawn_at = $4
		WHERE id = $1 AND attempts = $2 AND state = 'drawing'`, id, attempt, text(words), now.UnixMilli())
}

// What a held request waits for.
const (
	ForService = "away"    // the picture service is away
	ForTime    = "timeout" // it took too long
	ForRoom    = "room"    // there is no room for the picture
)

// Hold puts the request of that round aside, after the attempt: its next round
// begins.
func Hold(ctx context.Context, tx Execer, id string, round, attempt int, heldFor string, now time.Time) error {
	timeouts := 0
	if heldFor == ForTime {
		timeouts = 1
	}
	return step(ctx, tx, "hold a request", `
		UPDATE requests SET state = 'held', held_for = $3, round = round + 1, timeouts = timeouts + $4, held_since = coalesce(held_since, $5)
		WHERE id = $1 AND round = $2 AND attempts = $6 AND state IN ('waiting', 'drawing', 'held')`, id, round, heldFor, timeouts, now.UnixMilli(), attempt)
}

// HoldDelivery puts the delivery of that round aside: its next round begins.
func HoldDelivery(ctx context.Context, tx Execer, id string, round int) error {
	return step(ctx, tx, "hold a delivery", `
		UPDATE requests SET deliver_round = deliver_round + 1
		WHERE id = $1 AND deliver_round = $2 AND state = 'delivering'`, id, round)
}

// Expire ends a request of that round that waits or is held, with the words
// that say why there is no picture: it is to be delivered.
func Expire(ctx context.Context, tx Execer, id string, round int, words []byte, now time.Time) error {
	return step(ctx, tx, "end a request", `
		UPDATE requests SET state = 'delivering', words = $3, drawn_at = $4
		WHERE id = $1 AND round = $2 AND state IN ('waiting', 'held')`, id, round, text(words), now.UnixMilli())
}

// Redraw puts a request whose pictures are lost back in line, for its next
// round of both: the delivery of that round has found it out.
func Redraw(ctx context.Context, tx Execer, id string, deliverRound int) error {
	if err := step(ctx, tx, "draw a request again", `
		UPDATE requests SET state = 'waiting', round = round + 1, deliver_round = deliver_round + 1, words = NULL, drawn_at = NULL
		WHERE id = $1 AND deliver_round = $2 AND state = 'delivering' AND EXISTS (SELECT 1 FROM pictures WHERE request_id = requests.id)`, id, deliverRound); err != nil {
		return err
	}
	return dropPictures(ctx, tx, id)
}

// Lose gives a request whose pictures are lost an answer in words instead, for
// the next round of its delivery: that of deliverRound has found it out.
func Lose(ctx context.Context, tx Execer, id string, deliverRound int, words []byte) error {
	if err := step(ctx, tx, "give up lost pictures", `
		UPDATE requests SET deliver_round = deliver_round + 1, words = $3
		WHERE id = $1 AND deliver_round = $2 AND state = 'delivering'`, id, deliverRound, text(words)); err != nil {
		return err
	}
	return dropPictures(ctx, tx, id)
}

// dropPictures removes what is recorded of a request's pictures.
func dropPictures(ctx context.Context, tx Execer, id string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM pictures WHERE request_id = $1`, id); err != nil {
		return fmt.Errorf("drop lost pictures: %w", err)
	}
	return nil
}

// Finish ends a delivery as Done, Failed or Refused, or, with Cancelled, records that
// the end of a cancelled request was told. It wipes the address. message is
// the platform's id of the answer, and link leads to it; either may be "".
func Finish(ctx context.Context, tx Execer, id, state, message, link string, now time.Time) error {
	from := Delivering
	if state == Cancelled {
		from = Cancelled
	}
	return step(ctx, tx, "finish a request", `
		UPDATE requests SET state = $2, message_id = $3, link = $4, address = NULL, finished_at = coalesce(finished_at, $5)
		WHERE id = $1 AND state = $6 AND address IS NOT NULL`,
		id, state, unlessEmpty(message), unlessEmpty(link), now.UnixMilli(), from)
}

// Retry takes the one retry that a failed request has: what failed is not told
// any more. It returns ErrGone when it was taken before.
func Retry(ctx context.Context, tx Execer, id string) error {
	return step(ctx, tx, "retry a request", `UPDATE requests SET words = NULL WHERE id = $1 AND state = 'failed' AND words IS NOT NULL`, id)
}

// Again marks that a request that failed, was refused or cancelled is asked for anew:
// what failed is not told any more.
func Again(ctx context.Context, tx Execer, id string) error {
	return step(ctx, tx, "ask for a request again", `UPDATE requests SET words = NULL WHERE id = $1 AND state IN ('failed', 'refused', 'cancelled')`, id)
}

// Cancel ends a request that waits, is drawn or is held, and returns its
// round. It keeps its address until Finish. event is what asked for it, or "".
func Cancel(ctx context.Context, tx Execer, id, event string, now time.Time) (round int, err error) {
	err = tx.QueryRowContext(ctx, `
		UPDATE requests SET state = 'cancelled', finished_at = $2, cancelled_by = $3
		WHERE id = $1 AND state IN ('waiting', 'drawing', 'held')
		RETURNING round`, id, now.UnixMilli(), unlessEmpty(event)).Scan(&round)
	return round, oneRow(err, "cancel a request")
}

// HasCancelled reports whether the event has cancelled a request.
func HasCancelled(ctx context.Context, tx Execer, event string) (bool, error) {
	return exists(ctx, tx, hasCancelledQuery, event)
}

const hasCancelledQuery = `SELECT EXISTS (SELECT 1 FROM requests WHERE cancelled_by = $1)`

// step runs a statement that must touch the one row it is for.
func step(ctx context.Context, tx Execer, what, statement string, args ...any) error {
	touched, err := some(tx.ExecContext(ctx, statement, args...))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !touched {
		return ErrGone
	}
	return nil
}

// oneRow is the error of a statement that returns the one row it touched.
func oneRow(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrGone
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
