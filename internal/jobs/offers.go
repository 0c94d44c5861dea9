package jobs

import (
	"context"
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
	var offers []store.Offer
	now := time.Now()
	for _, request := range requests {
		body, err := json.Marshal(request)
		if err != nil {
			return nil, fmt.Errorf("keep an offer: %w", err)
		}
		id := store.NewShort()
		ids = append(ids, id)
		offers = append(offers, store.Offer{ID: id, Scope: string(commands.UserScope(by)), Body: body, At: now})
	}
	return ids, j.Store.AddOffers(ctx, offers)
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
