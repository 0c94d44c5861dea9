package commands

import (
	"fmt"
)

// A usual is what goes where a request does not say: what its style has, and
// else what its requester has set, or its chat.
type usual struct {
	Settings
	style Preset
}

// usual looks up what is set, which the Router has found, and the style that
// is asked for. The error is a Refusal, or ErrBusy.
func (o drawingOptions) usual(g given) (usual, error) {
	set := g.req.preferred
	if set.err != nil {
		return usual{}, fmt.Errorf("%w: %w", ErrBusy, set.err)
	}
	u := usual{Settings: set.settings()}
	name, err := g.value(o.style)
	if err != nil || name == "" {
		return u, err
	}
	var ok bool
	if u.style, ok = set.style(name); !ok {
		return u, o.noStyle(g, name)
	}
	ofStyle := Settings{Model: u.style.Model, Size: u.style.Size}.within(o.cfg)
	u.style.Size = ofStyle.Size
	u.Settings = ofStyle.or(u.Settings)
	return u, nil
}
