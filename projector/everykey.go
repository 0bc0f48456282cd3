package projector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// place is how far the reading of all keys is, as it is kept.
type place struct {
	Registration string   `json:"registration"`
	After        []string `json:"after"` // by segment, where to go on
	Ended        []bool   `json:"ended"`
	Keys         int      `json:"keys"`
}

// checkpoint keeps a place, if it has an item for it. Safe for concurrent use.
type checkpoint struct {
	projector *Projector
	id        *ItemID
	progress  func(Progress)

	mu    sync.Mutex
	token string
	at    place
	saved time.Time
}

// saveEvery is how often a place is kept: what a crash costs of a rebuild's time.
const saveEvery = 2 * time.Second

// eachKey hands out all keys of the store, page by page, the segments side by side. It goes on where an earlier run under the same
// registration was, if it is kept under id.
func (p *Projector) eachKey(ctx context.Context, o *RebuildOptions, id *ItemID, registration string, do func(context.Context, []string) error) error {
	c := &checkpoint{projector: p, id: id}
	if o != nil {
		c.progress = o.Progress
	}
	if err := c.load(ctx, registration, o.segments()); err != nil {
		return err
	}
	all, working := errgroup.WithContext(ctx)
	for segment := range c.at.After {
		all.Go(func() error { return p.segment(working, c, segment, do) })
	}
	err := all.Wait()
	return errors.Join(err, c.save(context.WithoutCancel(ctx)))
}

// segment hands out the keys of one segment.
func (p *Projector) segment(ctx context.Context, c *checkpoint, segment int, do func(context.Context, []string) error) error {
	q := store.KeyQuery{Segment: segment, Segments: len(c.at.After), After: c.at.After[segment]}
	for ended := c.at.Ended[segment]; !ended; ended = q.After == "" {
		page, err := p.store.Keys(ctx, q)
		if err != nil {
			return err
		}
		if err := do(ctx, page.Keys); err != nil {
			return err
		}
		q.After = page.Next
		if err := c.passed(ctx, segment, page); err != nil {
			return err
		}
	}
	return nil
}

func (c *checkpoint) load(ctx context.Context, registration string, segments int) error {
	c.at = place{Registration: registration, After: make([]string, segments), Ended: make([]bool, segments)}
	c.saved = time.Now()
	if c.id == nil {
		return nil
	}
	notes, err := c.projector.backend.Load(ctx, *c.id)
	if err != nil {
		return err
	}
	c.token = notes[0].Token
	if c.token == "" {
		return nil
	}
	var kept place
	if err := json.Unmarshal(notes[0].Row, &kept); err != nil || len(kept.After) != len(kept.Ended) {
		return &store.DamagedError{Item: fmt.Sprintf("the checkpoint %q of view %q", c.id.ID, c.id.View), Problem: "it can't be read"}
	}
	if kept.Registration == registration {
		c.at = kept
	}
	return nil
}

// passed takes note of a page that is done.
func (c *checkpoint) passed(ctx context.Context, segment int, page store.KeyPage) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at.After[segment], c.at.Ended[segment] = page.Next, page.Next == ""
	c.at.Keys += len(page.Keys)
	if c.progress != nil {
		now := Progress{Keys: c.at.Keys, Segments: len(c.at.Ended)}
		for _, ended := range c.at.Ended {
			if ended {
				now.Ended++
			}
		}
		c.progress(now)
	}
	if time.Since(c.saved) < saveEvery {
		return nil
	}
	return c.saveLocked(ctx)
}

func (c *checkpoint) save(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saveLocked(ctx)
}

// saveLocked keeps the place. Where another process has kept its own meanwhile, that one stands: either is right to go on from.
func (c *checkpoint) saveLocked(ctx context.Context) error {
	if c.id == nil {
		return nil
	}
	note, err := json.Marshal(c.at)
	if err != nil {
		return err
	}
	next := Stored{Token: newToken(), Row: note}
	done, err := c.projector.backend.Save(ctx, Write{ID: *c.id, Was: c.token, Next: next})
	switch {
	case err != nil:
		return err
	case done:
		c.token = next.Token
	default:
		notes, err := c.projector.backend.Load(ctx, *c.id)
		if err != nil {
			return err
		}
		c.token = notes[0].Token
	}
	c.saved = time.Now()
	return nil
}
