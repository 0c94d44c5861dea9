package telegram

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"kellybot/bots"
	"kellybot/internal/imaging"
)

// post sends a message or an album, and sends it again in another way where a
// refusal tells which. It returns one sentMessage for each picture; of what
// was delivered although its receipt cannot be read, they are empty.
func (a *Adapter) post(ctx context.Context, m *message) ([]sentMessage, error) {
	for {
		if err := a.fit(ctx, m); err != nil {
			return nil, err
		}
		sent, err := a.send(ctx, m)
		if errors.Is(err, errOddResult) {
			// It was delivered; only its receipt is lost.
			a.log.Warn("a message was sent, but its receipt cannot be read", "cause", err)
			return make([]sentMessage, len(m.pieces())), nil
		}
		refused, ok := errors.AsType[*apiError](err)
		if ok && refused.MigratedTo != 0 {
			a.moved(ctx, decimal(m.to.Chat), decimal(refused.MigratedTo))
		}
		if ok && m.adapt(refused) || errors.Is(err, bots.ErrCut) && a.lighten(ctx, m) {
			continue
		}
		return sent, err
	}
}

// lighten makes the picture of a message smaller whose uploads were cut, once,
// for it may be the line as well. It reports whether that can be done.
func (a *Adapter) lighten(ctx context.Context, m *message) bool {
	if m.ladder == nil || len(m.album) > 0 || m.lighter {
		return false
	}
	m.lighter = true
	m.ladder.most = bots.TakenByAll
	m.way = m.ladder.best()
	return a.fit(ctx, m) == nil && m.form != inWords
}

// fit makes a smaller picture where the message's way needs one, which then
// serves all its attempts. Where none can be made the way becomes another.
func (a *Adapter) fit(ctx context.Context, m *message) error {
	for m.form != inWords && m.ladder != nil && m.ladder.fitting(m.way) == nil {
		image := m.ladder.image
		jpeg, err := imaging.Fit(ctx, image.Picture, m.most)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			a.log.Warn("a picture that is too large for Telegram cannot be made smaller", "chat", m.to.Chat, "cause", err)
			m.ladder.rigid = true
			m.way = m.ladder.best()
		default:
			smaller := *image
			smaller.Name, smaller.Picture = renamed(image.Name, string(jpeg.Format)), jpeg
			m.ladder.smaller = &smaller
		}
	}
	return nil
}

// send sends a message, in several attempts when faults come up that may pass,
// and in one more when it may have arrived.
func (a *Adapter) send(ctx context.Context, m *message) (sent []sentMessage, err error) {
	lost := false // the answer to the last attempt
	err = bots.Retry(ctx, sendAttempts, func(ctx context.Context) error {
		if lost {
			a.log.Warn("an answer of Telegram was lost; the message is sent again and may be there twice", "chat", m.to.Chat)
		}
		var err error
		sent, err = a.sendOnce(ctx, m)
		if err == nil || ctx.Err() != nil || errors.Is(err, errOddResult) {
			return err
		}
		if lost = mayHaveArrived(err) && m.edit == 0; lost && m.unsure {
			return err
		}
		m.unsure = m.unsure || lost
		refused, ok := errors.AsType[*apiError](err)
		switch {
		case !ok:
			return bots.Again(err, 0)
		case refused.passing() && refused.RetryAfter <= m.longest:
			return bots.Again(err, refused.RetryAfter)
		case refused.passing():
			return bots.Demanding(err, refused.RetryAfter)
		}
		return err
	})
	return sent, err
}

func (a *Adapter) sendOnce(ctx context.Context, m *message) ([]sentMessage, error) {
	sent := make([]sentMessage, 1)
	var result any = &sent[0]
	if len(m.album) > 0 {
		result = &sent
	}
	err := a.submit(ctx, m, result)
	if err == nil && len(sent) != len(m.pieces()) {
		err = errOddResult
	}
	return sent, err
}

// submit makes the call that sends the message, and decodes its result.
func (a *Adapter) submit(ctx context.Context, m *message, result any) error {
	method, params := m.params()
	files := m.uploads()
	if len(files) == 0 {
		return a.call(ctx, callTime, method, params, result)
	}
	select {
	case a.uploads <- struct{}{}:
		defer func() { <-a.uploads }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var parts []bots.Part
	for _, key := range slices.Sorted(maps.Keys(params)) {
		parts = append(parts, bots.Part{Name: key, Body: []byte(params[key])})
	}
	client := &http.Client{Transport: a.transport}
	_, answer, err := bots.NewForm(append(parts, files...)...).Do(ctx, client, "POST", a.url+"/bot"+placeholder+"/"+method, nil) //nolint:bodyclose // Do has closed it
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return decode(method, answer, result)
}
