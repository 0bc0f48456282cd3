package projector

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"time"

	"github.com/aeon-es/aeon/store"
)

// maxBytes is how much JSON one step may write: DynamoDB takes 4 MB in a transaction, in which rows can be twice as large, and
// have other things beside them.
const maxBytes = 15 << 17

// session gathers what is to be written of one view, over what it has read of it. It serves one goroutine.
type session struct {
	projector *Projector
	view      active
	runner    runner
	known     map[ItemID]Stored // as read, or as written by this session
	pending   map[ItemID]Stored // to be written
	order     []ItemID          // of pending, in which they came to be
	bytes     int               // of the rows in pending
	room      int               // how many items may be pending
}

// session makes one. It is to be closed, if anything is folded.
func (p *Projector) session(v active) *session {
	return &session{projector: p, view: v, runner: runner{view: v}, known: map[ItemID]Stored{}, pending: map[ItemID]Stored{}, room: MaxWrites}
}

func (s *session) close() { s.runner.stop() }

// load reads the items that aren't known yet.
func (s *session) load(ctx context.Context, ids ...ItemID) error {
	var missing []ItemID
	for _, id := range ids {
		if _, known := s.known[id]; !known {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	items, err := s.projector.backend.Load(ctx, missing...)
	if err != nil {
		return err
	}
	for i, id := range missing {
		s.known[id] = items[i]
	}
	return nil
}

// current is an item with what is pending of it.
func (s *session) current(id ItemID) Stored {
	if next, pending := s.pending[id]; pending {
		return next
	}
	return s.known[id]
}

// errFull says that nothing more fits beside what is pending.
var errFull = errors.New("no more fits into one write")

// fold folds events, which follow on what the key has seen, as far as they fit into one write. It answers how many that
// was; a [*ProjectionError] says that the one behind them can't be folded.
func (s *session) fold(ctx context.Context, key string, events []store.Committed) (folded int, err error) {
	seen := s.view.seen(key)
	r := s.reach(seen, events)
	n, failure := r.events, r.failure
	if n == 0 && failure == nil {
		return 0, errFull
	}
	if err := s.load(ctx, r.rows...); err != nil {
		return 0, err
	}
	for n > 0 {
		f, err := s.runner.run(ctx, s.foldOf(r, events[:n]), s.projector.applyLimit)
		if err == nil && f.err == nil && len(f.events) < n { // it stopped early, for it takes long
			n, failure = len(f.events), nil
		}
		switch {
		case err != nil:
			return 0, err
		case f.err != nil: // go back to before it failed: its rows may be half done
			failure, n = f.err, f.failed
		case s.bytes+f.size() <= maxBytes:
			if i, cause, err := s.emit(ctx, events[:n], f); err != nil {
				return 0, err
			} else if cause != nil { // go back to before that event, as its state is in the rows
				failure, n = cause, i
				continue
			}
			s.put(seen, events[n-1].Revision, r.rows, f.changed)
			return n, s.view.failure(key, events, n, failure)
		case len(s.pending) > 0:
			return 0, errFull
		case n == 1:
			failure, n = rowErrorf("the rows of one event are %d bytes together, the limit is %d", f.size(), maxBytes), 0
		default:
			failure, n = nil, n/2
		}
	}
	return 0, s.view.failure(key, events, 0, failure)
}

// quick is how long an event may take where other keys wait for it.
const quick = 200 * time.Millisecond

// foldWhole folds all of the events, if that is quickly done and they fit beside what is pending; or else nothing.
func (s *session) foldWhole(ctx context.Context, key string, events []store.Committed) outcome {
	at := s.view.seen(key)
	r := s.reach(at, events)
	if r.failure != nil {
		return needsMore
	}
	if r.events < len(events) {
		return noRoom
	}
	if err := s.load(ctx, r.rows...); err != nil {
		return needsMore
	}
	f, err := s.runner.run(ctx, s.foldOf(r, events), min(s.projector.applyLimit, quick))
	switch {
	case err != nil || f.err != nil || len(f.events) < len(events) || len(f.reactions) > 0:
		return needsMore
	case s.bytes+f.size() > maxBytes:
		return noRoom
	}
	s.put(at, events[len(events)-1].Revision, r.rows, f.changed)
	return foldedWhole
}

// put makes pending that the key has seen revision and rows have changed.
func (s *session) put(seen ItemID, revision store.Revision, rows []ItemID, changed []encodedRow) {
	at := s.current(seen)
	at.Token, at.Seen, at.Parked = newToken(), revision, nil
	for i, row := range changed {
		if !row.touched {
			continue
		}
		s.bytes += len(row.json) - len(s.pending[rows[i]].Row)
		if s.view.keyed { // the row is where the seen revision is
			at.Row, at.Rank = row.json, row.rank
			break
		}
		next := s.current(rows[i])
		next.Token, next.Row, next.Rank = "", row.json, row.rank
		if row.json != nil {
			next.Token = newToken()
		}
		s.set(rows[i], next)
	}
	s.set(seen, at)
}

// set makes an item pending.
func (s *session) set(id ItemID, next Stored) {
	if _, pending := s.pending[id]; !pending {
		s.order = append(s.order, id)
	}
	s.pending[id] = next
}

// writes are what is pending.
func (s *session) writes() []Write {
	writes := make([]Write, 0, len(s.order))
	for _, id := range s.order {
		next, was := s.pending[id], s.known[id].Token
		if was == "" && next.Token == "" {
			continue // neither was there nor is to be
		}
		writes = append(writes, Write{ID: id, Was: was, Next: next})
	}
	return writes
}

// flush writes what is pending in one step. false: somebody else has written some of it since it was read; the session then
// knows nothing any more.
func (s *session) flush(ctx context.Context) (bool, error) {
	if len(s.pending) == 0 {
		return true, nil
	}
	done, err := s.projector.backend.Save(ctx, s.writes()...)
	if err != nil {
		return false, err
	}
	if done {
		s.projector.saved(s.view, s.known, s.pending)
		maps.Copy(s.known, s.pending)
	} else {
		s.projector.counts.refused.Add(1)
		clear(s.known)
	}
	s.clear()
	return done, nil
}

// clear forgets what is pending.
func (s *session) clear() {
	clear(s.pending)
	s.order, s.bytes = s.order[:0], 0
}

// failure is err as what is wrong with event n; nil if nothing is.
func (v *view) failure(key string, events []store.Committed, n int, err error) error {
	if err == nil {
		return nil
	}
	return &ProjectionError{View: v.name, Key: key, Revision: events[n].Revision, Err: err, correlationID: events[n].CorrelationID}
}

// newToken is one that no item has had.
func newToken() string { return rand.Text() }

// DefaultApplyLimit is how long a view's code may take for one event, unless said otherwise.
const DefaultApplyLimit = 5 * time.Second
