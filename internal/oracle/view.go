package oracle

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// View says what the rows of a view must be.
type View struct {
	name    string
	version int
	keyed   bool
	ids     func(e store.Committed) []string
	apply   func(id string, row json.RawMessage, e store.Committed) (json.RawMessage, error)
}

// Of takes a view's code for what it must be: that of the mended view, where some projectors run a broken one.
func Of[Row any](v projector.View[Row]) View {
	apply := v.ApplyTo
	if v.Apply != nil {
		apply = func(_ string, row *Row, e store.Committed) (*Row, error) { return v.Apply(row, e) }
	}
	return View{
		name: v.Name, version: max(1, v.Version), keyed: v.IDs == nil,
		ids: func(e store.Committed) []string {
			switch {
			case len(v.Types) > 0 && !slices.Contains(v.Types, e.Type):
				return nil
			case v.IDs == nil:
				return []string{e.Key}
			}
			ids := slices.Clone(v.IDs(e))
			slices.Sort(ids)
			return slices.Compact(ids)
		},
		apply: func(id string, stored json.RawMessage, e store.Committed) (json.RawMessage, error) {
			var row *Row
			if stored != nil {
				row = new(Row)
				if err := json.Unmarshal(stored, row); err != nil {
					return nil, err
				}
			}
			row, err := apply(id, row, e)
			if err != nil || row == nil {
				return nil, err
			}
			return json.Marshal(row)
		},
	}
}

// state is where one view stands: by what was saved, and by what must be.
type state struct {
	View
	seen map[string]store.Revision // by key
	// reached are the steps with which each revision of a key was seen.
	reached map[string][]int
	must    map[string]json.RawMessage // by row; absent where there is none
	is      map[string][]version       // by row, as it was from step to step
	marks   map[string]projector.Parked
	marked  map[string]int // how often each key was
	skips   map[skipped]bool
	// forgotten: it is to be dropped, and may be anything.
	forgotten bool
}

// skipped is an event that an operator has passed over.
type skipped struct {
	key      string
	revision store.Revision
}

// version is what a row was from a step on.
type version struct {
	step int
	row  string // "" for none
	seen store.Revision
}

func (v View) state() *state {
	return &state{
		View: v, seen: map[string]store.Revision{}, reached: map[string][]int{}, must: map[string]json.RawMessage{},
		is: map[string][]version{}, marks: map[string]projector.Parked{}, marked: map[string]int{},
		skips: map[skipped]bool{},
	}
}

// advance folds events of a key into what must be, and answers the rows they touch.
func (s *state) advance(step int, key string, events []store.Committed) ([]string, error) {
	var touched []string
	for _, e := range events {
		for _, id := range s.ids(e) {
			if s.skips[skipped{key, e.Revision}] {
				continue
			}
			row, err := s.apply(id, s.must[id], e)
			if err != nil {
				return nil, fmt.Errorf("the oracle itself can't fold revision %d of %q: %w", e.Revision, key, err)
			}
			s.must[id] = row
			touched = append(touched, id)
		}
		s.reached[key] = append(s.reached[key], step)
	}
	s.seen[key] += store.Revision(len(events))
	return touched, nil
}

// now is what a row is.
func (s *state) now(id string) version {
	if versions := s.is[id]; len(versions) > 0 {
		return versions[len(versions)-1]
	}
	return version{}
}
