package projector

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/store"
)

// View is a read model with one row per key: what Apply makes of that key's events, one after another.
// A row is stored as JSON of the Row type, which must encode to an object whose names don't begin with "_".
type View[Row any] struct {
	// Name names the view in queries: 1 to 64 of a-z, 0-9 and "-".
	Name string
	// Version is raised to rebuild the view under the same name; 0 means 1.
	Version int
	// Types are the event types it wants; none means all.
	Types []string
	// Keys are the prefixes of the keys it wants; none means all.
	Keys []string
	// Apply folds one event into the row of its key. row is nil while there is none; answering nil deletes
	// it. It must be pure: the same events give the same row, and it may run again for the same event.
	Apply func(row *Row, e store.Committed) (*Row, error)
}

// Definition is any [View], whatever its row.
type Definition interface {
	compile() (*view, error)
}

// view is a View without its row type: rows are JSON, nil where there is none.
type view struct {
	name    string
	version int
	types   []string
	keys    []string
	// fold applies events to row. After a failure it says how many events went before it.
	fold func(row json.RawMessage, events []store.Committed) (next json.RawMessage, folded int, err error)
	// tidy writes a stored row as the row type does: its fields only, in their order.
	tidy func(row json.RawMessage) (json.RawMessage, error)
}

var viewName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

func (v View[Row]) compile() (*view, error) {
	switch {
	case !viewName.MatchString(v.Name):
		return nil, fmt.Errorf("view %q: the name must be 1 to 64 of a-z, 0-9 and \"-\"", v.Name)
	case v.Version < 0:
		return nil, fmt.Errorf("view %q: version %d is negative", v.Name, v.Version)
	case v.Apply == nil:
		return nil, fmt.Errorf("view %q has no Apply", v.Name)
	}
	return &view{
		name: v.Name, version: max(1, v.Version), types: slices.Clone(v.Types), keys: slices.Clone(v.Keys),
		fold: v.fold, tidy: tidy[Row],
	}, nil
}

func (v View[Row]) fold(stored json.RawMessage, events []store.Committed) (json.RawMessage, int, error) {
	row, err := decodeRow[Row](stored)
	if err != nil {
		return nil, 0, err
	}
	for i, e := range events {
		if row, err = v.apply(row, e); err != nil {
			return nil, i, err
		}
	}
	next, err := encodeRow(row)
	if err != nil {
		return nil, v.storable(stored, events), err
	}
	return next, len(events), nil
}

// storable is how many events can be folded into a row that can still be stored.
func (v View[Row]) storable(stored json.RawMessage, events []store.Committed) int {
	row, err := decodeRow[Row](stored)
	for i, e := range events {
		if err == nil {
			row, err = v.apply(row, e)
		}
		if err == nil {
			_, err = encodeRow(row)
		}
		if err != nil {
			return i
		}
	}
	return len(events)
}

// apply calls Apply for an event that the view wants, and turns its panic into an error.
func (v View[Row]) apply(row *Row, e store.Committed) (next *Row, err error) {
	if len(v.Types) > 0 && !slices.Contains(v.Types, e.Type) {
		return row, nil
	}
	defer func() {
		if p := recover(); p != nil {
			next, err = nil, &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return v.Apply(row, e)
}

// wants says whether the view has a row for the key.
func (v *view) wants(key string) bool {
	return len(v.keys) == 0 || slices.ContainsFunc(v.keys, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

func tidy[Row any](stored json.RawMessage) (json.RawMessage, error) {
	row, err := decodeRow[Row](stored)
	if err != nil {
		return nil, err
	}
	return json.Marshal(row)
}
