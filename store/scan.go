package store

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// scan walks through the events of one key that a range asks for.
type scan struct {
	store *Store
	key   string
	r     Range
	// first and last bound the revisions, inclusive; last 0 means no end.
	first, last Revision
	empty       bool
	head        Revision // last is no further than that, and is there; 0 where it isn't known

	// begun holds the first page, and the commit before it, where start has read them already.
	begun *firstPage
}

type firstPage struct {
	before *Commit // holds scan.first, which lies inside it
	page   CommitPage
}

func (s *Store) newScan(ctx context.Context, key string, r Range) (*scan, error) {
	if err := ValidateKey(key); err != nil {
		return nil, err
	}
	r, err := s.atPositions(ctx, key, r)
	if err != nil {
		return nil, err
	}
	first, last, empty, err := r.bounds()
	if err != nil {
		return nil, err
	}
	return &scan{store: s, key: key, r: r, first: first, last: last, empty: empty}, nil
}

// query asks for the first page. Going backward it can't be bounded below, as the commit that holds the first
// revision may begin before it; the walk ends there by itself.
func (sc *scan) query() CommitQuery {
	q := CommitQuery{Key: sc.key, To: sc.last, Backward: sc.r.Backward, Eventual: sc.r.Eventual}
	if !sc.r.Backward {
		q.From = sc.first
	}
	q.Limit = int(min(sc.wanted(), maxPage))
	return q
}

// maxPage is the most commits to ask for in one page; 1 MB holds fewer.
const maxPage = 10_000

// wanted is the most events that can come of the scan, 0 where that isn't known. No more commits than
// that are needed.
func (sc *scan) wanted() uint64 {
	var n uint64
	if sc.last > 0 {
		n = uint64(sc.last - sc.first + 1)
	}
	if limit := uint64(sc.r.Limit); limit > 0 && !sc.r.filtered() && (n == 0 || limit < n) {
		n = limit
	}
	return n
}

// open reads the first page. A range that starts inside a commit finds none that begins there, and
// looks back for the one that holds it.
func (sc *scan) open(ctx context.Context) (*firstPage, error) {
	page, err := sc.store.commits(ctx, sc.query())
	if err != nil {
		return nil, err
	}
	begun := &firstPage{page: page}
	exact := len(page.Commits) > 0 && page.Commits[0].Revision == sc.first
	if sc.r.Backward || sc.first == 1 || exact {
		return begun, nil
	}
	back, err := sc.store.commits(ctx, CommitQuery{Key: sc.key, To: sc.first - 1, Backward: true, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(back.Commits) == 1 {
		begun.before = &back.Commits[0]
	}
	return begun, nil
}

// start finds the key's head together with the first page, and ends the scan at that head.
func (sc *scan) start(ctx context.Context) (Head, error) {
	var head Head
	if sc.last == 0 && !sc.empty {
		begun, err := sc.open(ctx)
		if err != nil {
			return Head{}, err
		}
		sc.begun = begun
		if c, known := begun.newest(sc.r.Backward); known {
			if c == nil {
				return Head{store: sc.store, key: sc.key}, nil
			}
			return sc.store.sawCommit(c), nil
		}
	}
	head, err := sc.store.Head(ctx, sc.key)
	if err != nil {
		return Head{}, err
	}
	if sc.last == 0 || sc.last > head.revision {
		sc.last = head.revision
		sc.empty = sc.empty || sc.first > sc.last
	}
	sc.head = head.revision
	return head, nil
}

// newest is the key's last commit, nil if it has none, where this page of an open-ended scan shows it.
func (f *firstPage) newest(backward bool) (c *Commit, known bool) {
	commits := f.page.Commits
	switch {
	case backward && len(commits) > 0:
		return &commits[0], true
	case !backward && f.page.More:
		return nil, false
	case len(commits) > 0:
		return &commits[len(commits)-1], true
	default:
		return f.before, true
	}
}

// events yields the events that pass, until the range, the limit or the loop ends.
func (sc *scan) events(ctx context.Context, yield func(Committed, error) bool) {
	if sc.empty {
		return
	}
	left := sc.r.Limit
	for c, err := range sc.commits(ctx) {
		if err != nil {
			yield(Committed{}, err)
			return
		}
		for i := range sc.within(c) {
			e := c.Event(i)
			if !sc.r.passes(e) {
				continue
			}
			if !yield(e, nil) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
		if sc.done(c) {
			return
		}
	}
}

// within iterates over the places in c of the events inside the bounds, in the scan's direction.
func (sc *scan) within(c *Commit) iter.Seq[int] {
	lo, hi := sc.span(c)
	return func(yield func(int) bool) {
		for n := lo; n <= hi; n++ {
			r := n
			if sc.r.Backward {
				r = hi - (n - lo)
			}
			if !yield(int(r - c.Revision)) {
				return
			}
		}
	}
}

// span is the first and the last revision of c that lie inside the bounds; none do where hi < lo.
func (sc *scan) span(c *Commit) (lo, hi Revision) {
	lo, hi = max(sc.first, c.Revision), c.Last()
	if sc.last > 0 {
		hi = min(hi, sc.last)
	}
	return lo, hi
}

// done says whether nothing beyond c can lie inside the bounds.
func (sc *scan) done(c *Commit) bool {
	if sc.r.Backward {
		return c.Revision <= sc.first
	}
	return sc.last > 0 && c.Last() >= sc.last
}

// pages iterates from the first page on. While one page is used the next is on its way; at the end
// none is left behind.
func (sc *scan) pages(ctx context.Context, page CommitPage) iter.Seq2[CommitPage, error] {
	type result struct {
		page CommitPage
		err  error
	}
	return func(yield func(CommitPage, error) bool) {
		var fetching sync.WaitGroup
		defer fetching.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		q := sc.query()
		for left := sc.wanted(); sc.goesOn(&page, &left); {
			q = q.after(&page.Commits[len(page.Commits)-1])
			next := make(chan result, 1)
			fetching.Go(func() {
				p, err := sc.store.commits(ctx, q)
				next <- result{p, err}
			})
			if !yield(page, nil) {
				return
			}
			r := <-next
			if r.err != nil {
				yield(CommitPage{}, r.err)
				return
			}
			page = r.page
		}
		yield(page, nil)
	}
}

// goesOn says whether a page has to follow this one. left counts down the events wanted, where that
// is known.
func (sc *scan) goesOn(page *CommitPage, left *uint64) bool {
	if !page.More || len(page.Commits) == 0 || sc.done(&page.Commits[len(page.Commits)-1]) {
		return false
	}
	if *left == 0 {
		return true
	}
	for i := range page.Commits {
		if lo, hi := sc.span(&page.Commits[i]); lo <= hi {
			*left -= min(*left, uint64(hi-lo)+1)
		}
	}
	return *left > 0
}

// after is the query for the page behind the one that ends with c. Going backward, what lies there was stored
// before c, and a reader that is behind may not have all of it: it is read with strong consistency.
func (q CommitQuery) after(c *Commit) CommitQuery {
	if q.Backward {
		q.To, q.Eventual = c.Revision-1, false
	} else {
		q.From = c.Last() + 1
	}
	return q
}

// commits reads one page and takes note of its positions.
func (s *Store) commits(ctx context.Context, q CommitQuery) (CommitPage, error) {
	page, err := s.backend.Commits(ctx, q)
	if err != nil {
		return CommitPage{}, fmt.Errorf("read key %q: %w", q.Key, err)
	}
	for i := range page.Commits {
		s.clock.observe(page.Commits[i].LastPosition())
	}
	return page, nil
}
