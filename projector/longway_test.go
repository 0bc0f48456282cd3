package projector_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// queue counts the messages sent to it.
type queue struct{ messages int }

// SendRedrive implements [projector.Redriver].
func (q *queue) SendRedrive(context.Context, string, string) error {
	q.messages++
	return nil
}

// A way that is too long for the time there is goes on with one message, not with more of them each time.
func TestLongWayIsLeftToOneMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := store.New(memstore.New())
		for range 5 {
			if _, err := s.Append(t.Context(), "a", store.Any(), slices.Repeat([]store.Pending{{Type: "happened"}}, 1000), nil); err != nil {
				t.Fatal(err)
			}
		}
		q := &queue{}
		p, err := projector.New(s, memviews.New(nil), &projector.Options{Redriver: q}, projector.View[int64]{
			Name: "slow", Apply: func(*int64, store.Committed) (*int64, error) {
				time.Sleep(time.Millisecond)
				return nil, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []store.Revision{2000, 4000, 5000} {
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			seen, err := p.Redrive(ctx, "slow", "a")
			cancel()
			if err != nil || seen != want {
				t.Errorf("redriven to %d, %v; want %d", seen, err, want)
			}
		}
		if q.messages != 2 {
			t.Errorf("sent %d messages, want one for each redrive that didn't end", q.messages)
		}
	})
}
