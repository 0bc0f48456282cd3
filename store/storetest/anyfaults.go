package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// outcome is what a writer was told of one event.
type outcome struct {
	name     string // what the event's data holds
	revision store.Revision
	err      error
}

// anyFaults has writers in several processes append through faults of all kinds, and compares what they
// were told with what is stored.
func anyFaults(t *testing.T, e *env) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			e := newEnv(t, e.backend)
			plan := Random(seed, Odds{Throttle: 0.1, Break: 0.1, Lose: 0.15, Late: 0.1, Repeat: 0.1, Delay: time.Millisecond})
			var outcomes []outcome
			var backends []*Faulty
			var mu sync.Mutex
			var all sync.WaitGroup
			for process := range 3 {
				s, f := e.faulty(shared(&mu, plan))
				backends = append(backends, f)
				for writer := range 2 {
					all.Go(func() {
						for _, o := range appendAll(t, e, s, fmt.Sprintf("%d/%d", process, writer)) {
							mu.Lock()
							outcomes = append(outcomes, o)
							mu.Unlock()
						}
					})
				}
			}
			all.Wait()
			mustBeTrue(t, e, outcomes)
			for _, f := range backends {
				f.Land()
			}
			mustBeTrue(t, e, outcomes)
		})
	}
}

// shared lets several backends follow one plan.
func shared(mu *sync.Mutex, p Plan) Plan {
	return func(s Step) Fault {
		mu.Lock()
		defer mu.Unlock()
		return p(s)
	}
}

// appendAll appends in all ways, one event at a time.
func appendAll(t *testing.T, e *env, s *store.Store, writer string) []outcome {
	var outcomes []outcome
	var last store.Head
	for i := range 8 {
		x, o := store.Any(), (*store.AppendOptions)(nil)
		switch {
		case i%4 == 1:
			x = store.Exactly(last.Revision())
		case i%4 == 2 && last.Revision() > 0:
			x = store.At(last)
		}
		name := fmt.Sprintf(`"%s/%d"`, writer, i)
		if i%3 == 0 {
			o = with(name)
		}
		a, err := s.Append(t.Context(), e.key, x, one(name), o)
		if err == nil {
			last = a.Head
		}
		outcomes = append(outcomes, outcome{name, a.First, err})
	}
	return outcomes
}

// mustBeTrue compares what was told with what is stored.
func mustBeTrue(t *testing.T, e *env, outcomes []outcome) {
	t.Helper()
	places := map[string][]store.Revision{}
	for i, c := range mustRead(t, e.another(), e.key, store.Range{}) {
		if c.Revision != store.Revision(i+1) {
			t.Fatalf("event %d has revision %d", i+1, c.Revision)
		}
		places[string(c.Data)] = append(places[string(c.Data)], c.Revision)
	}
	for _, o := range outcomes {
		at := places[o.name]
		delete(places, o.name)
		switch {
		case len(at) > 1:
			t.Errorf("%s is stored at %v", o.name, at)
		case o.err == nil && (len(at) == 0 || at[0] != o.revision):
			t.Errorf("%s was told to be at %d, it is at %v", o.name, o.revision, at)
		case o.err != nil && len(at) > 0 && !errors.Is(o.err, store.ErrUnknownOutcome):
			t.Errorf("%s is at %v, and was told not to be stored: %v", o.name, at, o.err)
		}
	}
	if len(places) > 0 {
		t.Errorf("nobody appended %v", places)
	}
}
