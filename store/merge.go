package store

import (
	"container/heap"
	"context"
	"iter"
	"sync"
)

// merged iterates over the commits of all slices in the order of their positions, or against it. limited says that the first page
// of each slice will most likely do.
func merged(ctx context.Context, index PositionIndex, slices int, q PositionQuery, limited bool) iter.Seq2[*Commit, error] {
	return func(yield func(*Commit, error) bool) {
		var fetching sync.WaitGroup
		defer fetching.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		cursors := make(cursorHeap, 0, slices)
		for slice := range slices {
			q.Slice = slice
			c := &cursor{index: index, q: q, fetching: &fetching, patient: limited}
			c.fetch(ctx) // all slices at once
			cursors = append(cursors, c)
		}
		if err := cursors.start(ctx); err != nil {
			yield(nil, err)
			return
		}
		for len(cursors) > 0 {
			first := cursors[0]
			if !yield(first.commit(), nil) {
				return
			}
			more, err := first.advance(ctx)
			switch {
			case err != nil:
				yield(nil, err)
				return
			case more:
				heap.Fix(&cursors, 0)
			default:
				heap.Pop(&cursors)
			}
		}
	}
}

// cursor walks through one slice. While one page is used the next is on its way, each twice as large as the one before: so that
// who takes a few events pays for a few, and who takes all gets them in large pages.
type cursor struct {
	index    PositionIndex
	q        PositionQuery
	fetching *sync.WaitGroup

	page    []Commit
	at      int
	next    chan fetched // of the page on its way; nil if none is
	more    bool         // there is more behind page and next
	patient bool         // the next page is sent for when it is needed, and not before
}

type fetched struct {
	page CommitPage
	err  error
}

func (c *cursor) commit() *Commit { return &c.page[c.at] }

// fetch sends for the page that q asks for.
func (c *cursor) fetch(ctx context.Context) {
	next, q := make(chan fetched, 1), c.q
	c.next = next
	c.q.Limit = min(2*c.q.Limit, maxPage)
	c.fetching.Go(func() {
		page, err := c.index.ByPosition(ctx, q)
		next <- fetched{page, err}
	})
}

// advance moves to the next commit; false at the slice's end.
func (c *cursor) advance(ctx context.Context) (bool, error) {
	if c.at++; c.at < len(c.page) {
		return true, nil
	}
	if c.next == nil && c.more {
		c.patient = false // the first page wasn't enough
		c.fetch(ctx)
	}
	if c.next == nil {
		return false, nil
	}
	got := <-c.next
	c.next, c.page, c.at, c.more = nil, got.page.Commits, 0, got.page.More
	if got.err != nil || len(c.page) == 0 {
		return false, got.err
	}
	if c.more {
		c.q = c.q.after(&c.page[len(c.page)-1])
		if !c.patient {
			c.fetch(ctx)
		}
	}
	return true, nil
}

// cursorHeap has the cursor with the next commit first.
type cursorHeap []*cursor

// start waits for the first page of each slice, and drops the empty ones.
func (h *cursorHeap) start(ctx context.Context) error {
	var filled cursorHeap
	for _, c := range *h {
		c.at = -1
		more, err := c.advance(ctx)
		if err != nil {
			return err
		}
		if more {
			filled = append(filled, c)
		}
	}
	*h = filled
	heap.Init(h)
	return nil
}

// Len implements [heap.Interface].
func (h cursorHeap) Len() int { return len(h) }

// Less implements [heap.Interface].
func (h cursorHeap) Less(i, j int) bool {
	order := h[i].commit().Position.Compare(h[j].commit().Position)
	if h[i].q.Backward {
		return order > 0
	}
	return order < 0
}

// Swap implements [heap.Interface].
func (h cursorHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *cursorHeap) Push(x any) {
	if c, ok := x.(*cursor); ok { // nothing else is pushed
		*h = append(*h, c)
	}
}

// Pop implements [heap.Interface].
func (h *cursorHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
