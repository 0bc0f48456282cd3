package faultruns_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// writers is how many append side by side, each to keys of its own.
const writers = 4

// append stores so many commits over so many keys, of one to three events each.
func (w *world) append(ctx context.Context, t *testing.T, commits, keys int, seed uint64) {
	t.Helper()
	plans := make([][]commit, writers)
	random := rand.New(rand.NewPCG(seed, seed))
	for range commits {
		n := random.IntN(keys)
		c := commit{key: fmt.Sprintf("counter/%d", n)}
		for range 1 + random.IntN(3) {
			kind := []string{"incremented", "incremented", "decremented", "noted"}[random.IntN(4)]
			c.events = append(c.events, store.Pending{Type: kind, Data: fmt.Appendf(nil, `{"by":%d}`, 1+random.IntN(9))})
		}
		plans[n%writers] = append(plans[n%writers], c)
	}
	w.appendAll(ctx, t, plans...)
}

// commit is one that is to be appended.
type commit struct {
	key    string
	events []store.Pending
}

// appendAll appends the commits of each plan in order, and the plans side by side. No key is in two of them.
func (w *world) appendAll(ctx context.Context, t *testing.T, plans ...[]commit) {
	t.Helper()
	group, ctx := errgroup.WithContext(ctx)
	for _, plan := range plans {
		for _, c := range plan {
			w.appended[c.key] = append(w.appended[c.key], c.events...)
		}
		w.commits += len(plan)
		group.Go(func() error {
			for _, c := range plan {
				expected := store.NoStream()
				if head, ok := w.heads.Load(c.key); ok {
					expected = store.At(head.(store.Head)) //nolint:errcheck // nothing else is put there
				}
				done, err := w.store.Append(ctx, c.key, expected, c.events, nil)
				if err != nil {
					return err
				}
				w.heads.Store(c.key, done.Head)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// folded is what the rows of a key have to be.
type folded struct {
	counters, streams string // "" for none
	mended            string // the counters, with what can't be counted passed over
	counted           store.Revision
	seen              store.Revision
	events            int
}

// expectViews says whether the table holds what was appended, each view shows exactly what the table's events make, and the
// keys with an event that can't be counted are parked, and no others. It gives those.
func (w *world) expectViews(t *testing.T) (poisoned []string) {
	t.Helper()
	for key, appended := range w.appended {
		want := w.foldOf(t, key)
		if want.events != len(appended) {
			t.Errorf("key %q has %d events, want %d", key, want.events, len(appended))
			continue
		}
		if want.counted < want.seen {
			poisoned = append(poisoned, key)
		}
		w.expectRow(t, "counters", key, want.counted, want.counters)
		w.expectRow(t, "streams", key, want.seen, want.streams)
	}
	w.expectParked(t, "streams", nil)
	w.expectParked(t, "counters", poisoned)
	return poisoned
}

// foldOf makes the rows of a key from the table's events.
func (w *world) foldOf(t *testing.T, key string) folded {
	t.Helper()
	var events []store.Committed
	for e, err := range w.store.Read(t.Context(), key, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return fold(t, events)
}

// fold makes the rows of a key from its events, without the code that is tested.
func fold(t *testing.T, events []store.Committed) (f folded) {
	t.Helper()
	f.events = len(events)
	var row, mended counter
	poison := false
	for _, e := range events {
		bad := !mended.count(e)
		poison = poison || bad
		if f.seen = e.Revision; !poison {
			f.counted = e.Revision
			row.count(e)
		}
	}
	f.counters, f.mended = row.String(), mended.String()
	first, last := events[0].CommittedAt, events[len(events)-1]
	f.streams = fmt.Sprintf(`{"events":%d,"firstAt":%s,"lastAt":%s,"lastType":%q}`, len(events), encoded(t, first), encoded(t, last.CommittedAt), last.Type)
	return f
}

// counter is a row of the counters.
type counter struct{ total, increments, decrements int64 }

// count says whether the event can be counted, and does so.
func (c *counter) count(e store.Committed) bool {
	data := struct{ By int64 }{1}
	if e.Type == "noted" {
		return true
	}
	if len(e.Data) > 0 {
		if err := json.Unmarshal(e.Data, &data); err != nil || data.By < 1 {
			return false
		}
	}
	if e.Type == "incremented" {
		c.total, c.increments = c.total+data.By, c.increments+1
	} else {
		c.total, c.decrements = c.total-data.By, c.decrements+1
	}
	return true
}

// String is the row as JSON, "" for none.
func (c *counter) String() string {
	if c.increments+c.decrements == 0 {
		return ""
	}
	return fmt.Sprintf(`{"count":%d,"increments":%d,"decrements":%d}`, c.total, c.increments, c.decrements)
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) expectRow(t *testing.T, view, key string, revision store.Revision, row string) {
	t.Helper()
	r, err := w.projector.Query(t.Context(), view, key)
	if err != nil && !errors.Is(err, projector.ErrParked) {
		t.Fatal(err)
	}
	if r.Revision != revision || string(r.Row) != row {
		t.Errorf("%s of %q: %s at revision %d, want %s at revision %d", view, key, r.Row, r.Revision, row, revision)
	}
}

func (w *world) expectParked(t *testing.T, view string, want []string) {
	t.Helper()
	var got []string
	for s, err := range w.projector.Parked(t.Context(), view) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.Key)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: parked are %q, want %q", view, got, want)
	}
}
