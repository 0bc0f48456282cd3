package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

func mustTake(t *testing.T, turns *turns, key string) (done func()) {
	t.Helper()
	done, err := turns.take(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestTurnsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		done := mustTake(t, turns, "key")
		var order []int
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				done := mustTake(t, turns, "key")
				order = append(order, i) // one at a time, or the race detector tells
				done()
			})
			synctest.Wait() // until it stands in the queue
		}
		if len(order) > 0 {
			t.Errorf("%v had a turn that was taken", order)
		}
		done()
		all.Wait()
		if len(order) != 20 || !slices.IsSorted(order) {
			t.Errorf("they came in order %v", order)
		}
	})
}

func TestKeysDoNotWaitForEachOther(t *testing.T) {
	turns := newTurns()
	var all []func()
	for i := range 100 {
		all = append(all, mustTake(t, turns, fmt.Sprint(i))) // would hang
	}
	for _, done := range all {
		done()
	}
	if len(turns.taken) != 0 {
		t.Errorf("%d turns are kept for nobody", len(turns.taken))
	}
}

func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		done := mustTake(t, turns, "key")
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp, third := make(chan error, 1), make(chan func(), 1)
		go func() { _, err := turns.take(ctx, "key"); gaveUp <- err }()
		synctest.Wait()
		go func() { third <- mustTake(t, turns, "key") }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if len(third) > 0 {
			t.Error("the third has a turn that is taken")
		}
		done()
		(<-third)()
		if len(turns.taken) != 0 {
			t.Errorf("%d turns are kept for nobody", len(turns.taken))
		}
	})
}

func TestHeadsOnlyGrow(t *testing.T) {
	turns := newTurns()
	for _, r := range []Revision{3, 5, 4, 1} {
		turns.saw(Head{key: "key", revision: r})
	}
	if h, ok := turns.known("key"); !ok || h.revision != 5 {
		t.Errorf("the known head is %d, %v", h.revision, ok)
	}
	if _, ok := turns.known("other"); ok {
		t.Error("knows the head of a key that it never saw")
	}
}

func TestHeadsAreForgotten(t *testing.T) {
	turns := newTurns()
	for i := range knownHeads + 1 {
		turns.saw(Head{key: fmt.Sprint(i), revision: 1})
		turns.known("0") // who is asked for stays
	}
	if _, ok := turns.known("0"); !ok {
		t.Error("forgot the head that is used all the time")
	}
	if _, ok := turns.known("1"); ok {
		t.Errorf("knows the oldest of %d heads", knownHeads+1)
	}
}
