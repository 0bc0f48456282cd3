package projector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// together folds the news of many keys: it reads at once where the view stands with them, folds one after the other, and writes what
// has come of it. It leaves to eachAlone the keys that need more than that: those whose events have to be read first, take long,
// fail, are reacted to, or don't fit into one write, and what another projector was ahead of.
func (p *Projector) together(ctx context.Context, v active, keys []*keyNews) (alone []turn, failed map[string]error) {
	if !v.keyed {
		t := p.batch(v)
		t.fold(ctx, keys)
		return t.alone, t.failed
	}
	failed = map[string]error{}
	var mu sync.Mutex
	var all errgroup.Group
	all.SetLimit(batchesAtOnce)
	for some := range slices.Chunk(keys, p.room(v)) {
		all.Go(func() error {
			t := p.batch(v)
			t.fold(ctx, some)
			mu.Lock()
			defer mu.Unlock()
			alone = append(alone, t.alone...)
			maps.Copy(failed, t.failed)
			return nil
		})
	}
	_ = all.Wait() // each keeps its own failures
	return alone, failed
}

const (
	// batchesAtOnce is how many batches of keys are under way side by side in a view with one row per key.
	batchesAtOnce = 4
	// patience is how long the code of such a view may take for a batch of keys one after the other. Code that takes longer is
	// better run side by side.
	patience = time.Second
)

// batch is the news of keys that are written together.
type batch struct {
	projector *Projector
	session   *session
	written   []*keyNews // pending in the session
	alone     []turn     // left
	failed    map[string]error
}

func (p *Projector) batch(v active) *batch {
	b := &batch{projector: p, session: p.session(v), failed: map[string]error{}}
	b.session.room = p.room(v)
	return b
}

// room is how many items of a view are gathered before they are written. Rows that are written each by itself, but in one go, may be
// more than what one step takes.
func (p *Projector) room(v active) int {
	if _, ok := p.backend.(EachSaver); ok && v.keyed {
		return MaxEach
	}
	return MaxWrites
}

func (b *batch) fold(ctx context.Context, keys []*keyNews) {
	s := b.session
	defer s.close()
	keys = slices.DeleteFunc(slices.Clone(keys), func(k *keyNews) bool { return k.seenBy(b.projector.seen.get(s.view, k.key)) })
	loaded, spent := 0, time.Duration(0)
	for i, k := range keys {
		var err error
		if i == loaded || len(s.known) == 0 {
			loaded = min(i+MaxWrites, len(keys))
			err = b.load(ctx, keys[i:loaded])
		}
		if err != nil || s.view.keyed && spent > patience { // each will say for itself
			for _, k := range keys[i:] {
				b.leave(k)
			}
			break
		}
		began := time.Now()
		became := b.foldBeside(ctx, k)
		spent += time.Since(began)
		if became == noRoom && len(b.written) > 0 {
			b.flush(ctx)
			became = b.foldBeside(ctx, k)
		}
		switch became {
		case foldedWhole:
			b.written = append(b.written, k)
		case noRoom, needsMore:
			b.leave(k)
		case nothingNew:
		}
	}
	b.flush(ctx)
}

// load reads where the view stands with keys, and then the rows that their news touch. What was read before is forgotten, unless
// something of it is to be written.
func (b *batch) load(ctx context.Context, keys []*keyNews) error {
	s := b.session
	maps.DeleteFunc(s.known, func(id ItemID, _ Stored) bool { _, pending := s.pending[id]; return !pending })
	items := make([]ItemID, len(keys))
	for i, k := range keys {
		items[i] = s.view.seen(k.key)
	}
	if err := s.load(ctx, items...); err != nil || s.view.keyed {
		return err
	}
	var rows []ItemID // each once, in the order in which they are met
	met := map[ItemID]bool{}
	for i, k := range keys {
		at := s.current(items[i])
		if at.Parked != nil || k.seenBy(at.Seen) {
			continue
		}
		for _, e := range k.following(at.Seen) {
			ids, err := s.view.ids(e)
			if err != nil { // so it will be for who folds it
				break
			}
			for _, id := range ids {
				if row := s.view.row(id); !met[row] {
					met[row] = true
					rows = append(rows, row)
				}
			}
		}
	}
	return s.load(ctx, rows...)
}

// leave leaves a key to eachAlone.
func (b *batch) leave(k *keyNews) {
	t := turn{keyNews: k}
	if at, known := b.session.known[b.session.view.seen(k.key)]; known {
		t.at = &at
	}
	b.alone = append(b.alone, t)
}

// What became of a key's news beside what is pending.
type outcome int

const (
	nothingNew  outcome = iota
	foldedWhole         // it is pending
	noRoom              // beside the others
	needsMore           // than being folded beside others
)

func (b *batch) foldBeside(ctx context.Context, k *keyNews) outcome {
	p, s := b.projector, b.session
	at, err := s.at(ctx, k.key)
	if err != nil {
		return needsMore
	}
	p.seen.saw(s.view, k.key, at.Seen)
	if at.Parked != nil || k.seenBy(at.Seen) {
		return nothingNew
	}
	events := k.following(at.Seen)
	if len(events) == 0 && !s.view.keyed && k.revision > 0 && k.firstBehind(at.Seen) == 0 {
		if events, _, err = p.next(ctx, k.key, at.Seen, k.news); err != nil {
			return needsMore
		}
	}
	if len(events) == 0 || !k.seenBy(events[len(events)-1].Revision) {
		return needsMore
	}
	return s.foldWhole(ctx, k.key, events)
}

// flush writes what is pending: in a view with one row per key each row by itself, at half of what a transaction costs.
func (b *batch) flush(ctx context.Context) {
	if len(b.written) == 0 {
		return
	}
	s, p := b.session, b.projector
	results := make([]saved, len(b.written))
	if s.view.keyed {
		s.flushEach(ctx, results)
	} else {
		done, err := s.flush(ctx)
		if err != nil { // it may be done or not: begin anew with whoever is next
			clear(s.known)
			s.clear()
		}
		for i := range results {
			results[i] = saved{done, err}
		}
	}
	for i, k := range b.written {
		switch r := results[i]; {
		case r.err != nil:
			b.failed[k.key] = fmt.Errorf("view %q, key %q: %w", s.view.name, k.key, r.err)
		case !r.done:
			b.leave(k)
		default:
			p.seen.saw(s.view, k.key, s.known[s.view.seen(k.key)].Seen)
		}
	}
	b.written = b.written[:0]
}

// saved is what became of a write.
type saved struct {
	done bool
	err  error
}

// flushEach writes each item that is pending by itself, in the order in which they came to be.
func (s *session) flushEach(ctx context.Context, results []saved) {
	writes := s.writes()
	s.projector.saveEach(ctx, writes, results)
	for i, w := range writes {
		switch r := results[i]; {
		case r.done:
			s.projector.saved(s.view, s.known, map[ItemID]Stored{w.ID: w.Next})
			s.known[w.ID] = w.Next
		default:
			delete(s.known, w.ID)
			if r.err == nil {
				s.projector.counts.refused.Add(1)
			}
		}
	}
	s.clear()
}

func (p *Projector) saveEach(ctx context.Context, writes []Write, results []saved) {
	if b, ok := p.backend.(EachSaver); ok {
		done, err := b.SaveEach(ctx, writes...)
		for i := range results {
			results[i] = saved{err == nil && done[i], err}
		}
		return
	}
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, w := range writes {
		all.Go(func() error {
			results[i].done, results[i].err = p.backend.Save(ctx, w)
			return nil
		})
	}
	_ = all.Wait() // each keeps its own result
}
