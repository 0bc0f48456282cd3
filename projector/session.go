package projector

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/aeon-es/aeon/store"
)

// maxBytes is how much one step may write: DynamoDB takes 4 MB in a transaction, of which rows are a little more
// than their JSON.
const maxBytes = 3 << 20

// session gathers what is to be written of one view, over what it has read of it. It serves one goroutine.
type session struct {
	projector *Projector
	view      active
	known     map[ItemID]Stored // as read, or as written by this session
	pending   map[ItemID]Stored // to be written
	bytes     int               // of the rows in pending
}

func (p *Projector) session(v active) *session {
	return &session{projector: p, view: v, known: map[ItemID]Stored{}, pending: map[ItemID]Stored{}}
}

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
	n, rows, failure := s.reach(seen, events)
	if n == 0 && failure == nil {
		return 0, errFull
	}
	if err := s.load(ctx, rows...); err != nil {
		return 0, err
	}
	for n > 0 {
		f, err := s.view.run(ctx, s.stored(rows), events[:n], s.projector.applyLimit)
		if err == nil && f.err == nil && len(f.events) < n { // it stopped early, for it takes long
			n, failure = len(f.events), nil
		}
		switch {
		case err != nil:
			return 0, err
		case f.err != nil: // go back to before it failed: its rows may be half done
			failure, n = f.err, f.failed
		case s.bytes+sizeOf(f.changed) <= maxBytes:
			if i, cause, err := s.emit(ctx, events[:n], f); err != nil {
				return 0, err
			} else if cause != nil { // go back to before that event, as its state is in the rows
				failure, n = cause, i
				continue
			}
			s.put(seen, events[n-1].Revision, f.changed)
			return n, s.view.failure(key, events, n, failure)
		case len(s.pending) > 0:
			return 0, errFull
		case n == 1:
			failure, n = rowErrorf("the rows of one event are %d bytes together, the limit is %d", sizeOf(f.changed), maxBytes), 0
		default:
			failure, n = nil, n/2
		}
	}
	return 0, s.view.failure(key, events, 0, failure)
}

// reach is how many of the events touch no more rows than can be written in one step beside what is pending, and
// the items of those rows. failure is what is wrong with the event behind them, if anything is.
func (s *session) reach(seen ItemID, events []store.Committed) (n int, rows []ItemID, failure error) {
	items := map[ItemID]bool{seen: true}
	for id := range s.pending {
		items[id] = true
	}
	if len(items) > MaxWrites {
		return 0, nil, nil
	}
	met := map[ItemID]bool{}
	for i, e := range events {
		ids, err := s.view.ids(e)
		if err != nil {
			return i, rows, err
		}
		var more []ItemID
		for _, id := range ids {
			if item := s.view.row(id); !met[item] {
				met[item] = true
				more = append(more, item)
				items[item] = true
			}
		}
		if len(items) > MaxWrites {
			return i, rows, nil
		}
		rows = append(rows, more...)
	}
	return len(events), rows, nil
}

// stored are the rows of items as they are now, by their ids.
func (s *session) stored(rows []ItemID) map[string]json.RawMessage {
	stored := make(map[string]json.RawMessage, len(rows))
	for _, id := range rows {
		stored[id.ID] = s.current(id).Row
	}
	return stored
}

// put makes pending that the key has seen revision and the rows have changed.
func (s *session) put(seen ItemID, revision store.Revision, changed map[string]encodedRow) {
	for id, row := range changed {
		item := s.view.row(id)
		s.bytes += len(row.json) - len(s.pending[item].Row)
		next := s.current(item) // in a keyed view it holds more than the row
		next.Token, next.Row, next.Rank = "", row.json, row.rank
		if row.json != nil || s.view.keyed {
			next.Token = newToken()
		}
		s.pending[item] = next
	}
	next := s.current(seen) // in a keyed view, the row
	next.Token, next.Seen, next.Parked = newToken(), revision, nil
	s.pending[seen] = next
}

// flush writes what is pending. false: somebody else has written some of it since it was read; the session then
// knows nothing any more.
func (s *session) flush(ctx context.Context) (bool, error) {
	if len(s.pending) == 0 {
		return true, nil
	}
	writes := make([]Write, 0, len(s.pending))
	for id, next := range s.pending {
		was := s.known[id].Token
		if was == "" && next.Token == "" {
			continue // neither was there nor is to be
		}
		writes = append(writes, Write{ID: id, Was: was, Next: next})
	}
	done, err := s.projector.backend.Save(ctx, writes...)
	if err != nil {
		return false, err
	}
	if done {
		s.projector.counts.count(s.known, s.pending)
	} else {
		s.projector.counts.refused.Add(1)
		clear(s.known)
	}
	for id, next := range s.pending {
		if done {
			s.known[id] = next
		}
	}
	clear(s.pending)
	s.bytes = 0
	return done, nil
}

func sizeOf(rows map[string]encodedRow) int {
	n := 0
	for _, row := range rows {
		n += len(row.json)
	}
	return n
}

// failure is err as what is wrong with event n; nil if nothing is.
func (v *view) failure(key string, events []store.Committed, n int, err error) error {
	if err == nil {
		return nil
	}
	return &ProjectionError{View: v.name, Key: key, Revision: events[n].Revision, Err: err}
}

// newToken is one that no item has had.
func newToken() string { return rand.Text() }

// DefaultApplyLimit is how long a view's code may take for one event, unless said otherwise.
const DefaultApplyLimit = 5 * time.Second

// loadSeen reads where the view stands with the keys.
func (s *session) loadSeen(ctx context.Context, keys []*keyNews) error {
	var ids []ItemID
	for _, k := range keys {
		if !k.seenBy(s.projector.seen.get(s.view, k.key)) {
			ids = append(ids, s.view.seen(k.key))
		}
	}
	return s.load(ctx, ids...)
}

// snapshot is what is pending, to go back to.
func (s *session) snapshot() session {
	return session{pending: maps.Clone(s.pending), bytes: s.bytes}
}

func (s *session) restore(before session) { s.pending, s.bytes = before.pending, before.bytes }
