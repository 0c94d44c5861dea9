package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kellybot/commands"
)

// Settings implements commands.Preferences.
func (j *Jobs) Settings(ctx context.Context, user, chat commands.Scope) (own, ofChat commands.Settings, err error) {
	ownBody, chatBody, err := j.Store.Settings(ctx, string(user), string(chat))
	if err == nil {
		own, err = settings(ownBody)
	}
	if err == nil {
		ofChat, err = settings(chatBody)
	}
	return own, ofChat, err
}

// settings reads what is stored.
func settings(body []byte) (s commands.Settings, err error) {
	if body == nil {
		return s, nil
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("read stored settings: %w", err)
	}
	return s, nil
}

// Change implements commands.Preferences.
func (j *Jobs) Change(ctx context.Context, scope commands.Scope, change func(*commands.Settings) error) error {
	ctx, cancel := context.WithTimeout(ctx, acceptTime)
	defer cancel()
	return j.Store.ChangeSettings(ctx, string(scope), func(before []byte) ([]byte, error) {
		set, err := settings(before)
		if err != nil {
			return nil, err
		}
		if err := change(&set); err != nil {
			return nil, err
		}
		after, err := json.Marshal(set)
		if err != nil {
			return nil, fmt.Errorf("store settings: %w", err)
		}
		if string(after) == "{}" {
			return nil, nil
		}
		return after, nil
	})
}

// lately is how many requests of a user say what they use.
const lately = 100

// Used implements commands.Preferences.
func (j *Jobs) Used(ctx context.Context, by *commands.Request) ([]string, error) {
	classes, err := j.Store.Classes(ctx, by.Address.Platform, by.User.ID, lately)
	if err != nil {
		return nil, err
	}
	var models []string
	times := map[string]int{}
	for _, class := range classes {
		model, _, of := cutLast(class, "/")
		if !of {
			continue // of work that no model does
		}
		if times[model]++; times[model] == 1 {
			models = append(models, model)
		}
	}
	slices.SortStableFunc(models, func(a, b string) int { return cmp.Compare(times[b], times[a]) })
	return models, nil
}

// cutLast is strings.Cut at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
