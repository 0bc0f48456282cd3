package projector_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/internal/oracle"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// shipping answers each order with an event of another key.
type shipping struct {
	events    *memstore.Backend
	rows      *memviews.Backend
	oracle    *oracle.Oracle
	orders    []*store.Commit
	processes int
}

type orders struct {
	Orders int `json:"orders"`
}

func takeOrder(state *orders, _ store.Committed) (*orders, error) {
	if state == nil {
		state = &orders{}
	}
	state.Orders++
	return state, nil
}

func newShipping(orderCommits ...int) *shipping {
	s := &shipping{events: memstore.New()}
	types := []string{"ordered"}
	s.oracle = oracle.New(store.New(s.events), &memqueue.Queue{}, oracle.Of(projector.View[orders]{Name: viewName, Types: types, Apply: takeOrder}))
	s.rows = memviews.New(s.oracle.Watch)
	w := &world{store: store.New(s.events)}
	for _, n := range orderCommits {
		all := make([]string, n)
		for i := range all {
			all[i] = types[0]
		}
		s.orders = append(s.orders, w.seed("orders", nil, all...))
	}
	if _, err := s.projector().Registrations(context.Background()); err != nil {
		panic(err)
	}
	return s
}

// projector is one of a process of its own. Some run other code, which ships something else.
func (s *shipping) projector() *projector.Projector {
	s.processes++
	shipped := fmt.Sprint("shipped by ", s.processes%2)
	p, err := projector.New(store.New(memstore.Scheduled(s.events)), memviews.Scheduled(s.rows), &projector.Options{Log: silent}, projector.React[orders]{
		Name: viewName, Types: []string{"ordered"},
		Apply: func(state *orders, e store.Committed) (*orders, []projector.Reaction, error) {
			state, err := takeOrder(state, e)
			return state, []projector.Reaction{{Key: "parcels", Events: []store.Pending{{Type: shipped}}}}, err
		},
	})
	if err != nil {
		panic(err)
	}
	return p
}

// check rings at last for all there is. Then each order must be shipped, once.
func (s *shipping) check() error {
	if err := s.projector().Ring(context.Background(), []projector.Doorbell{{Key: "orders"}, {Key: "parcels"}}); err != nil {
		return err
	}
	shipped := map[string]int{}
	for e, err := range store.New(s.events).Read(context.Background(), "parcels", store.Range{}) {
		if err != nil {
			return err
		}
		shipped[e.Metadata[projector.CausationRevision]]++
	}
	last := s.orders[len(s.orders)-1].Last()
	for order := range last {
		if n := shipped[fmt.Sprint(order+1)]; n != 1 {
			return fmt.Errorf("order %d is shipped %d times", order+1, n)
		}
	}
	if len(shipped) != int(last) {
		return fmt.Errorf("%d orders are shipped, there are %d", len(shipped), last)
	}
	return s.oracle.Err()
}

// Two processes react to the same orders, by catching up and by doorbells, with the same code and with other code.
func TestReactInEveryOrder(t *testing.T) {
	t.Parallel()
	ring := func(of ...int) func(ctx context.Context, s *shipping, p *projector.Projector) {
		return func(ctx context.Context, s *shipping, p *projector.Projector) {
			bells := make([]projector.Doorbell, len(of))
			for i, n := range of {
				bells[i] = projector.Doorbell{Key: "orders", Revision: s.orders[n].Last(), Commit: s.orders[n]}
			}
			_ = p.Ring(ctx, bells) // whatever it answers, check rings again
		}
	}
	for name, tc := range map[string]struct {
		commits []int
		rings   []func(ctx context.Context, s *shipping, p *projector.Projector)
	}{
		"one order":                   {[]int{1}, []func(context.Context, *shipping, *projector.Projector){ring(0), ring(0)}},
		"two orders at once":          {[]int{2}, []func(context.Context, *shipping, *projector.Projector){ring(0), ring(0)}},
		"the second of two, and both": {[]int{1, 1}, []func(context.Context, *shipping, *projector.Projector){ring(1), ring(0, 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := interleave.Explore(t, interleave.Options{Faults: long.Or(2, 1)}, func(r *interleave.Run) func() error {
				s := newShipping(tc.commits...)
				for i, ring := range tc.rings {
					p := s.projector()
					r.Go(fmt.Sprint("p", i), func(ctx context.Context) { ring(ctx, s, p) })
				}
				return s.check
			})
			t.Logf("%d interleavings", runs)
		})
	}
}
