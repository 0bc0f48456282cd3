package store

import (
	"context"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"
)

// knownHeads is how many keys' heads a store remembers.
const knownHeads = 10_000

// turns lets the appends of one process to one key go one after another, and remembers the heads they
// leave behind. Safe for concurrent use.
type turns struct {
	mu    sync.Mutex
	taken map[string]*turn
	heads *lru.LRU[string, Head]
}

// turn is one key's; its channel holds a token while an append has it.
type turn struct {
	busy  chan struct{}
	users int // having it or waiting for it
}

func newTurns() *turns {
	heads, err := lru.NewLRU[string, Head](knownHeads, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &turns{taken: map[string]*turn{}, heads: heads}
}

// take waits for the key's turn. Who got it calls done.
func (t *turns) take(ctx context.Context, key string) (done func(), err error) {
	mine := t.join(key)
	select {
	case mine.busy <- struct{}{}:
		return func() { <-mine.busy; t.leave(key, mine) }, nil
	case <-ctx.Done():
		t.leave(key, mine)
		return nil, ctx.Err()
	}
}

func (t *turns) join(key string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.taken[key]
	if mine == nil {
		mine = &turn{busy: make(chan struct{}, 1)}
		t.taken[key] = mine
	}
	mine.users++
	return mine
}

func (t *turns) leave(key string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.taken, key)
	}
}

// known is the latest head of the key that this store has seen, if it remembers one.
func (t *turns) known(key string) (Head, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.heads.Get(key)
}

// saw remembers h unless a later head of its key is known: heads only grow.
func (t *turns) saw(h Head) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.heads.Peek(h.key); !ok || known.revision < h.revision {
		t.heads.Add(h.key, h)
	}
}
