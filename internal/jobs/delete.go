package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kellybot/commands"
	"kellybot/internal/store"
)

// Delete implements commands.Pictures. No other messages are deleted than those
// that show the picture, whatever a command replies to or a button's message is
// said to be.
func (j *Jobs) Delete(ctx context.Context, by *commands.Request, id string) error {
	row, _, err := j.visible(ctx, by, id)
	if errors.Is(err, commands.ErrNoPicture) {
		return j.deleteUnknown(ctx, by)
	}
	if err != nil {
		return err
	}
	shown, err := j.shownAgain(ctx, by, row)
	if err != nil {
		return err
	}
	own := row.User == by.User.ID
	switch {
	case !own && !by.Moderator && (shown.ID == "" || shown.User != by.User.ID):
		return commands.ErrNotYours
	case row.Chat == by.Chat.ID && (own || by.Moderator):
		return j.deleteAll(ctx, by, row, shown)
	case shown.ID == "":
		return j.deleteUnknown(ctx, by)
	}
	// What was shown again is theirs, and the picture stays where it was.
	return j.deleteShown(ctx, by, shown)
}

// deleteUnknown deletes a message of which nothing is stored any more: whoever
// asked for it is forgotten, or its time is over. Buttons that are pressed stand
// below messages of the bot's own, and a moderator may delete any message here.
func (j *Jobs) deleteUnknown(ctx context.Context, by *commands.Request) error {
	if !by.Pressed || !by.Moderator {
		return commands.ErrNoPicture
	}
	return j.Deliver.Remove(ctx, by.Address, []string{by.Message})
}

// shownAgain returns the request that showed one of row's pictures again in the
// message whose button was pressed; without an ID when none did.
func (j *Jobs) shownAgain(ctx context.Context, by *commands.Request, row store.Request) (store.Request, error) {
	shown, _, err := j.Store.Of(ctx, by.Address.Platform, by.Chat.ID, by.Message)
	if errors.Is(err, store.ErrGone) {
		return store.Request{}, nil
	}
	if short, _, _ := commands.ParsePictureID(shown.Shows); err != nil || short != row.Short {
		return store.Request{}, err
	}
	return shown, nil
}

// deleteShown deletes the answer that showed a picture again.
func (j *Jobs) deleteShown(ctx context.Context, by *commands.Request, shown store.Request) error {
	messages, keys, err := j.messages(ctx, shown)
	if err != nil {
		return err
	}
	if err := j.Deliver.Remove(ctx, by.Address, messages); err != nil {
		return err
	}
	return j.dropped(ctx, keys, shown)
}

// deleteAll deletes the request's answer and its pictures' files, and what shows
// one again with the button that was pressed. The error is commands.ErrStays
// when the files alone could be.
func (j *Jobs) deleteAll(ctx context.Context, by *commands.Request, row, shown store.Request) error {
	if row.State != store.Done { // its messages are not known yet
		return commands.ErrPending
	}
	messages, keys, err := j.messages(ctx, row)
	if err != nil {
		return err
	}
	if shown.ID != "" {
		again, copies, err := j.messages(ctx, shown)
		if err != nil {
			return err
		}
		messages, keys = append(messages, again...), append(keys, copies...)
	}
	removed := j.Deliver.Remove(ctx, by.Address, messages)
	if errors.Is(removed, commands.ErrTooOld) {
		removed = fmt.Errorf("%w: %w", commands.ErrStays, removed)
	} else if removed != nil {
		return removed
	}
	if err := j.dropped(ctx, keys, row, shown); err != nil {
		return err
	}
	return removed
}

// messages are those of the request's answer, and keys those of its files.
func (j *Jobs) messages(ctx context.Context, row store.Request) (messages, keys []string, err error) {
	pictures, err := j.Store.Pictures(ctx, row.ID)
	if err != nil {
		return nil, nil, err
	}
	messages = []string{row.Message}
	for _, p := range pictures {
		messages, keys = append(messages, p.Message), append(keys, p.Key)
	}
	slices.Sort(messages)
	return slices.DeleteFunc(slices.Compact(messages), func(id string) bool { return id == "" }), keys, nil
}

// dropped records that the requests' answers are deleted, and removes the files.
func (j *Jobs) dropped(ctx context.Context, keys []string, rows ...store.Request) error {
	for _, row := range rows {
		err := store.MarkDeleted(ctx, j.Store.DB, row.ID, time.Now())
		if err != nil && !errors.Is(err, store.ErrGone) { // which it is when it was recorded before
			return err
		}
	}
	for _, key := range keys {
		if err := j.Files.Remove(key); err != nil {
			return err
		}
	}
	return nil
}
