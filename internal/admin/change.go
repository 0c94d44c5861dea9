package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"kellybot/commands"
	"kellybot/internal/jobs"
	"kellybot/internal/store"
)

// A retried is that a request is drawn again.
type retried struct {
	ID string `json:"id"` // of the new request
	Of string `json:"of"`
}

func (t *Tool) retry(ctx context.Context, db *store.Store, args arguments) (outcome, error) {
	of := strings.ToLower(args.operand)
	var id string
	err := t.operate(db, func(o *jobs.Operator) (err error) {
		id, err = o.Retry(ctx, of)
		return err
	})
	if errors.Is(err, commands.ErrFinished) {
		err = fmt.Errorf("the request %s neither failed nor was refused or cancelled: there is nothing to retry", of)
	}
	if err != nil {
		return nil, explain(of, err)
	}
	return retried{id, of}, nil
}

func (r retried) write(w io.Writer) {
	fmt.Fprintf(w, "The request %s is drawn again, as %s.\n", r.Of, r.ID)
}

// A cancelled is that a request is not drawn.
type cancelled struct {
	ID string `json:"id"`
}

func (t *Tool) cancel(ctx context.Context, db *store.Store, args arguments) (outcome, error) {
	id := strings.ToLower(args.operand)
	err := t.operate(db, func(o *jobs.Operator) error { return o.Cancel(ctx, id) })
	if errors.Is(err, commands.ErrFinished) {
		err = fmt.Errorf("the request %s is over, or drawn already: it cannot be cancelled any more", id)
	}
	if err != nil {
		return nil, explain(id, err)
	}
	return cancelled{id}, nil
}

func (c cancelled) write(w io.Writer) {
	fmt.Fprintf(w, "The request %s is cancelled; its user is told.\n", c.ID)
}

func (t *Tool) operate(db *store.Store, do func(*jobs.Operator) error) error {
	operator, err := jobs.OpenOperator(db, t.Limits, t.Log)
	if err != nil {
		return err
	}
	return errors.Join(do(operator), operator.Close())
}

// explain says for an operator why the request cannot be changed.
func explain(id string, err error) error {
	_, limited := errors.AsType[*commands.LimitError](err)
	_, refused := errors.AsType[*commands.Refusal](err)
	switch {
	case refused:
		return fmt.Errorf("the request %s cannot be retried: its user or chat is banned, or the word list forbids it", id)
	case errors.Is(err, commands.ErrNoRequest):
		return fmt.Errorf("there is no request %s (any more): kellybot admin jobs lists the newest", id)
	case errors.Is(err, commands.ErrPending):
		return fmt.Errorf("the request %s is not over yet, or is being drawn again already: kellybot admin queue shows what is open", id)
	case errors.Is(err, jobs.ErrUnanswerable):
		return fmt.Errorf("the request %s cannot be retried: nothing leads to its user any more, who has to ask again", id)
	case limited:
		return fmt.Errorf("the request %s cannot be retried now, as a limit of the settings is reached: retry it later, or raise the limit", id)
	}
	return err
}

// A copied is that the database was copied.
type copied struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

func (t *Tool) backup(ctx context.Context, db *store.Store, args arguments) (outcome, error) {
	size, err := db.Backup(ctx, args.operand)
	switch fault, _ := errors.AsType[*fs.PathError](err); {
	case errors.Is(err, store.ErrForeign):
		return nil, errors.New("the database is PostgreSQL: copy it by pg_dump --format=custom --file=FILE, with the address in DATABASE_URL")
	case errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("there is a file %s already: name one that does not exist", args.operand)
	case fault != nil:
		return nil, fmt.Errorf("%s cannot be written (%w)", args.operand, fault.Err)
	case err != nil:
		return nil, err
	}
	return copied{args.operand, size}, nil
}

func (c copied) write(w io.Writer) {
	fmt.Fprintf(w, "The database is copied to %s, %d bytes; the pictures are in DATA_DIR/pictures.\n", c.File, c.Bytes)
}
