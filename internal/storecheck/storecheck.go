// Package storecheck looks through a whole store: whether each key's events are there, one behind the other, and whether the index
// of positions holds just what the table holds. The memory it needs doesn't grow with the store.
package storecheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// Finding is something that isn't as it should be.
type Finding struct {
	Key      string
	Revision store.Revision // 0 where it isn't about one event
	Problem  string
}

// Report is what there is, and how much of it was found to be wrong.
type Report struct {
	Keys, Events int
	// Indexed are the events that the index was compared for: all but the newest, which may still be on their way. Without an
	// index NoIndex is set, and positions aren't known to be unique.
	Indexed int
	NoIndex bool
	Found   int
}

// Options are what can be told while it goes on.
type Options struct {
	Found    func(Finding) // is told of each finding, one at a time
	Progress func(Report)  // is told now and then, one call at a time
}

// sideBySide is how many keys are read side by side, and segments how many parts of the table.
const (
	sideBySide = 8
	segments   = 4
)

// Run looks through the store. Appends may go on. The errors are those of the database: what is wrong is a finding.
func Run(ctx context.Context, s *store.Store, o Options) (Report, error) {
	c := &check{store: s, options: o, before: s.Settled(), reported: map[place]bool{}, broken: map[string]bool{}}
	if err := c.table(ctx); err != nil {
		return c.report, err
	}
	err := c.index(ctx)
	var damaged *store.DamagedError
	switch {
	case errors.Is(err, store.ErrNoPositionIndex):
		c.report.NoIndex = true
		return c.report, nil
	case errors.As(err, &damaged):
		c.found("", 0, "the index of positions can't be read: %v", err)
		return c.report, nil
	case err != nil:
		return c.report, err
	}
	return c.report, c.compare(ctx)
}

// check is a run under way.
type check struct {
	store   *store.Store
	options Options
	before  store.Position // events from there on may not be in the index yet

	mu       sync.Mutex
	report   Report
	inTable  digests
	inIndex  digests
	reported map[place]bool
	broken   map[string]bool // keys that can't be read to their end
}

// place is where an event stands.
type place struct {
	key      string
	revision store.Revision
}

// found tells of something, once.
func (c *check) found(key string, revision store.Revision, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reported[place{key, revision}] {
		return
	}
	c.reported[place{key, revision}] = true
	c.report.Found++
	if c.options.Found != nil {
		c.options.Found(Finding{Key: key, Revision: revision, Problem: fmt.Sprintf(format, args...)})
	}
}

// table reads all keys.
func (c *check) table(ctx context.Context) error {
	working, ctx := errgroup.WithContext(ctx)
	for segment := range segments {
		working.Go(func() error {
			return c.eachKey(ctx, segment, func(ctx context.Context, key string) error {
				n, err := c.key(ctx, key)
				c.mu.Lock()
				defer c.mu.Unlock()
				c.report.Keys++
				c.report.Events += n
				if c.options.Progress != nil {
					c.options.Progress(c.report)
				}
				return err
			})
		})
	}
	return working.Wait()
}

// eachKey looks at each key of a segment once, at several side by side.
func (c *check) eachKey(ctx context.Context, segment int, look func(context.Context, string) error) error {
	looking, ctx := errgroup.WithContext(ctx)
	looking.SetLimit(sideBySide)
	last := ""
	for q := (store.KeyQuery{Segment: segment, Segments: segments}); ; {
		page, err := c.store.Keys(ctx, q)
		if err != nil {
			return errors.Join(err, looking.Wait())
		}
		for _, key := range page.Keys {
			if key == last { // a page ended in it
				continue
			}
			last = key
			looking.Go(func() error { return look(ctx, key) })
		}
		if q.After = page.Next; q.After == "" {
			return looking.Wait()
		}
	}
}

// key reads one key. That no revision is missing, the reading sees to.
func (c *check) key(ctx context.Context, key string) (int, error) {
	n, broken := 0, false
	var previous store.Committed
	var mine digests
	d := newDigester()
	for e, err := range c.store.Read(ctx, key, store.Range{}) {
		var damaged *store.DamagedError
		switch {
		case errors.As(err, &damaged):
			c.found(key, previous.Revision+1, "%s: %s", damaged.Item, damaged.Problem)
			broken = true
		case err != nil:
			return n, err
		}
		if err != nil {
			break
		}
		if n > 0 && e.Position.Compare(previous.Position) <= 0 {
			c.found(key, e.Revision, "its position %s is not behind that of the revision before, %s", e.Position, previous.Position)
		}
		if e.Position.Compare(c.before) < 0 {
			mine.add(bucketOf(key), d.digest(e))
		}
		previous = e
		n++
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inTable.merge(&mine)
	if broken {
		c.broken[key] = true
	}
	return n, nil
}

// sameCommit says whether two positions belong to one commit: they differ in the last two bytes only, which count its events. What
// comes with an earlier position than the one before isn't wrong: it was stored while the index was read.
func sameCommit(a, b store.Committed) bool {
	const count = 2
	return bytes.Equal(a.Position[:len(a.Position)-count], b.Position[:len(b.Position)-count])
}

// progressEvery is after how many events of the index progress is told.
const progressEvery = 1000

// index reads all events by position.
func (c *check) index(ctx context.Context) error {
	var previous store.Committed
	d := newDigester()
	for e, err := range c.store.ReadAll(ctx, store.AllRange{End: c.before, EndExclusive: true}) {
		if err != nil {
			return err
		}
		if c.report.Indexed > 0 && sameCommit(e, previous) && (e.Key != previous.Key || e.Revision != previous.Revision+1) {
			c.found(e.Key, e.Revision, "the commit of its position, %s, is that of key %q, revision %d, too", e.Position, previous.Key, previous.Revision)
		}
		c.inIndex.add(bucketOf(e.Key), d.digest(e))
		previous = e
		if c.report.Indexed++; c.report.Indexed%progressEvery == 0 && c.options.Progress != nil {
			c.options.Progress(c.report)
		}
	}
	return nil
}
