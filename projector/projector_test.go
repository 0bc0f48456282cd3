package projector

import (
	"errors"
	"testing"

	"github.com/aeon-es/aeon/store"
)

func TestKeyed(t *testing.T) {
	t.Parallel()
	type row struct{}
	apply := func(*row, store.Committed) (*row, error) { return nil, nil }
	ids := func(store.Committed) []string { return nil }
	p, err := New(nil, nil, nil, View[row]{Name: "one", Apply: apply}, View[row]{Name: "many", IDs: ids, Apply: apply})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"one": true, "many": false} {
		if keyed, err := p.Keyed(name); keyed != want || err != nil {
			t.Errorf("%s: %t, %v", name, keyed, err)
		}
	}
	if _, err := p.Keyed("none"); !errors.Is(err, ErrUnknownView) || err.Error() != `unknown view "none": known are one, many` {
		t.Errorf("none: %v", err)
	}
}
