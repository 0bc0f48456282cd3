package simulation

import (
	"sync"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// promises are the doorbells that were answered for, and the versions of views that are kept up to date. What was answered for is
// seen, or somebody is left to see to it: the key is parked, or a redrive message waits.
type promises struct {
	mu      sync.Mutex
	rung    map[string]store.Revision // the last revision of each key that a doorbell told of which was answered for
	retired map[string]bool           // views whose first version isn't kept up to date any more
	rebuilt map[string]bool           // views whose second version is complete
}

func newPromises() *promises {
	return &promises{rung: map[string]store.Revision{}, retired: map[string]bool{}, rebuilt: map[string]bool{}}
}

// retire is called before the first version of a view is unregistered.
func (p *promises) retire(view string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired[view] = true
}

// complete is called when the second version of a view is rebuilt.
func (p *promises) complete(view string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rebuilt[view] = true
}

// versions are those that must keep what is promised.
func (p *promises) versions(view string) []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []int
	if !p.retired[view] {
		all = append(all, 1)
	}
	if p.rebuilt[view] {
		all = append(all, 2)
	}
	return all
}

// answeredFor takes note of the doorbells that a function has answered for, and holds it to them.
func (w *world) answeredFor(bells []projector.Doorbell) {
	w.promises.mu.Lock()
	for _, b := range bells {
		w.promises.rung[b.Key] = max(w.promises.rung[b.Key], b.Revision)
	}
	w.promises.mu.Unlock()
	for _, b := range bells {
		for _, view := range []string{"tallies", "shared", shippingName} {
			w.expectKept(view, b.Key)
		}
	}
}

// expectKept makes sure that somebody is left to see to what was answered for of a key, or that it is seen.
func (w *world) expectKept(view, key string) {
	w.promises.mu.Lock()
	revision := w.promises.rung[key]
	w.promises.mu.Unlock()
	for _, version := range w.promises.versions(view) {
		if err := w.oracle.Left(view, version, key, revision); err != nil {
			w.failf("it was answered for, but %w", err)
		}
	}
}
