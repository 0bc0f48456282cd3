package projector

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/aeon-es/aeon/store"
)

// seenCache remembers what was seen of which key, so that news which come again cost no request. It decides nothing
// else: what a projector writes depends on what it has read. Safe for concurrent use.
type seenCache struct {
	mu   sync.Mutex
	seen *lru.LRU[seenKey, store.Revision]
}

type seenKey struct {
	registration string // rows that were dropped and made anew have another
	key          string
}

// cachedKeys is how many are remembered: about a megabyte.
const cachedKeys = 10_000

func newSeenCache() *seenCache {
	seen, err := lru.NewLRU[seenKey, store.Revision](cachedKeys, nil)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &seenCache{seen: seen}
}

// get is the last revision that is known to be seen; 0 if none is.
func (c *seenCache) get(v active, key string) store.Revision {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, _ := c.seen.Get(seenKey{v.registration, key})
	return r
}

// saw takes note of what was read or written.
func (c *seenCache) saw(v active, key string, r store.Revision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := seenKey{v.registration, key}
	if known, _ := c.seen.Peek(id); r > known {
		c.seen.Add(id, r)
	}
}
