package projector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aeon-es/aeon/store"
)

// View is a read model: rows folded from events. A row is stored as JSON of the Row type, which must encode to an object
// whose names don't begin with "_".
//
// Without IDs it has one row per key, which is what the key's events make of it, one after another. With IDs an event
// may touch any rows: each key's events still come in order, but those of different keys in any, so that a row fed by
// several keys must not depend on which came first.
type View[Row any] struct {
	// Name names the view in queries: 1 to 64 of a-z, 0-9 and "-".
	Name string
	// Version is raised to rebuild the view under the same name: the code of both versions is given until queries have been
	// switched, see [Projector.Rebuild]. 0 means 1.
	Version int
	// Types are the event types it wants; none means all.
	Types []string
	// Keys are the prefixes of the keys it wants; none means all.
	Keys []string
	// IDs names the rows that an event touches, at most 99, each of 1 to 1,024 bytes as a key is; nil means the one of
	// its key. It must be pure.
	IDs func(e store.Committed) []string
	// Apply folds one event into a row. row is nil while there is none; answering nil deletes it. It must be pure: the
	// same events give the same row, and it may run again for the same event.
	Apply func(row *Row, e store.Committed) (*Row, error)
	// ApplyTo is Apply for views with IDs in which it matters which row it is; one of the two is given.
	ApplyTo func(id string, row *Row, e store.Committed) (*Row, error)
	// Rank is where a row stands in the view's list, see [Projector.List]: at most [MaxRank] bytes of UTF-8 without U+0000,
	// compared byte by byte, as [RankInt] makes them of integers. Rows of the same rank are in the order of their ids. "" leaves a row
	// out. It must be pure. Ranks are stored with the rows: raise Version when they change. nil: no row has a rank.
	Rank func(row Row) string
}

// Definition is any [View] or [React], whatever its row.
type Definition interface {
	compile() (*view, error)
}

// view is a View without its row type: rows are JSON, nil where there is none.
type view struct {
	name    string
	version int
	types   []string
	keys    []string
	keyed   bool // one row per key
	reacts  bool // it is a process manager
	ranked  bool // rows may have a rank
	// ids are the rows that an event touches, each once; none if the view doesn't want it. Not for views with one row per key.
	ids func(e store.Committed) ([]string, error)
	// fold applies events to rows, of which it gets all that they touch.
	fold func(f *fold)
	// tidy writes a stored row as the row type does: its fields only, in their order.
	tidy func(row json.RawMessage) (json.RawMessage, error)
}

// isViewName is written by hand: an expression would be compiled at every start of a Lambda function.
func isViewName(s string) bool {
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (v View[Row]) compile() (*view, error) {
	switch {
	case !isViewName(v.Name):
		return nil, fmt.Errorf("view %q: the name must be 1 to 64 of a-z, 0-9 and \"-\"", v.Name)
	case v.Version < 0:
		return nil, fmt.Errorf("view %q: version %d is negative", v.Name, v.Version)
	case (v.Apply == nil) == (v.ApplyTo == nil):
		return nil, fmt.Errorf("view %q needs either Apply or ApplyTo", v.Name)
	}
	if v.Apply != nil {
		v.ApplyTo = func(_ string, row *Row, e store.Committed) (*Row, error) { return v.Apply(row, e) }
	}
	return &view{
		name: v.Name, version: max(1, v.Version), types: slices.Clone(v.Types), keys: slices.Clone(v.Keys),
		keyed: v.IDs == nil, ranked: v.Rank != nil, ids: v.ids, fold: v.fold, tidy: tidy[Row],
	}, nil
}

// maxRows is how many rows an event may touch: with the seen revision they are written in one step.
const maxRows = MaxWrites - 1

func (v View[Row]) ids(e store.Committed) (ids []string, err error) {
	if len(v.Types) > 0 && !slices.Contains(v.Types, e.Type) {
		return nil, nil
	}
	defer recoverInto(&err)
	ids = slices.Clone(v.IDs(e))
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) > maxRows {
		return nil, rowErrorf("the event touches %d rows, the limit is %d", len(ids), maxRows)
	}
	for _, id := range ids {
		if err := store.ValidateKey(id); err != nil {
			return nil, rowErrorf("the id of a row: %v", err)
		}
	}
	return ids, nil
}

// wants says whether the view has rows from the key.
func (v *view) wants(key string) bool {
	return len(v.keys) == 0 || slices.ContainsFunc(v.keys, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// wantsType says whether the view wants events of that type.
func (v *view) wantsType(name string) bool {
	return len(v.types) == 0 || slices.Contains(v.types, name)
}

// row is the item of a row.
func (v *view) row(id string) ItemID {
	return ItemID{Kind: RowItem, View: v.name, Version: v.version, ID: id}
}

// seen is the item that holds the seen revision of key.
func (v *view) seen(key string) ItemID {
	if v.keyed {
		return v.row(key)
	}
	return ItemID{Kind: SeenItem, View: v.name, Version: v.version, ID: key}
}

func tidy[Row any](stored json.RawMessage) (json.RawMessage, error) {
	row, err := decodeRow[Row](stored)
	if err != nil {
		return nil, err
	}
	return json.Marshal(row)
}
