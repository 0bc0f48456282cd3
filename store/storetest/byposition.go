package storetest

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/store"
)

var byPositionStories = []story{
	{"any range by position", anyRangeByPosition},
	{"ranges by position that cannot be", invalidByPosition},
}

// anyRangeByPosition bounds ranges by positions of events, by those right beside them, and by far ones.
func anyRangeByPosition(t *testing.T, e *env) {
	keys := make([][]store.Committed, len(shapes))
	bounds := []store.Position{{}, {15: 1}, {0: 0xff}}
	for i, sizes := range shapes {
		keys[i] = shaped(t, e, fmt.Sprint(e.key, i), sizes)
		for _, c := range keys[i] {
			bounds = append(bounds, c.Position, neighbour(c.Position, 1), neighbour(c.Position, -1))
		}
	}
	slices.SortFunc(bounds, store.Position.Compare)
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(shapes)-1).Draw(rt, "key")
		r := store.Range{
			StartPosition: bounds[rapid.IntRange(0, len(bounds)-1).Draw(rt, "start")],
			EndPosition:   bounds[rapid.IntRange(0, len(bounds)-1).Draw(rt, "end")],
			Limit:         rapid.IntRange(0, 5).Draw(rt, "limit"),
			Backward:      rapid.Bool().Draw(rt, "backward"),
		}
		if !r.EndPosition.IsZero() && r.StartPosition.Compare(r.EndPosition) > 0 {
			r.StartPosition, r.EndPosition = r.EndPosition, r.StartPosition
		}
		r.StartExclusive = !r.StartPosition.IsZero() && rapid.Bool().Draw(rt, "start exclusive")
		r.EndExclusive = !r.EndPosition.IsZero() && rapid.Bool().Draw(rt, "end exclusive")
		want := wantedByPosition(keys[i], r)
		key := fmt.Sprint(e.key, i)

		compare(rt, "Read", e.store.Read(ctx, key, r), want, len(want)+1)
		head, seq, err := e.store.ReadForAppend(ctx, key, r)
		if err != nil || head.Revision() != store.Revision(len(keys[i])) {
			rt.Fatalf("ReadForAppend: the head is %d, %v", head.Revision(), err)
		}
		compare(rt, "ReadForAppend", seq, want, len(want)+1)
	})
}

// wantedByPosition is the model: what r should read of a key with these events.
func wantedByPosition(events []store.Committed, r store.Range) []store.Committed {
	asked := store.AllRange{
		Start: r.StartPosition, End: r.EndPosition, StartExclusive: r.StartExclusive, EndExclusive: r.EndExclusive,
		Limit: r.Limit, Backward: r.Backward,
	}
	return ofSlice(events, asked)
}

func invalidByPosition(t *testing.T, e *env) {
	all := shaped(t, e, e.key, []int{1, 2})
	first, last := all[0].Position, all[2].Position
	for name, r := range map[string]store.Range{
		"start behind end": {StartPosition: last, EndPosition: first}, "both kinds of start": {Start: 1, StartPosition: first},
		"one kind each": {Start: 1, EndPosition: last}, "no end to leave out": {StartPosition: first, EndExclusive: true},
		"no start to leave out": {EndPosition: last, StartExclusive: true},
	} {
		for _, err := range e.store.Read(t.Context(), e.key, r) {
			mustBeInvalid(t, name, err)
		}
		_, _, err := e.store.ReadForAppend(t.Context(), e.key, r)
		mustBeInvalid(t, name, err)
	}
}
