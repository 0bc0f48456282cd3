package projector_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type counter struct {
	Count int `json:"count"`
}

func count(row *counter, _ store.Committed) (*counter, error) {
	if row == nil {
		row = &counter{}
	}
	row.Count++
	return row, nil
}

// slow is count, but takes its time for each event of the view's slow keys.
func slow(each time.Duration) func(*counter, store.Committed) (*counter, error) {
	return func(row *counter, e store.Committed) (*counter, error) {
		if strings.HasPrefix(e.Key, "slow") {
			time.Sleep(each)
		}
		return count(row, e)
	}
}

// redrives takes note of the messages that are sent.
type redrives struct {
	mu   sync.Mutex
	sent []string
}

// SendRedrive implements [projector.Redriver].
func (r *redrives) SendRedrive(_ context.Context, view, key string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, view+" "+key)
	return nil
}

func fill(t *testing.T, s *store.Store, key string, n int) {
	t.Helper()
	for n > 0 {
		some := min(n, 500)
		if _, err := s.Append(t.Context(), key, store.Any(), slices.Repeat([]store.Pending{{Type: "happened"}}, some), nil); err != nil {
			t.Fatal(err)
		}
		n -= some
	}
}

// TestSlowViewParksAndOthersGoOn has one view whose code takes a second for each event of each of many keys. It parks what it hasn't
// done after half of the time, so that the batch is done with in time.
func TestSlowViewParksAndOthersGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, sent := store.New(memstore.New()), &redrives{}
		p, err := projector.New(s, memviews.New(nil), &projector.Options{Redriver: sent},
			projector.View[counter]{Name: "slow", Apply: slow(time.Second)}, projector.View[counter]{Name: "quick", Apply: count})
		if err != nil {
			t.Fatal(err)
		}
		var bells []projector.Doorbell
		for i := range 40 {
			key := fmt.Sprint("slow ", i)
			fill(t, s, key, 20)
			bells = append(bells, projector.Doorbell{Key: key, Revision: 20})
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := p.Ring(ctx, bells); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 45*time.Second {
			t.Errorf("the batch took %v of a minute", took)
		}
		parked := 0
		for _, bell := range bells {
			if r, err := p.Query(t.Context(), "quick", bell.Key); err != nil || r.Revision != 20 {
				t.Errorf("the quick view of %q: %+v, %v", bell.Key, r, err)
			}
			if r, err := p.Query(t.Context(), "slow", bell.Key); errors.Is(err, projector.ErrParked) {
				parked++
			} else if err != nil || r.Revision != 20 {
				t.Errorf("the slow view of %q: %+v, %v", bell.Key, r, err)
			}
		}
		if parked == 0 || parked == len(bells) || len(sent.sent) != parked {
			t.Errorf("%d of %d keys are parked, %d messages were sent", parked, len(bells), len(sent.sent))
		}
	})
}

// TestSlowCodeGetsAhead has code that takes so long for a key's events that no invocation has time for all: each saves what it has
// done, and the next goes on.
func TestSlowCodeGetsAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := store.New(memstore.New())
		p, err := projector.New(s, memviews.New(nil), nil, projector.View[counter]{Name: "slow", Apply: slow(100 * time.Millisecond)})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, s, "slow", 600)
		seen := store.Revision(0)
		for seen < 600 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			_, err := p.CatchUp(ctx, "slow", "slow")
			cancel()
			r, e := p.Query(t.Context(), "slow", "slow")
			if e != nil || r.Revision <= seen {
				t.Fatalf("from %d to %d, %v, %v", seen, r.Revision, err, e)
			}
			seen = r.Revision
		}
	})
}

// TestLongWayIsLeftToARedrive has a key with so many events that there is no time for them: progress is saved, and the rest left to
// a message, so that the batch is done with.
func TestLongWayIsLeftToARedrive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, sent := store.New(memstore.New()), &redrives{}
		p, err := projector.New(s, memviews.New(nil), &projector.Options{Redriver: sent}, projector.View[counter]{
			Name: "long", Apply: slow(time.Millisecond),
		})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, s, "slow", 100_000)
		for tries := 0; ; tries++ {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			err := p.Ring(ctx, []projector.Doorbell{{Key: "slow", Revision: 100_000}})
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			if len(sent.sent) == 0 {
				if tries < 1 {
					t.Error("it all was done at once")
				}
				break
			}
			if len(sent.sent) != 1 || sent.sent[0] != "long slow" {
				t.Fatalf("messages %q", sent.sent)
			}
			sent.sent = nil
		}
		if r, err := p.Query(t.Context(), "long", "slow"); err != nil || r.Revision != 100_000 || string(r.Row) != `{"count":100000}` {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
