package bots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// MaxUploads is how many uploads an adapter may have under way at once.
const MaxUploads = 8

// TakenByAll is how long an upload may be that nobody finds too large, in bytes:
// what proxies take that nobody told otherwise is 1 MiB, for one.
const TakenByAll = 1_000_000

const (
	// slowLine is the slowest line that must do for MaxUploads uploads together,
	// in bytes a second: 1 Mbit/s.
	slowLine = 125_000
	// stillFor is how long nothing may move on a line with nothing on it.
	stillFor = 30 * time.Second
	// systemHolds is how much of what was sent on a connection the system may
	// hold back, in bytes: Linux's default (tcp_wmem). Once it holds so much it
	// takes more when a third of that has left.
	systemHolds = 4 << 20
)

// ErrStalled is wrapped by the error of an upload that does not move any more.
var ErrStalled = errors.New("the upload does not move any more")

// ErrCut is wrapped by the error of an upload of more than TakenByAll whose
// connection broke before all of it was sent. A peer that finds it too large
// may do so: what it answers is lost when it closes the connection at once.
var ErrCut = errors.New("the connection broke before all was sent")

// UploadTime bounds one attempt to upload so many bytes: what MaxUploads of that
// size take together on a line of 1 Mbit/s, and a minute. An upload that stands
// still ends long before.
func UploadTime(bytes int64) time.Duration { return time.Minute + amongAll(bytes) }

// amongAll is how long so many bytes take at an upload's share of the slow line.
func amongAll(bytes int64) time.Duration {
	return time.Duration(bytes) * MaxUploads * time.Second / slowLine
}

// patience is how long nothing may be seen to move when so much of the length
// has: while the system takes nothing of a piece, or once it has taken all and
// the answer is outstanding.
func patience(moved, length, piece int64) time.Duration {
	held := min(moved, systemHolds)
	if moved < length {
		held = held/3 + piece
	}
	return stillFor + amongAll(held)
}

// A progress sees an upload move, and ends its context when it does not.
type progress struct {
	length int64
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	moved int64
	piece int64 // that is being written at once, unseen
	still *time.Timer
}

// watchUpload returns the context of an upload and its progress, which ends it.
func watchUpload(ctx context.Context, length int64) (context.Context, *progress) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := &progress{length: length, cancel: cancel}
	p.still = time.AfterFunc(patience(0, length, 0), func() { cancel(ErrStalled) })
	return ctx, p
}

// begin starts from the first byte.
func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moved, p.piece = 0, 0
	p.still.Reset(patience(0, p.length, 0))
}

// write notes that a piece of so many bytes is about to be written at once.
func (p *progress) write(piece int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.piece = piece
	p.still.Reset(patience(p.moved, p.length, piece))
}

// move notes that so many bytes more were taken.
func (p *progress) move(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moved += int64(n); n > 0 {
		p.still.Reset(patience(p.moved, p.length, p.piece))
	}
}

func (p *progress) end() {
	p.still.Stop()
	p.cancel(nil)
}

// explain says of the error of an upload when it stood still or was cut.
func (p *progress) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
	case errors.Is(context.Cause(ctx), ErrStalled):
		return fmt.Errorf("%w: %w", ErrStalled, err)
	case ctx.Err() == nil && broke(err) && p.cut():
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return err
}

// cut reports whether some of a long upload has moved, and not all.
func (p *progress) cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.length > TakenByAll && p.moved > 0 && p.moved < p.length
}

// broke reports whether err is a connection's, and no answer.
func broke(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
