package projector

import (
	"cmp"
	"slices"

	"github.com/aeon-es/aeon/store"
)

// Doorbell says that a key may have news.
type Doorbell struct {
	// View is the view that it is for; empty means all of them.
	View string
	Key  string
	// Revision is the last one it tells of; 0 means whatever there is.
	Revision store.Revision
	// Commit is the commit it tells of, if it carries it: that saves reading it. Its events must be whole.
	Commit *store.Commit
}

// news is what doorbells tell of one key.
type news struct {
	revision store.Revision  // there are events up to here; 0: as many as there are
	open     bool            // and perhaps more
	commits  []*store.Commit // carried by the doorbells, ordered by revision, each once
}

// seenBy says whether a row that has seen revision seen has nothing to learn.
func (n news) seenBy(seen store.Revision) bool {
	return !n.open && n.revision > 0 && seen >= n.revision
}

// following is the carried events right behind seen, up to stride of them or the end of a commit.
func (n news) following(seen store.Revision) []store.Committed {
	var events []store.Committed
	for _, c := range n.commits {
		if c.Last() <= seen {
			continue
		}
		if c.Revision > seen+1 || len(events) >= stride {
			break
		}
		for e := range c.All() {
			if e.Revision > seen {
				events = append(events, e)
			}
		}
		seen = c.Last()
	}
	return events
}

// firstBehind is the first carried revision behind seen, 0 if there is none.
func (n news) firstBehind(seen store.Revision) store.Revision {
	for _, c := range n.commits {
		if c.Revision > seen {
			return c.Revision
		}
	}
	return 0
}

// keyNews is the news of one key, and the doorbells that told of it, by their indices.
type keyNews struct {
	key   string
	bells []int
	news
}

// newsByKey puts together what the doorbells tell a view of each key, in the order in which the keys first appear.
func newsByKey(bells []Doorbell, view string) []*keyNews {
	var keys []*keyNews
	known := map[string]*keyNews{}
	for i, b := range bells {
		if b.View != "" && b.View != view {
			continue
		}
		k := known[b.Key]
		if k == nil {
			k = &keyNews{key: b.Key}
			known[b.Key] = k
			keys = append(keys, k)
		}
		k.bells = append(k.bells, i)
		k.open = k.open || b.Revision == 0
		k.revision = max(k.revision, b.Revision)
		if b.Commit != nil {
			k.commits = append(k.commits, b.Commit)
		}
	}
	for _, k := range keys {
		slices.SortFunc(k.commits, func(a, b *store.Commit) int { return cmp.Compare(a.Revision, b.Revision) })
		k.commits = slices.CompactFunc(k.commits, func(a, b *store.Commit) bool { return a.Revision == b.Revision })
	}
	return keys
}
