package projector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// VerifyOptions are the optional settings of [Projector.Verify]; nil means all defaults.
type VerifyOptions struct {
	// Scratch is where the rows of views with IDs are folded anew: an empty backend, which may be thrown away afterwards. nil is
	// memory, of which it takes as much as the rows do.
	Scratch Backend
	// Wrong, if not nil, is told of each row that is wrong, one at a time.
	Wrong func(WrongRow)
	// Progress, if not nil, is told of each page of keys that is done, one at a time.
	Progress func(Progress)
}

// Verified is what [Projector.Verify] found of one version of a view.
type Verified struct {
	View    string
	Version int
	Keys    int // that the view wants
	Rows    int // that were compared
	// Behind are keys with events that the version hasn't seen yet; Parked are those that wait for a redrive. Up to what was seen they
	// were compared all the same.
	Behind, Parked int
	// Moving are rows that kept changing while they were looked at, and weren't compared.
	Moving int
	// Wrong are rows that aren't the fold of the events that were seen, and keys of which more was seen than there is.
	Wrong int
}

// WrongRow is a row that isn't the fold of its events.
type WrongRow struct {
	View    string
	Version int
	// ID is that of the row; where the problem is what was seen of a key, it is the key.
	ID      string
	Problem string
	// Stored and Folded are the row as it is stored and as it should be; nil where there is none.
	Stored, Folded json.RawMessage
}

// Verify compares the rows of a view with the fold of the store's events, as this code folds them, in every version that is kept up to
// date: exactly those events that the version has seen, without those that were skipped. Live traffic may go on. It reads the whole
// table of events, and changes nothing. Of process managers it is the states; they don't react.
//
// Errors: [ErrUnknownView], and what the databases answer. Rows that are wrong are no error.
func (p *Projector) Verify(ctx context.Context, viewName string, o *VerifyOptions) ([]Verified, error) {
	if o == nil {
		o = &VerifyOptions{}
	}
	all, err := p.activeOf(ctx, viewName)
	if err != nil {
		return nil, err
	}
	var found []Verified
	for _, v := range all {
		w := &verifying{projector: p, view: v.still(), options: o, done: Verified{View: v.name, Version: v.version}, failed: map[string]bool{}}
		if err := w.run(ctx); err != nil {
			return found, fmt.Errorf("verify version %d of view %q: %w", v.version, v.name, err)
		}
		found = append(found, w.done)
	}
	return found, nil
}

// still is the version without its reactions, if it is a process manager.
func (a active) still() active {
	if a.reacts {
		quiet, react := *a.view, a.fold
		quiet.fold = func(f *fold) {
			react(f)
			f.reactions = nil
		}
		a.view = &quiet
	}
	return a
}

// verifying is the verification of one version under way.
type verifying struct {
	projector *Projector
	view      active
	options   *VerifyOptions

	mu     sync.Mutex
	done   Verified
	items  int             // that keys have, in a view with one row per key
	failed map[string]bool // the keys that were reported
}

func (w *verifying) run(ctx context.Context) error {
	if w.view.keyed {
		if err := w.eachKey(ctx, w.options.Progress, w.keyed); err != nil {
			return err
		}
		return w.orphans(ctx)
	}
	return w.many(ctx)
}

// report counts a row that is wrong, and tells of it.
func (w *verifying) report(id, problem string, stored, folded json.RawMessage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done.Wrong++
	if w.options.Wrong != nil {
		w.options.Wrong(WrongRow{View: w.view.name, Version: w.view.version, ID: id, Problem: problem, Stored: stored, Folded: folded})
	}
}

// count changes the counts.
func (w *verifying) count(change func(*Verified)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.done)
}

// eachKey looks at each key that the view wants, once, with where the view stands with it.
func (w *verifying) eachKey(ctx context.Context, progress func(Progress), look func(ctx context.Context, key string, at Stored) error) error {
	now := Progress{Segments: DefaultSegments}
	var mu sync.Mutex
	passed := func(page store.KeyPage) {
		mu.Lock()
		defer mu.Unlock()
		now.Keys += len(page.Keys)
		if page.Next == "" {
			now.Ended++
		}
		if progress != nil {
			progress(now)
		}
	}
	all, ctx := errgroup.WithContext(ctx)
	for segment := range now.Segments {
		all.Go(func() error {
			last := ""
			for q := (store.KeyQuery{Segment: segment, Segments: DefaultSegments}); ; {
				page, err := w.projector.store.Keys(ctx, q)
				if err == nil {
					err = w.page(ctx, page.Keys, last, look)
				}
				if err != nil {
					return err
				}
				passed(page)
				if len(page.Keys) > 0 {
					last = page.Keys[len(page.Keys)-1]
				}
				if q.After = page.Next; q.After == "" {
					return nil
				}
			}
		})
	}
	return all.Wait()
}

// page looks at a page of keys. The page before may have ended in its first one.
func (w *verifying) page(ctx context.Context, keys []string, last string, look func(ctx context.Context, key string, at Stored) error) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == last || !w.view.wants(key) })
	for some := range slices.Chunk(keys, MaxWrites) {
		at, err := w.projector.loadEach(ctx, some, w.view.seen)
		if err != nil {
			return err
		}
		for i, key := range some {
			if err := look(ctx, key, at[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyed folds one key of a view with one row per key, and compares: the row and what was seen come of one read.
func (w *verifying) keyed(ctx context.Context, key string, at Stored) error {
	scratch := newScratch()
	right, err := w.replay(ctx, scratch, key, at)
	if err != nil {
		return err
	}
	w.count(func(d *Verified) {
		d.Keys++
		if at.Row != nil {
			d.Rows++
		}
		if at.Token != "" {
			w.items++
		}
	})
	if !right {
		return nil
	}
	items, err := scratch.Load(ctx, w.view.row(key))
	if err != nil {
		return err
	}
	if problem := w.differ(at, items[0]); problem != "" {
		w.report(key, problem, at.Row, items[0].Row)
	}
	return nil
}

// replay folds into scratch what the view has seen of a key, and counts what it hasn't. false: that can't be done, and was reported.
func (w *verifying) replay(ctx context.Context, scratch Backend, key string, at Stored) (bool, error) {
	r := &replay{view: w.view, key: key, at: at, projector: w.projector.over(scratch)}
	err := r.run(ctx)
	var failed *ProjectionError
	problem := ""
	switch {
	case errors.As(err, &failed):
		problem = fmt.Sprintf("the view has seen revision %d, but this code can't fold revision %d: %v", at.Seen, failed.Revision, failed.Err)
	case errors.Is(err, store.ErrDamaged):
		problem = fmt.Sprintf("its events can't be read: %v", err)
	case err != nil:
		return false, err
	case r.head < at.Seen:
		problem = fmt.Sprintf("the view has seen revision %d, but the key ends at %d", at.Seen, r.head)
	}
	w.count(func(d *Verified) {
		switch {
		case at.Parked != nil:
			d.Parked++
		case r.more:
			d.Behind++
		}
	})
	if problem != "" && w.first(key) {
		w.report(key, problem, nil, nil)
	}
	return problem == "", nil
}

// first says whether the key wasn't reported yet.
func (w *verifying) first(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.failed[key]
	w.failed[key] = true
	return !known
}

// differ says in which way a row isn't what it should be.
func (w *verifying) differ(stored, folded Stored) string {
	switch {
	case stored.Row == nil && folded.Row == nil:
		return ""
	case stored.Row == nil:
		return "the row is missing"
	case folded.Row == nil:
		return "there should be no such row"
	}
	was, err := w.view.tidy(stored.Row)
	if err != nil {
		return err.Error()
	}
	is, err := w.view.tidy(folded.Row)
	switch {
	case err != nil:
		return err.Error()
	case !bytes.Equal(was, is):
		return "the row isn't the fold of its events"
	case stored.Rank != folded.Rank:
		return fmt.Sprintf("its rank is %q, not %q", stored.Rank, folded.Rank)
	}
	return ""
}

// orphans looks for rows of keys that have no events: where there are more items than keys have.
func (w *verifying) orphans(ctx context.Context) error {
	n := 0
	err := w.eachItem(ctx, w.projector.backend, func(id ItemID) error {
		n++
		return nil
	})
	if err != nil || n <= w.items {
		return err
	}
	return w.eachItem(ctx, w.projector.backend, func(id ItemID) error {
		head, err := w.projector.store.Head(ctx, id.ID)
		if err == nil && head.Revision() == 0 {
			w.report(id.ID, "there is no event of this key", nil, nil)
		}
		return err
	})
}

func (w *verifying) eachItem(ctx context.Context, b Backend, look func(ItemID) error) error {
	for q := (ItemQuery{View: w.view.name, Version: w.view.version}); ; {
		page, err := b.Items(ctx, q)
		if err != nil {
			return err
		}
		for _, id := range page.IDs {
			if err := look(id); err != nil {
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// replay is the fold of what a view has seen of one key.
type replay struct {
	projector *Projector // over the scratch
	view      active
	key       string
	at        Stored
	head      store.Revision // the last that was read
	more      bool           // the key has events that the view hasn't seen
}

func (r *replay) run(ctx context.Context) error {
	s := r.projector.session(r.view)
	defer s.close()
	begun, err := s.at(ctx, r.key)
	if err != nil {
		return err
	}
	r.head = begun.Seen
	var batch []store.Committed
	size := 0
	for e, err := range r.projector.store.Read(ctx, r.key, store.Range{Start: begun.Seen + 1}) {
		if err != nil {
			return err
		}
		if e.Revision > r.at.Seen {
			r.more = true
			break
		}
		r.head = e.Revision
		if slices.ContainsFunc(r.at.Skips, func(skip Skip) bool { return skip.Revision == e.Revision }) {
			continue
		}
		batch = append(batch, e)
		if size += len(e.Data); len(batch) < stride && size < strideBytes {
			continue
		}
		if err := r.fold(ctx, s, batch); err != nil {
			return err
		}
		batch, size = batch[:0], 0
	}
	return r.fold(ctx, s, batch)
}

// fold folds all of the events.
func (r *replay) fold(ctx context.Context, s *session, events []store.Committed) error {
	for len(events) > 0 {
		n, failure := s.fold(ctx, r.key, events)
		if failure != nil && n == 0 {
			return failure
		}
		stands, err := s.flush(ctx)
		switch {
		case err != nil:
			return err
		case stands && failure != nil:
			return failure
		case stands:
			events = events[n:]
			continue
		}
		if _, err := s.at(ctx, r.key); err != nil { // another key wrote one of its rows first
			return err
		}
	}
	return nil
}

// over is the projector with its rows elsewhere.
func (p *Projector) over(b Backend) *Projector {
	return &Projector{
		store: p.store, backend: b, recent: &recent{last: map[string]recently{}}, seen: p.seen, counts: &counts{}, waiters: newWaiters(),
		log: p.log, now: p.now, applyLimit: p.applyLimit,
	}
}
