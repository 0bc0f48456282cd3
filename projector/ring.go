package projector

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// atOnce is how many (view, key) pairs of a batch are caught up side by side.
const atOnce = 16

// Doorbell says that a key may have news.
type Doorbell struct {
	Key string
	// Revision is the last one it tells of; 0 means whatever there is.
	Revision store.Revision
	// Commit is the commit it tells of, if it carries it: that saves reading it. Its events must be whole.
	Commit *store.Commit
}

// Ring answers a batch of doorbells: every view catches up on every key they name, side by side. It ends
// when all of it is done or has failed. Then a [*BacklogError] tells from which doorbell on to ring again;
// ringing again is always safe.
func (p *Projector) Ring(ctx context.Context, bells []Doorbell) error {
	var all errgroup.Group
	all.SetLimit(atOnce)
	byKey := newsByKey(bells)
	failures := make([]error, len(byKey)*len(p.views))
	for i, key := range byKey {
		for j, v := range p.views {
			if !v.wants(key.key) {
				continue
			}
			all.Go(func() error {
				_, failures[i*len(p.views)+j] = p.catchUp(ctx, v, key.key, key.news)
				return nil
			})
		}
	}
	_ = all.Wait() // each keeps its own failure
	first := len(bells)
	for i, key := range byKey {
		if errors.Join(failures[i*len(p.views):(i+1)*len(p.views)]...) != nil {
			first = min(first, key.first)
		}
	}
	if first == len(bells) {
		return nil
	}
	return &BacklogError{First: first, Err: errors.Join(failures...)}
}

// keyNews is the news of one key, and the first doorbell that told of it.
type keyNews struct {
	key   string
	first int
	news
}

// newsByKey puts together what the doorbells tell of each key, in the order in which the keys first appear.
func newsByKey(bells []Doorbell) []*keyNews {
	var keys []*keyNews
	known := map[string]*keyNews{}
	open := map[string]bool{} // some doorbell named no revision
	for i, b := range bells {
		k := known[b.Key]
		if k == nil {
			k = &keyNews{key: b.Key, first: i}
			known[b.Key] = k
			keys = append(keys, k)
		}
		open[b.Key] = open[b.Key] || b.Revision == 0
		k.revision = max(k.revision, b.Revision)
		if b.Commit != nil {
			k.commits = append(k.commits, b.Commit)
		}
	}
	for _, k := range keys {
		if open[k.key] {
			k.revision = 0
		}
		slices.SortFunc(k.commits, func(a, b *store.Commit) int { return cmp.Compare(a.Revision, b.Revision) })
		k.commits = slices.CompactFunc(k.commits, func(a, b *store.Commit) bool { return a.Revision == b.Revision })
	}
	return keys
}
