package storecheck

import (
	"context"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// maxBuckets is how many buckets that differ are looked into.
const maxBuckets = 64

// read is an event as it was read.
type read struct {
	digest   [2]uint64
	position store.Position
}

// compare finds the events that aren't in both the table and the index. What was appended meanwhile, with a position that lies before
// the horizon, is no difference: so each is looked at once more before it is reported.
func (c *check) compare(ctx context.Context) error {
	all := c.inTable.differing(&c.inIndex)
	if len(all) == 0 {
		return nil
	}
	some := all
	if len(all) > maxBuckets {
		some = map[int]bool{}
		for _, bucket := range slices.Sorted(maps.Keys(all))[:maxBuckets] {
			some[bucket] = true
		}
	}
	table, err := c.tabled(ctx, some)
	if err != nil {
		return err
	}
	index, err := c.indexed(ctx, some)
	if err != nil {
		return err
	}
	for _, at := range slices.SortedFunc(maps.Keys(table), comparePlaces) {
		if err := c.compareOne(ctx, at, table[at], index); err != nil {
			return err
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(index), comparePlaces) {
		if _, there := table[at]; !there && !c.broken[at.key] && c.missing(ctx, at) {
			c.found(at.key, at.revision, "it is in the index of positions, but not in the table")
		}
	}
	if len(some) < len(all) {
		c.found("", 0, "the index of positions differs for %d parts of the keys in %d; these findings are of %d of them", len(all), buckets, len(some))
	}
	return nil
}

// compareOne compares an event of the table with the index.
func (c *check) compareOne(ctx context.Context, at place, want read, index map[place]read) error {
	got, there := index[at]
	d := newDigester()
	for e, err := range c.store.ReadAll(ctx, store.AllRange{Start: want.position, End: want.position, KeyPrefix: at.key}) {
		if err != nil {
			return err
		}
		if !there && e.Key == at.key && e.Revision == at.revision {
			got, there = read{d.digest(e), e.Position}, true
		}
	}
	switch {
	case !there:
		c.found(at.key, at.revision, "it is not in the index of positions")
	case got != want:
		c.found(at.key, at.revision, "the index of positions has it otherwise than the table")
	}
	return nil
}

// missing says whether an event isn't in the table. One that can't be read was found when the table was.
func (c *check) missing(ctx context.Context, at place) bool {
	there := false
	for _, err := range c.store.Read(ctx, at.key, store.Range{Start: at.revision, End: at.revision}) {
		there = there || err == nil || ctx.Err() == nil
	}
	return !there
}

func comparePlaces(a, b place) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	return int(a.revision) - int(b.revision)
}

// indexed are the digests of the events in the index whose keys are in these buckets.
func (c *check) indexed(ctx context.Context, in map[int]bool) (map[place]read, error) {
	found := map[place]read{}
	d := newDigester()
	for e, err := range c.store.ReadAll(ctx, store.AllRange{End: c.before, EndExclusive: true}) {
		if err != nil {
			return nil, err
		}
		if in[bucketOf(e.Key)] {
			found[place{e.Key, e.Revision}] = read{d.digest(e), e.Position}
		}
	}
	return found, nil
}

// tabled are those in the table.
func (c *check) tabled(ctx context.Context, in map[int]bool) (map[place]read, error) {
	found := map[place]read{}
	var mu sync.Mutex
	working, ctx := errgroup.WithContext(ctx)
	for segment := range segments {
		working.Go(func() error {
			return c.eachKey(ctx, segment, func(ctx context.Context, key string) error {
				if !in[bucketOf(key)] {
					return nil
				}
				d := newDigester()
				for e, err := range c.store.Read(ctx, key, store.Range{}) {
					if err != nil {
						return nil // it was found when the table was read
					}
					if e.Position.Compare(c.before) < 0 {
						mu.Lock()
						found[place{key, e.Revision}] = read{d.digest(e), e.Position}
						mu.Unlock()
					}
				}
				return nil
			})
		})
	}
	return found, working.Wait()
}
