package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// offerTime is how long a button may be pressed that asks for something.
const offerTime = 24 * time.Hour

// Offer implements commands.Offers.
func (j *Jobs) Offer(ctx context.Context, by *commands.Request, requests []commands.Request) (ids []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	offers, ids, err := newOffers(by, requests)
	if err != nil {
		return nil, err
	}
	return ids, j.Store.InTx(ctx, func(tx *sql.Tx) error { return store.AddOffers(ctx, tx, offers) })
}

func newOffers(by *commands.Request, requests []commands.Request) (offers []store.Offer, ids []string, err error) {
	now := time.Now()
	for _, request := range requests {
		body, err := json.Marshal(request)
		if err != nil {
			return nil, nil, fmt.Errorf("keep an offer: %w", err)
		}
		id := store.NewShort()
		ids = append(ids, id)
		offers = append(offers, store.Offer{ID: id, Scope: string(commands.UserScope(by)), Body: body, At: now})
	}
	return offers, ids, nil
}

// unstoredOffers are commands.Offers that are left to somebody else's transaction.
type unstoredOffers struct {
	*Jobs
	made []store.Offer
}

// Offer implements commands.Offers.
func (u *unstoredOffers) Offer(_ context.Context, by *commands.Request, requests []commands.Request) (ids []string, err error) {
	u.made, ids, err = newOffers(by, requests)
	return ids, err
}

// Take implements commands.Offers.
func (j *Jobs) Take(ctx context.Context, by *commands.Request, id string) (request commands.Request, err error) {
	offer, err := j.Store.Offer(ctx, id)
	switch {
	case errors.Is(err, store.ErrGone), err == nil && time.Since(offer.At) > offerTime:
		return request, commands.ErrFinished
	case err != nil:
		return request, err
	case offer.Scope != string(commands.UserScope(by)):
		return request, commands.ErrNotYours
	}
	if err := json.Unmarshal(offer.Body, &request); err != nil {
		return request, fmt.Errorf("read an offer: %w", err)
	}
	if err := j.Store.TakeOffer(ctx, id); errors.Is(err, store.ErrGone) {
		return request, commands.ErrFinished
	} else if err != nil {
		return request, err
	}
	return request, nil
}
