package kelly

import (
	"context"
	"slices"
	"sync"
)

// An arena is the one piece of memory that a client's pictures lie in. It
// never grows: who finds no room waits, first come, first served, so that a
// large picture is not overtaken for ever by small ones.
type arena struct {
	size int
	// memory is allocated when it is first used, and its pages become real
	// when a picture is written to them.
	memory func() []byte

	mu      sync.Mutex
	free    []span // by offset; no two touch
	waiting []*waiter
}

type span struct{ offset, size int }

func (s span) end() int { return s.offset + s.size }

type waiter struct {
	size    int
	granted chan *lease // buffered: granting never waits
}

// A lease is a range of the arena. Its memory belongs to the holder until
// release, which must be called once.
type lease struct {
	arena *arena
	span  span
}

// grain keeps ranges on cache lines of their own.
const grain = 64

func newArena(size int) *arena {
	return &arena{
		size:   size,
		memory: sync.OnceValue(func() []byte { return make([]byte, size) }),
		free:   []span{{0, size}},
	}
}

// reserve waits for size bytes, at most the arena's size, that follow one
// another. It fails only with the context's error.
func (a *arena) reserve(ctx context.Context, size int) (*lease, error) {
	w := &waiter{size: a.round(size), granted: make(chan *lease, 1)}
	a.mu.Lock()
	a.waiting = append(a.waiting, w)
	a.grant()
	a.mu.Unlock()

	select {
	case l := <-w.granted:
		return l, nil
	default:
	}
	select {
	case l := <-w.granted:
		return l, nil
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.waiting, w); i >= 0 {
		a.waiting = slices.Delete(a.waiting, i, i+1)
	} else {
		a.put((<-w.granted).span)
	}
	a.grant()
	return nil, context.Cause(ctx)
}

func (a *arena) round(size int) int {
	return min((size+grain-1)/grain*grain, a.size)
}

// grant serves the queue from its head until somebody must wait.
func (a *arena) grant() {
	for len(a.waiting) > 0 {
		w := a.waiting[0]
		i := slices.IndexFunc(a.free, func(s span) bool { return s.size >= w.size })
		if i < 0 {
			return
		}
		s := &a.free[i]
		w.granted <- &lease{arena: a, span: span{s.offset, w.size}}
		s.offset += w.size
		s.size -= w.size
		if s.size == 0 {
			a.free = slices.Delete(a.free, i, i+1)
		}
		a.waiting = slices.Delete(a.waiting, 0, 1)
	}
}

// put makes s free and joins it with its free neighbours.
func (a *arena) put(s span) {
	if s.size == 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(a.free, s.offset, func(f span, offset int) int { return f.offset - offset })
	if i < len(a.free) && a.free[i].offset == s.end() {
		s.size += a.free[i].size
		a.free = slices.Delete(a.free, i, i+1)
	}
	if i > 0 && a.free[i-1].end() == s.offset {
		a.free[i-1].size += s.size
		return
	}
	a.free = slices.Insert(a.free, i, s)
}

// bytes returns the range's memory, with what earlier holders left there.
func (l *lease) bytes() []byte {
	return l.arena.memory()[l.span.offset:l.span.end():l.span.end()]
}

// shrink gives back what lies behind the first size bytes.
func (l *lease) shrink(size int) {
	size = min(l.arena.round(size), l.span.size)
	l.arena.mu.Lock()
	defer l.arena.mu.Unlock()
	l.arena.put(span{l.span.offset + size, l.span.size - size})
	l.span.size = size
	l.arena.grant()
}

func (l *lease) release() { l.shrink(0) }
