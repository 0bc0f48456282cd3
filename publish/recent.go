package publish

import (
	"sync"

	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/aeon-es/aeon/store"
)

// remembered is how many events a consumer remembers to have published.
const remembered = 10_000

// recent are the events that this process published last. Where one of a batch fails, all behind it comes again, and
// again while it keeps failing: what is known to be published isn't sent each time. To forget is always safe.
type recent struct {
	mu        sync.Mutex
	positions *lru.LRU[store.Position, struct{}]
}

func newRecent() *recent {
	positions, err := lru.NewLRU[store.Position, struct{}](remembered, nil)
	if err != nil {
		panic(err) // never: it objects to sizes below 1 alone
	}
	return &recent{positions: positions}
}

func (r *recent) add(p store.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.positions.Add(p, struct{}{})
}

func (r *recent) has(p store.Position) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.positions.Contains(p)
}
