package consumer_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/store"
)

var manyKeys = []string{"c1", "counter/a b", "ü", "50%", "what?"}

// appendMany gives each key several commits of one to three events, those of all keys mixed up.
func (b *bundle) appendMany(t *testing.T) {
	t.Helper()
	up, down := defaultapp.Incremented, defaultapp.Decremented
	for round := range 4 {
		for i, key := range manyKeys {
			b.append(t, key, [][]string{{up}, {up, down}, {"noted"}, {down, up, up}}[(round+i)%4]...)
		}
	}
}

// expectFold says whether each view's row of each key is what the table's events make.
func (g *target) expectFold(t *testing.T, b *bundle) {
	t.Helper()
	for _, key := range manyKeys {
		var events []store.Committed
		for e, err := range b.store.Read(t.Context(), key, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, e)
		}
		last := events[len(events)-1]
		var counter defaultapp.Counter
		for _, e := range events {
			switch e.Type {
			case defaultapp.Incremented:
				counter.Count, counter.Increments = counter.Count+3, counter.Increments+1
			case defaultapp.Decremented:
				counter.Count, counter.Decrements = counter.Count-3, counter.Decrements+1
			}
		}
		stream := defaultapp.Stream{
			Events: int64(len(events)), FirstAt: events[0].CommittedAt, LastAt: last.CommittedAt, LastType: last.Type,
		}
		g.expectRow(t, "counters", key, last.Revision, encoded(t, counter))
		g.expectRow(t, "streams", key, last.Revision, encoded(t, stream))
	}
}

func encoded(t *testing.T, row any) string {
	t.Helper()
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// However a real stream's records arrive, the rows are the fold of the events in the table.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendMany(t)
	records := b.records(t)
	if len(records) != 4*len(manyKeys) {
		t.Fatalf("the stream has %d records, want one for each commit: %d", len(records), 4*len(manyKeys))
	}
	for name, deliver := range map[string]func(t *testing.T, g *target){
		"as one batch": func(t *testing.T, g *target) { g.mustDeliver(t, records...) },
		"one by one": func(t *testing.T, g *target) {
			for _, r := range records {
				g.mustDeliver(t, r)
			}
		},
		"again and again": func(t *testing.T, g *target) {
			for range 3 {
				g.mustDeliver(t, slices.Concat(records, records)...)
			}
		},
		"reversed": func(t *testing.T, g *target) {
			g.mustDeliver(t, reversed(records)...)
		},
		"reversed one by one": func(t *testing.T, g *target) {
			for _, r := range reversed(records) {
				g.mustDeliver(t, r)
			}
		},
		"all but each key's last dropped": func(t *testing.T, g *target) {
			g.mustDeliver(t, records[len(records)-len(manyKeys):]...)
		},
		"the middle dropped": func(t *testing.T, g *target) {
			g.mustDeliver(t, records[:len(manyKeys)]...)
			g.mustDeliver(t, records[3*len(manyKeys):]...)
		},
		"split, overlapping": func(t *testing.T, g *target) {
			for i := 0; i < len(records); i += 3 {
				g.mustDeliver(t, records[max(0, i-4):min(i+3, len(records))]...)
			}
		},
		"without images": func(t *testing.T, g *target) {
			g.mustDeliver(t, keysOnly(records)...)
			// The keys of a commit name its first event: the last ones need a record that carries them.
			g.mustDeliver(t, records[len(records)-len(manyKeys):]...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := b.newTarget(t)
			deliver(t, g)
			g.expectFold(t, b)
		})
	}
}

// Shuffled and cut at random, to two functions at once, in any order and with some of it twice.
func TestRandomDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendMany(t)
	records := b.records(t)
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			g := b.newTarget(t)
			var both sync.WaitGroup
			for range 2 {
				batches := cut(random, slices.Concat(records, records[random.IntN(len(records)):]))
				both.Go(func() {
					for _, batch := range batches {
						if r := g.deliver(t, batch...); len(r.BatchItemFailures) > 0 {
							t.Errorf("failed: %+v", r)
						}
					}
				})
			}
			both.Wait()
			g.expectFold(t, b)
		})
	}
}

// cut shuffles records and cuts them into batches.
func cut(random *rand.Rand, records []consumertest.Record) [][]consumertest.Record {
	random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	var batches [][]consumertest.Record
	for len(records) > 0 {
		n := 1 + random.IntN(min(8, len(records)))
		batches = append(batches, records[:n])
		records = records[n:]
	}
	return batches
}

func reversed(records []consumertest.Record) []consumertest.Record {
	r := slices.Clone(records)
	slices.Reverse(r)
	return r
}

// keysOnly are the records as a stream without images has them.
func keysOnly(records []consumertest.Record) []consumertest.Record {
	bare := make([]consumertest.Record, len(records))
	for i, r := range records {
		bare[i] = r.With(func(change map[string]any) { delete(change, "NewImage") })
	}
	return bare
}
