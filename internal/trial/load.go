// Package trial puts a load on a store whose views are the default application's, and says whether they are exactly what the
// store's events make: in tests with faults, and, by the command in the folder onaws, on AWS.
package trial

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// writers is how many append side by side, each to keys of its own.
const writers = 4

// Load is what a trial has appended to a store. Make it with [NewLoad]. Its methods are for one goroutine.
type Load struct {
	store   *store.Store
	prefix  string
	commits int
	events  map[string]int // by key

	mu    sync.Mutex
	heads map[string]store.Head
}

// NewLoad begins a load of keys with that prefix, which have no events yet.
func NewLoad(s *store.Store, prefix string) *Load {
	return &Load{store: s, prefix: prefix, events: map[string]int{}, heads: map[string]store.Head{}}
}

// Commit is one that is to be appended.
type Commit struct {
	Key    string // without the prefix
	Events []store.Pending
}

// Append appends so many commits to so many keys at random, of one to three events each.
func (l *Load) Append(ctx context.Context, commits, keys int, seed uint64) error {
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // it is to be repeatable
	plan := make([]Commit, commits)
	for i := range plan {
		plan[i].Key = fmt.Sprint("counter/", random.IntN(keys))
		for range 1 + random.IntN(3) {
			kind := []string{"incremented", "incremented", "decremented", "noted"}[random.IntN(4)]
			plan[i].Events = append(plan[i].Events, store.Pending{Type: kind, Data: fmt.Appendf(nil, `{"by":%d}`, 1+random.IntN(9))})
		}
	}
	return l.AppendCommits(ctx, plan...)
}

// AppendCommits appends commits: those of a key in order.
func (l *Load) AppendCommits(ctx context.Context, plan ...Commit) error {
	shares, share := make([][]Commit, writers), map[string]int{}
	for _, c := range plan {
		c.Key = l.prefix + c.Key
		n, ok := share[c.Key]
		if !ok {
			n = len(share) % writers
			share[c.Key] = n
		}
		shares[n] = append(shares[n], c)
		l.events[c.Key] += len(c.Events)
	}
	l.commits += len(plan)
	group, ctx := errgroup.WithContext(ctx)
	for _, share := range shares {
		group.Go(func() error {
			for _, c := range share {
				if err := l.append(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (l *Load) append(ctx context.Context, c Commit) error {
	expected := store.NoStream()
	l.mu.Lock()
	if head, ok := l.heads[c.Key]; ok {
		expected = store.At(head)
	}
	l.mu.Unlock()
	done, err := l.store.Append(ctx, c.Key, expected, c.Events, nil)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heads[c.Key] = done.Head
	return nil
}

// Commits is how many were appended.
func (l *Load) Commits() int { return l.commits }

// Keys are those that have events, sorted.
func (l *Load) Keys() []string { return slices.Sorted(maps.Keys(l.events)) }
