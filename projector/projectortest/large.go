package projectortest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// shape is a row that is as large in a database as its elements make it.
type shape struct {
	List []any `json:"list"`
}

// rowsAtTheLimit has rows that are as large as they may be, with the longest key and rank: by their JSON, which is stored, and
// has all else beside it that its item may have to hold; and of numbers, which DynamoDB counts for more, and park the key. A
// batch that fails would come again for ever.
func rowsAtTheLimit(t *testing.T, b *bundle) {
	t.Run("text", func(t *testing.T) {
		rowAtTheLimit(t, b, strings.Repeat("x", 1000), (projector.MaxRow-len(`{"list":[]}`))/1003, true)
	})
	t.Run("small numbers", func(t *testing.T) {
		rowAtTheLimit(t, b, 1, (projector.MaxRow-len(`{"list":[]}`))/2, false)
	})
}

func rowAtTheLimit(t *testing.T, b *bundle, element any, n int, fits bool) {
	row := &shape{List: slices.Repeat([]any{element}, n)}
	view := viewName(t)
	p, err := projector.New(b.store, b.backend, nil, projector.View[shape]{
		Name: view, Rank: func(shape) string { return strings.Repeat("r", projector.MaxRank) },
		Apply: func(*shape, store.Committed) (*shape, error) { return row, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Repeat("k", store.MaxKey-len(t.Name())) + t.Name()
	if err := p.Ring(t.Context(), bells(b.append(t, key, "happened"))); err != nil {
		t.Fatalf("neither stored nor parked: %v", err)
	}
	_, err = p.Query(t.Context(), view, key)
	if parked := errors.Is(err, projector.ErrParked); parked == fits {
		t.Errorf("a row of %d elements: %v", n, err)
	}
	if fits {
		fillUp(t, b, view, key)
	}
}

// fillUp has the item hold all skips that there may be, and a mark with the longest reason.
func fillUp(t *testing.T, b *bundle, view, key string) {
	t.Helper()
	id := projector.ItemID{View: view, Version: 1, ID: key}
	items, err := b.backend.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	next := items[0]
	next.Token = strings.Repeat("t", 26)
	next.Parked = &projector.Parked{Revision: 1 << 52, Class: projector.ClassTimeout, Reason: strings.Repeat("x", 1024), Since: time.Now()}
	for range projector.MaxSkips {
		next.Skips = append(next.Skips, projector.Skip{Revision: 1 << 52, Reason: strings.Repeat("s", projector.MaxSkipReason), At: time.Now()})
	}
	mustSave(t, b.backend, projector.Write{ID: id, Was: items[0].Token, Next: next})
}
