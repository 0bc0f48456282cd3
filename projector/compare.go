package projector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// IncompleteError says that a rebuilt version can't go live yet.
type IncompleteError struct {
	View    string
	Version int
	Comparison
}

// Error says why, and what to do.
func (e *IncompleteError) Error() string {
	return fmt.Sprintf("version %d of view %q is not complete: %d keys lag behind, %d are parked: mend its code and redrive, then rebuild again",
		e.Version, e.View, e.Behind, e.Parked)
}

// compare looks at every key and row in the live version and the one that is to follow it.
func (p *Projector) compare(ctx context.Context, v *versions, r Registration, next active, o *RebuildOptions) (Comparison, error) {
	live := active{view: v.version(r.Live), registration: r.Versions[r.Live].ID}
	if live.view == nil { // its code is gone: there is only the store to compare with, and it was read to its end
		live = next
	}
	var c Comparison
	var mu sync.Mutex
	err := p.eachKey(ctx, &RebuildOptions{Segments: o.segments()}, nil, "", func(ctx context.Context, keys []string) error {
		part, err := p.compareKeys(ctx, live, next, keys)
		mu.Lock()
		defer mu.Unlock()
		c.Keys, c.Behind, c.Parked = c.Keys+part.Keys, c.Behind+part.Behind, c.Parked+part.Parked
		return err
	})
	if err != nil {
		return c, err
	}
	if err := p.compareRows(ctx, live, next, &c); err != nil {
		return c, err
	}
	if c.Behind > 0 || c.Parked > 0 {
		return c, &IncompleteError{View: v.name, Version: next.version, Comparison: c}
	}
	return c, nil
}

// compareKeys compares how much of the keys the two have seen. The live one is read first, so that one that has just moved on
// isn't taken for an advantage.
func (p *Projector) compareKeys(ctx context.Context, live, next active, keys []string) (Comparison, error) {
	var c Comparison
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !next.wants(key) })
	for some := range slices.Chunk(keys, MaxWrites) {
		was, err := p.loadEach(ctx, some, live.seen)
		if err != nil {
			return c, err
		}
		is, err := p.loadEach(ctx, some, next.seen)
		if err != nil {
			return c, err
		}
		for i, key := range some {
			c.Keys++
			behind := is[i].Seen < was[i].Seen && live.wants(key)
			parked := is[i].Parked != nil
			if behind && !parked { // its doorbell may be on its way
				var mark *ParkedError
				seen, err := p.catchUp(ctx, next, key, heedMark)
				if parked = errors.As(err, &mark); err != nil && !parked && !errors.Is(err, errLeft) {
					return c, err
				}
				behind = seen < was[i].Seen
			}
			switch {
			case parked:
				c.Parked++
			case behind:
				c.Behind++
			}
		}
	}
	return c, nil
}

// loadEach reads an item for each key or id.
func (p *Projector) loadEach(ctx context.Context, names []string, item func(string) ItemID) ([]Stored, error) {
	ids := make([]ItemID, len(names))
	for i, name := range names {
		ids[i] = item(name)
	}
	return p.backend.Load(ctx, ids...)
}

// compareRows counts the rows of the live version that the next one has too.
func (p *Projector) compareRows(ctx context.Context, live, next active, c *Comparison) error {
	for q := (ItemQuery{View: live.name, Version: live.version}); ; {
		page, err := p.backend.Items(ctx, q)
		if err != nil {
			return err
		}
		var rows []string
		for _, id := range page.IDs {
			if id.Kind == RowItem {
				rows = append(rows, id.ID)
			}
		}
		was, err := p.loadEach(ctx, rows, live.row)
		if err != nil {
			return err
		}
		is, err := p.loadEach(ctx, rows, next.row)
		if err != nil {
			return err
		}
		for i := range rows {
			switch {
			case was[i].Row == nil && is[i].Row == nil: // such items hold the seen revision only
			case (was[i].Row == nil) == (is[i].Row == nil) && bytes.Equal(was[i].Row, is[i].Row):
				c.Same++
			default:
				c.Different++
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}
