package kelly

import (
	"context"
	"fmt"
	"io"
)

// A Budget is bounded memory for pictures that come from elsewhere than a
// Client. It is safe for concurrent use.
type Budget struct{ arena *arena }

// NewBudget returns a budget of so many bytes, which must be positive.
func NewBudget(bytes int) *Budget { return &Budget{newArena(bytes)} }

// Load reads a picture of size bytes, which was received before and kept, and
// waits until there is room for it. It fails with the context's error, the
// reader's, or ErrInvalidContent or ErrTooLarge.
func (b *Budget) Load(ctx context.Context, r io.Reader, size int64) (*Picture, error) {
	if size > int64(b.arena.size) {
		return nil, &Error{Kind: ErrTooLarge, Op: "load", cause: fmt.Sprintf("the memory budget is %d bytes", b.arena.size)}
	}
	room, err := b.arena.reserve(ctx, int(size))
	if err != nil {
		return nil, fmt.Errorf("kelly: load: %w", err)
	}
	memory := room.bytes()[:size]
	if _, err := io.ReadFull(r, memory); err != nil {
		room.release()
		return nil, fmt.Errorf("kelly: load: %w", err)
	}
	p, e := newPicture(memory)
	if e != nil {
		room.release()
		e.Op = "load"
		return nil, e
	}
	p.lease.Store(room)
	return p, nil
}
