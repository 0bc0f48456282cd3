package store_test

import (
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
)

func TestHorizon(t *testing.T) {
	t.Parallel()
	b := memstore.New()
	hour := store.New(b, store.WithHorizon(time.Hour)).Settled()
	if none := store.New(b, store.WithHorizon(0)).Settled(); none.Compare(hour) <= 0 {
		t.Errorf("settled without a horizon up to %s, with one of an hour up to %s", none, hour)
	}
	if usual := store.New(b).Settled(); usual.Compare(hour) <= 0 {
		t.Errorf("settled by default up to %s, with a horizon of an hour up to %s", usual, hour)
	}
}
