package projector

import (
	"sync"

	"github.com/aeon-es/aeon/store"
)

// waiters are who waits for events to show in a view. What this projector writes they hear of at once; what another process writes they find
// when they look again.
type waiters struct {
	mu    sync.Mutex
	byKey map[viewKey]map[*waiter]store.Revision // which one each waits for
}

func newWaiters() *waiters { return &waiters{byKey: map[viewKey]map[*waiter]store.Revision{}} }

type viewKey struct{ view, key string }

// waiter is one of them.
type waiter struct {
	told chan struct{} // holds one word: look again
	keys []KeyRevision
}

// join begins to listen. The first word is about what is written from now on.
func (w *waiters) join(view string, keys []KeyRevision) *waiter {
	w.mu.Lock()
	defer w.mu.Unlock()
	joined := &waiter{told: make(chan struct{}, 1), keys: keys}
	for _, k := range keys {
		at := viewKey{view, k.Key}
		if w.byKey[at] == nil {
			w.byKey[at] = map[*waiter]store.Revision{}
		}
		w.byKey[at][joined] = k.Revision
	}
	return joined
}

func (w *waiters) leave(view string, joined *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range joined.keys {
		at := viewKey{view, k.Key}
		if delete(w.byKey[at], joined); len(w.byKey[at]) == 0 {
			delete(w.byKey, at)
		}
	}
}

// tell has those look again for whom a view now stands far enough with a key, or will get no further.
func (w *waiters) tell(view, key string, at Stored) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for joined, revision := range w.byKey[viewKey{view, key}] {
		if at.Seen < revision && at.Parked == nil {
			continue
		}
		select {
		case joined.told <- struct{}{}:
		default: // it has one to hear yet
		}
	}
}
