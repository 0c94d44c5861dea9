package jobs

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// An engineLog passes on what the engine warns of: it tells its life at Info,
// and at its end that what it was doing was cancelled.
type engineLog struct {
	slog.Handler
	ended *atomic.Bool
}

func (h engineLog) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && !h.ended.Load() && h.Handler.Enabled(ctx, l)
}

func (h engineLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return engineLog{h.Handler.WithAttrs(attrs), h.ended}
}

func (h engineLog) WithGroup(name string) slog.Handler {
	return engineLog{h.Handler.WithGroup(name), h.ended}
}
