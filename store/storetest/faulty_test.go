package storetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

// What a fault says of a put must be so: above all that nothing was stored, where it says that.
func TestFaultsTellTheTruth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault         storetest.Fault
		over          bool // the context, from the start
		err           error
		now, inTheEnd bool // it is stored
	}{
		"nothing":                   {storetest.Fault{}, false, nil, true, true},
		"failed":                    {storetest.Fault{Fail: store.ErrThrottled}, false, store.ErrThrottled, false, false},
		"lost":                      {storetest.Fault{Lose: true}, false, storetest.ErrLost, true, true},
		"late":                      {storetest.Fault{Late: true}, false, storetest.ErrLost, false, true},
		"repeated":                  {storetest.Fault{Repeat: true}, false, nil, true, true},
		"delayed beyond patience":   {storetest.Fault{Delay: time.Hour}, true, store.ErrThrottled, false, false},
		"the same, and late":        {storetest.Fault{Delay: time.Hour, Late: true}, true, store.ErrThrottled, false, false},
		"the same, and lost":        {storetest.Fault{Delay: time.Hour, Lose: true}, true, store.ErrThrottled, false, false},
		"the same, and repeated":    {storetest.Fault{Delay: time.Hour, Repeat: true}, true, store.ErrThrottled, false, false},
		"repeated, its answer lost": {storetest.Fault{Repeat: true, Lose: true}, false, storetest.ErrLost, true, true},
	} {
		b := memstore.New()
		f := storetest.NewFaulty(b, storetest.Puts(c.fault))
		ctx, cancel := context.WithCancel(t.Context())
		if c.over {
			cancel()
		}
		_, err := f.Put(ctx, &store.Commit{Key: "key", Revision: 1, Count: 1, Events: []store.Pending{{Type: "a"}}}, nil)
		cancel()
		if !errors.Is(err, c.err) {
			t.Errorf("%s: got %v, want %v", name, err, c.err)
		}
		if got := isStored(t, b); got != c.now {
			t.Errorf("%s: stored %v, want %v", name, got, c.now)
		}
		f.Land()
		if got := isStored(t, b); got != c.inTheEnd {
			t.Errorf("%s: stored in the end %v, want %v", name, got, c.inTheEnd)
		}
	}
}

func isStored(t *testing.T, b store.Backend) bool {
	t.Helper()
	page, err := b.Commits(t.Context(), store.CommitQuery{Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Commits) == 1
}
