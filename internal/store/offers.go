package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// maxOffers is how many offers of one user are kept.
const maxOffers = 50

// An Offer is a request that a button asks for.
type Offer struct {
	ID    string // short
	Scope string // of the user who may press it, as of settings
	Body  []byte // JSON, which is not looked into here
	At    time.Time
}

// AddOffers keeps offers of one user, and of theirs the newest alone.
func AddOffers(ctx context.Context, tx Execer, offers []Offer) error {
	if len(offers) == 0 {
		return nil
	}
	for _, o := range offers {
		if _, err := tx.ExecContext(ctx, `INSERT INTO offers (id, scope, body, at) VALUES ($1, $2, $3, $4)`,
			o.ID, o.Scope, string(o.Body), o.At.UnixMilli()); err != nil {
			return fmt.Errorf("keep an offer: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM offers WHERE scope = $1 AND id NOT IN
		(SELECT id FROM offers WHERE scope = $1 ORDER BY at DESC, id LIMIT $2)`, offers[0].Scope, maxOffers); err != nil {
		return fmt.Errorf("delete the oldest offers: %w", err)
	}
	return nil
}

// Offer returns the offer of that id, or ErrGone.
func (s *Store) Offer(ctx context.Context, id string) (o Offer, err error) {
	err = s.Read.QueryRowContext(ctx, `SELECT id, scope, body, at FROM offers WHERE id = $1`, id).Scan(&o.ID, &o.Scope, &o.Body, moment{&o.At})
	return o, oneRow(err, "look for an offer")
}

// TakeOffer removes the offer: of all who take it, one does not get ErrGone.
func (s *Store) TakeOffer(ctx context.Context, id string) error {
	return step(ctx, s.DB, "take an offer", `DELETE FROM offers WHERE id = $1`, id)
}

// Offers returns a user's offers, the newest first.
func (s *Store) Offers(ctx context.Context, scope string) ([]Offer, error) {
	rows, err := s.Read.QueryContext(ctx, `SELECT id, scope, body, at FROM offers WHERE scope = $1 ORDER BY at DESC, id`, scope)
	offers, err := collect(rows, err, func(rows *sql.Rows) (o Offer, err error) {
		return o, rows.Scan(&o.ID, &o.Scope, &o.Body, moment{&o.At})
	})
	if err != nil {
		return nil, fmt.Errorf("list a user's offers: %w", err)
	}
	return offers, nil
}

// PruneOffers removes the offers that were made before the time.
func (s *Store) PruneOffers(ctx context.Context, before time.Time) error {
	if _, err := s.DB.ExecContext(ctx, `DELETE FROM offers WHERE at < $1`, before.UnixMilli()); err != nil {
		return fmt.Errorf("delete old offers: %w", err)
	}
	return nil
}
