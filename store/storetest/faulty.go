package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aeon-es/aeon/store"
)

// Faulty is a backend whose steps meet with faults; a [store.PositionIndex] and [store.SnapshotBackend], too, if what it
// wraps is. It is safe for concurrent use.
type Faulty struct {
	backend store.Backend
	plan    Plan

	mu    sync.Mutex
	calls map[Method]int
	late  []func()
}

// Method names a method of a backend.
type Method string

// The methods that faults can befall.
const (
	Put     Method = "Put"
	Marker  Method = "Marker"
	Commits Method = "Commits"
	Keys    Method = "Keys"
	Ping    Method = "Ping"

	Slices      Method = "Slices"
	ByPosition  Method = "ByPosition"
	Snapshot    Method = "Snapshot"
	PutSnapshot Method = "PutSnapshot"
)

// Step is one call of a backend.
type Step struct {
	Method Method
	Key    string
	N      int // counts the calls of this method, from 1
}

// Plan says what befalls a step. It is called by one goroutine at a time.
type Plan func(Step) Fault

// Fault is what befalls a step; the zero value is nothing. Its parts happen in the order of the fields.
type Fault struct {
	// Before runs before the step: another writer may get in between here.
	Before func()
	// Delay passes before the step, or until the context ends, and then the step is not done.
	Delay time.Duration
	// Land lets the puts that are late arrive before the step.
	Land bool
	// Fail is answered instead of doing the step.
	Fail error
	// Late answers a put, of a snapshot likewise, with [ErrLost] at once, but has it arrive only when Land or [Faulty.Land]
	// says so. Other methods are not done at all.
	Late bool
	// Repeat does the step twice, as it may get there twice, and answers what the second one was told; where it couldn't
	// be done again, the first.
	Repeat bool
	// Lose does the step and answers [ErrLost].
	Lose bool
}

// ErrLost is all that the caller gets to know of a step whose answer was lost.
var ErrLost = errors.New("storetest: the answer was lost")

// NewFaulty puts faults by plan between b and who uses the result.
func NewFaulty(b store.Backend, plan Plan) *Faulty {
	return &Faulty{backend: b, plan: plan, calls: map[Method]int{}}
}

// Calls says how many calls of a method there were.
func (f *Faulty) Calls(m Method) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[m]
}

// Land lets all the puts that are late arrive now.
func (f *Faulty) Land() {
	f.mu.Lock()
	late := f.late
	f.late = nil
	f.mu.Unlock()
	for _, put := range late {
		put()
	}
}

// Put implements [store.Backend].
func (f *Faulty) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	fault := f.next(Put, c.Key)
	return befall(ctx, f, fault, func() { f.hold(copyOf(f.backend, c, m)) }, func() (*store.Refusal, error) { return f.backend.Put(ctx, c, m) })
}

// Marker implements [store.Backend].
func (f *Faulty) Marker(ctx context.Context, key, idempotencyKey string) (*store.Marker, error) {
	return befall(ctx, f, f.next(Marker, key), nowhere, func() (*store.Marker, error) { return f.backend.Marker(ctx, key, idempotencyKey) })
}

// Commits implements [store.Backend].
func (f *Faulty) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	return befall(ctx, f, f.next(Commits, q.Key), nowhere, func() (store.CommitPage, error) { return f.backend.Commits(ctx, q) })
}

// Keys implements [store.Backend].
func (f *Faulty) Keys(ctx context.Context, q store.KeyQuery) (store.KeyPage, error) {
	return befall(ctx, f, f.next(Keys, ""), nowhere, func() (store.KeyPage, error) { return f.backend.Keys(ctx, q) })
}

// Ping implements [store.Backend].
func (f *Faulty) Ping(ctx context.Context) error {
	_, err := befall(ctx, f, f.next(Ping, ""), nowhere, func() (any, error) { return nil, f.backend.Ping(ctx) })
	return err
}

func (f *Faulty) next(m Method, key string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[m]++
	return f.plan(Step{Method: m, Key: key, N: f.calls[m]})
}

// copyOf is the put of what c and m are now: the caller may use them again.
func copyOf(b store.Backend, c *store.Commit, m *store.Marker) func() {
	commit := *c
	commit.Events = slices.Clone(c.Events)
	for i := range commit.Events {
		commit.Events[i].Data = slices.Clone(c.Events[i].Data)
		commit.Events[i].Metadata = maps.Clone(c.Events[i].Metadata)
	}
	var marker *store.Marker
	if m != nil {
		clone := *m
		marker = &clone
	}
	return func() { _, _ = b.Put(context.Background(), &commit, marker) } // nobody hears its answer
}

func (f *Faulty) hold(put func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = append(f.late, put)
}

// nowhere is where steps go that nobody will miss.
func nowhere() {}

// befall does a step as the fault has it; late keeps it for later.
func befall[A any](ctx context.Context, f *Faulty, fault Fault, late func(), step func() (A, error)) (answer A, err error) {
	if fault.Before != nil {
		fault.Before()
	}
	if fault.Delay > 0 && !passes(ctx, fault.Delay) {
		return answer, fmt.Errorf("%w: %w", store.ErrThrottled, ctx.Err()) // it wasn't done, and who waited knows
	}
	if fault.Land {
		f.Land()
	}
	switch {
	case fault.Fail != nil:
		return answer, fault.Fail
	case fault.Late:
		late()
		return answer, ErrLost
	}
	done, err := step()
	if fault.Repeat {
		if again, failed := step(); failed == nil {
			done, err = again, nil
		}
	}
	if fault.Lose {
		return answer, ErrLost
	}
	return done, err
}

// passes waits, and says whether the context let it.
func passes(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
