package projector_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type waited struct{ Events int }

func countEvents(row *waited, e store.Committed) (*waited, error) {
	switch {
	case e.Type == "poison":
		return nil, errors.New("it can't be")
	case row == nil:
		row = &waited{}
	}
	row.Events++
	return row, nil
}

// A query that waits is answered in the moment in which its own projector has written what it waits for, and not before.
func TestWaitEndsWithTheWrite(t *testing.T) {
	t.Parallel()
	views := []projector.Definition{
		projector.View[waited]{Name: "own", Apply: countEvents},
		projector.View[waited]{Name: "many", IDs: func(store.Committed) []string { return []string{"all"} }, Apply: countEvents},
	}
	for name, tc := range map[string]struct {
		view, id string
		f        projector.Freshness
		then     []string // is appended at last
		parked   bool
	}{
		"a row of one key":  {"own", "a", projector.Freshness{Revision: 2}, []string{"happened"}, false},
		"by after":          {"own", "a", projector.Freshness{After: []projector.KeyRevision{{Key: "a", Revision: 2}}}, []string{"happened"}, false},
		"a row of many":     {"many", "all", projector.Freshness{After: []projector.KeyRevision{{Key: "b", Revision: 1}, {Key: "a", Revision: 2}}}, []string{"happened"}, false},
		"what will not be":  {"own", "a", projector.Freshness{Revision: 2}, []string{"poison"}, true},
		"more than is told": {"own", "a", projector.Freshness{Revision: 3}, []string{"happened", "happened"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := store.New(memstore.New())
				p, err := projector.New(s, memviews.New(nil), nil, views...)
				if err != nil {
					t.Fatal(err)
				}
				happens := func(key string, types ...string) {
					for _, kind := range types {
						if _, err := s.Append(t.Context(), key, store.Any(), []store.Pending{{Type: kind}}, nil); err != nil {
							t.Error(err)
						}
						if err := p.Ring(t.Context(), []projector.Doorbell{{Key: key}}); err != nil {
							t.Error(err)
						}
					}
				}
				tc.f.Wait = projector.MaxWait
				answered := make(chan time.Time, 1)
				go func() {
					_, err := p.QueryFresh(t.Context(), tc.view, tc.id, tc.f)
					if parked := errors.Is(err, projector.ErrParked); parked != tc.parked || err != nil && !parked {
						t.Error(err)
					}
					answered <- time.Now()
				}()
				time.Sleep(11 * time.Second) // it pauses for a second now
				happens("b", "happened")
				happens("a", "happened")
				if synctest.Wait(); len(answered) > 0 {
					t.Error("it is answered before what it waits for")
				}
				happens("a", tc.then...)
				if written := time.Now(); !written.Equal(<-answered) {
					t.Errorf("it is answered %s later", time.Since(written))
				}
			})
		})
	}
}
