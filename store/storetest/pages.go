package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// patience is how long to wait for what should happen at once.
const patience = 10 * time.Second

var pageStories = []story{
	{"a key of several megabytes", severalMegabytes},
	{"reading goes page by page", pageByPage},
	{"a loop that ends early leaves nothing behind", endsEarly},
	{"what was fetched ahead ends with the loop", fetchedAhead},
	{"reading while it grows", readingWhileItGrows},
	{"a context that ends while reading", contextEndsWhileReading},
}

// severalMegabytes are more than a page of any backend holds.
func severalMegabytes(t *testing.T, e *env) {
	const commits, each, size = 24, 3, 60_000
	event := store.Pending{Type: "large", Data: fill(size)}
	for range commits {
		mustAppend(t, e.store, e.key, store.Any(), slices.Repeat([]store.Pending{event}, each))
	}
	all := mustHold(t, e.another(), e.key, slices.Repeat([]store.Pending{event}, commits*each)...)
	for _, r := range []store.Range{
		{Backward: true}, {Start: 5}, {Start: 2, End: 71, Backward: true}, {Limit: 50}, {Limit: 50, Backward: true},
		{Start: 60}, {Start: 71, Backward: true}, {Where: func(c store.Committed) bool { return c.Revision > 70 }},
	} {
		sameRevisions(t, r, mustRead(t, e.store, e.key, r), wanted(all, r))
		head, seq, err := e.another().ReadForAppend(t.Context(), e.key, r)
		if err != nil || head.Revision() != commits*each {
			t.Fatalf("the head is %d, %v", head.Revision(), err)
		}
		var got []store.Committed
		for c, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c)
		}
		sameRevisions(t, r, got, wanted(all, r))
	}
}

func sameRevisions(t *testing.T, r store.Range, got, want []store.Committed) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b store.Committed) bool { return a.Revision == b.Revision }) {
		t.Errorf("%d to %d, limit %d, backward %v: %d events, want %d", r.Start, r.End, r.Limit, r.Backward, len(got), len(want))
	}
}

func pageByPage(t *testing.T, e *env) {
	for range 12 {
		mustAppend(t, e.store, e.key, store.Any(), some(1))
	}
	b := &counting{Backend: smallPages{e.backend, 2}}
	s := newStore(b)
	seq := s.Read(t.Context(), e.key, store.Range{})
	if n := b.reads.Load(); n != 0 {
		t.Errorf("%d reads before the loop", n)
	}
	n := 0
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		n++
		// the page that is used, and the next one fetched ahead
		if reads, most := b.reads.Load(), int64((n+1)/2+1); reads > most {
			t.Errorf("%d reads for %d events in pages of 2", reads, n)
		}
	}
	if n != 12 {
		t.Errorf("%d events, want 12", n)
	}
	b.reads.Store(0)
	if _, _, err := s.ReadLatest(t.Context(), e.key); err != nil || b.reads.Load() != 1 {
		t.Errorf("%d reads for the latest event (%v), want 1", b.reads.Load(), err)
	}
}

func endsEarly(t *testing.T, e *env) {
	for range 12 {
		mustAppend(t, e.store, e.key, store.Any(), some(1))
	}
	b := &counting{Backend: smallPages{e.backend, 2}}
	s := newStore(b)
	for stop := 1; stop <= 12; stop++ {
		for _, backward := range []bool{false, true} {
			n := 0
			for _, err := range s.Read(t.Context(), e.key, store.Range{Backward: backward}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == stop {
					break
				}
			}
			if left := b.underway.Load(); left != 0 {
				t.Errorf("after %d events %d reads are still under way", stop, left)
			}
		}
	}
	panicking(t, s, e.key)
	if left := b.underway.Load(); left != 0 {
		t.Errorf("after a panic %d reads are still under way", left)
	}
}

// fetchedAhead ends loops while the next pages are on their way.
func fetchedAhead(t *testing.T, e *env) {
	for range 3 {
		mustAppend(t, e.store, e.key, store.Any(), some(1))
	}
	b := &stuck{Backend: e.backend}
	s := newStore(b)
	for name, events := range map[string]iter.Seq2[store.Committed, error]{
		"forward": s.Read(t.Context(), e.key, store.Range{}), "backward": s.Read(t.Context(), e.key, store.Range{Backward: true}),
		"all": s.ReadAll(t.Context(), store.AllRange{}),
	} {
		for _, err := range events {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for begun := time.Now(); b.underway.Load() == 0; time.Sleep(time.Millisecond) {
				if time.Since(begun) > patience {
					t.Fatalf("%s: nothing is fetched ahead", name)
				}
			}
			break
		}
		if left := b.underway.Load(); left != 0 {
			t.Errorf("%s: %d reads are still under way", name, left)
		}
	}
}

// contextEndsWhileReading wants no more than the rest of a commit once the context is over, wherever pages end.
func contextEndsWhileReading(t *testing.T, e *env) {
	for range 6 {
		mustAppend(t, e.store, e.key, store.Any(), some(2))
	}
	for name, read := range map[string]func(context.Context, *store.Store) iter.Seq2[store.Committed, error]{
		"forward": func(ctx context.Context, s *store.Store) iter.Seq2[store.Committed, error] {
			return s.Read(ctx, e.key, store.Range{})
		},
		"backward": func(ctx context.Context, s *store.Store) iter.Seq2[store.Committed, error] {
			return s.Read(ctx, e.key, store.Range{Backward: true})
		},
		"all": func(ctx context.Context, s *store.Store) iter.Seq2[store.Committed, error] {
			return s.ReadAll(ctx, store.AllRange{KeyPrefix: e.key})
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		var last error
		for _, err := range read(ctx, e.store) {
			if last = err; err == nil {
				n++
				cancel()
			}
		}
		cancel()
		if n > 2 || !errors.Is(last, context.Canceled) {
			t.Errorf("%s: %d events, and then %v", name, n, last)
		}
	}
}

// panicking leaves a loop by a panic.
func panicking(t *testing.T, s *store.Store, key string) {
	defer func() {
		if v := recover(); v != "enough" {
			t.Errorf("recovered %v", v)
		}
	}()
	for _, err := range s.Read(t.Context(), key, store.Range{}) {
		if err != nil {
			t.Error(err)
		}
		panic("enough")
	}
}

// readingWhileItGrows appends while a loop is under way, and wants neither a gap nor anything twice.
func readingWhileItGrows(t *testing.T, e *env) {
	s := newStore(smallPages{e.backend, 2})
	for _, r := range []store.Range{{}, {Backward: true}, {Start: 4}, {Start: 4, Backward: true}} {
		key := newKey(t)
		for range 6 {
			mustAppend(t, e.store, key, store.Any(), some(2))
		}
		head, seq, err := s.ReadForAppend(t.Context(), key, r)
		if err != nil {
			t.Fatal(err)
		}
		var got []store.Revision
		for c, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c.Revision)
			mustAppend(t, e.store, key, store.Any(), some(3))
		}
		var want []store.Revision
		for n := max(1, r.Start); n <= head.Revision(); n++ {
			want = append(want, n)
		}
		if r.Backward {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("from %d, backward %v: %v", r.Start, r.Backward, fmt.Sprint(got))
		}
	}
}
