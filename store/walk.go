package store

import (
	"context"
	"fmt"
	"iter"
)

// walk hands on the commits of a scan, and makes sure that none is missing.
type walk struct {
	*scan
	ctx      context.Context //nolint:containedctx // it lives as long as the call that has it
	yield    func(*Commit, error) bool
	previous *Commit
}

// commits iterates over the commits of the scan.
func (sc *scan) commits(ctx context.Context) iter.Seq2[*Commit, error] {
	return func(yield func(*Commit, error) bool) {
		begun := sc.begun
		if begun == nil {
			var err error
			if begun, err = sc.open(ctx); err != nil {
				yield(nil, err)
				return
			}
		}
		w := &walk{scan: sc, ctx: ctx, yield: yield}
		if begun.before != nil && !w.hand(begun.before) {
			return
		}
		for page, err := range sc.pages(ctx, begun.page) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Commits {
				if !w.hand(&page.Commits[i]) {
					return
				}
			}
		}
		if err := w.end(); err != nil {
			yield(nil, err)
		}
	}
}

// hand hands on a commit, or the error in its place, and says whether to go on.
func (w *walk) hand(c *Commit) bool {
	err := w.ctx.Err()
	switch {
	case err != nil:
		err = fmt.Errorf("read key %q: %w", w.key, err)
	case w.previous == nil:
		err = w.begins(c)
	default:
		err = w.adjacent(c)
	}
	if err != nil {
		w.yield(nil, err)
		return false
	}
	w.previous = c
	return w.yield(c, nil)
}

// begins refuses a first commit that leaves out what comes before it.
func (w *walk) begins(c *Commit) error {
	switch {
	case !w.r.Backward && c.Revision > w.first:
		return w.missing(w.first, c.Revision)
	case w.r.Backward && w.head > 0 && c.Last() < w.last:
		return w.short(c.Last())
	}
	return nil
}

// adjacent refuses a commit that doesn't follow on the previous one: better no answer than one with a gap.
func (w *walk) adjacent(c *Commit) error {
	lower, upper := w.previous, c
	if w.r.Backward {
		lower, upper = c, w.previous
	}
	if lower.Last()+1 != upper.Revision {
		return w.damaged("revision %d is followed by %d", lower.Last(), upper.Revision)
	}
	return nil
}

// end refuses an end before that of the range.
func (w *walk) end() error {
	switch {
	case w.previous == nil && w.head > 0:
		return w.short(0)
	case w.previous == nil:
		return nil
	case w.r.Backward && w.previous.Revision > w.first:
		return w.missing(w.first, w.previous.Revision)
	case !w.r.Backward && w.head > 0 && w.previous.Last() < w.last:
		return w.short(w.previous.Last())
	}
	return nil
}

// missing says that nothing is stored at a revision below another one.
func (w *walk) missing(r, but Revision) error {
	return w.damaged("no event at revision %d, but one at %d", r, but)
}

// short says that the events end before the head.
func (w *walk) short(at Revision) error {
	return w.damaged("its events end at revision %d, its head is %d", at, w.head)
}

func (w *walk) damaged(format string, args ...any) error {
	return &DamagedError{Item: fmt.Sprintf("key %q", w.key), Problem: fmt.Sprintf(format, args...)}
}
