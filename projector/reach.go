package projector

import "github.com/aeon-es/aeon/store"

// reach is how many of some events touch no more rows than there is room for beside what is pending.
type reach struct {
	events  int
	rows    []ItemID // of those rows, each once
	touches [][]int  // by event, which of them
	failure error    // what is wrong with the event behind them, if anything is
}

// ownRow is what an event touches in a view with one row per key.
var ownRow = []int{0}

// ownRows are the touches of events in such a view: none where it doesn't want the event.
func (v *view) ownRows(events []store.Committed) [][]int {
	touches := make([][]int, len(events))
	for i := range events {
		if v.wantsType(events[i].Type) {
			touches[i] = ownRow
		}
	}
	return touches
}

func (s *session) reach(seen ItemID, events []store.Committed) reach {
	var r reach
	writes := len(s.pending)
	beside := func(id ItemID) int {
		if _, pending := s.pending[id]; pending {
			return 0
		}
		return 1
	}
	if writes += beside(seen); writes > s.room {
		return r
	}
	if s.view.keyed {
		return reach{events: len(events), rows: []ItemID{seen}, touches: s.view.ownRows(events)}
	}
	met := map[string]int{}
	for ; r.events < len(events); r.events++ {
		ids, err := s.view.ids(events[r.events])
		if err != nil {
			r.failure = err
			return r
		}
		touched, rows := make([]int, len(ids)), r.rows
		for i, id := range ids {
			n, again := met[id]
			if !again {
				n = len(rows)
				met[id] = n
				rows = append(rows, s.view.row(id))
				writes += beside(rows[n])
			}
			touched[i] = n
		}
		if writes > s.room {
			return r
		}
		r.rows, r.touches = rows, append(r.touches, touched)
	}
	return r
}

// foldOf is the fold of events, over the rows as they are now.
func (s *session) foldOf(r reach, events []store.Committed) *fold {
	f := &fold{rows: make([]foldRow, len(r.rows)), events: events, touches: r.touches}
	for i, id := range r.rows {
		f.rows[i] = foldRow{id: id.ID, json: s.current(id).Row}
	}
	return f
}

// size is that of the rows that changed.
func (f *fold) size() int {
	n := 0
	for _, row := range f.changed {
		n += len(row.json)
	}
	return n
}
