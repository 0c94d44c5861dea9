package kelly

import (
	"context"
	"fmt"
	"io"
	"math"
)

// Load reads a picture of size bytes, which was received before and kept
// elsewhere, into memory of the client's budget. It waits for room like
// Generate does. It fails with the context's error, the reader's, or
// ErrInvalidContent or ErrTooLarge.
func (c *Client) Load(ctx context.Context, r io.Reader, size int64) (*Picture, error) {
	if size > int64(c.budget.size) || size > math.MaxInt {
		return nil, &Error{Kind: ErrTooLarge, Op: "load", cause: fmt.Sprintf("the memory budget is %d bytes", c.budget.size)}
	}
	room, err := c.budget.reserve(ctx, int(size))
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
