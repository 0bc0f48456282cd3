package faultruns_test

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
)

// damages are what is done to records on their way, none of which happens on AWS. The last ones leave nothing to go by: such a
// record is passed over.
var damages = []func(change map[string]any){
	func(change map[string]any) { delete(change, "NewImage") },
	func(change map[string]any) { change["NewImage"] = nil },
	func(change map[string]any) { change["NewImage"] = "garbage" },
	func(change map[string]any) { change["NewImage"] = map[string]any{"key": 1} },
	func(change map[string]any) { change["NewImage"] = change["Keys"] },
	func(change map[string]any) {
		change["NewImage"] = map[string]any{"key": map[string]any{"S": "another"}}
	},
	func(change map[string]any) { delete(change, "ApproximateCreationDateTime") },
	func(change map[string]any) { delete(change, "Keys") },
	func(change map[string]any) { change["Keys"] = []any{1} },
	func(change map[string]any) { change["Keys"] = map[string]any{"key": map[string]any{"N": "7"}} },
	func(change map[string]any) {
		change["Keys"] = map[string]any{"key": map[string]any{"S": "ghost"}, "revision": map[string]any{"N": "-1.5"}}
	},
}

// harmless is how many of the damages leave the key.
const harmless = 7

// Half of all records are damaged, some beyond recognition, and hold up nothing. What such a record was about is in the table: the
// next record of its key brings it along.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(t.Context(), t, long.Or(10_000, 1000), 40, faults.Seed(t))
	roles := w.roles(t)
	damaged := make([]int, len(damages))
	w.source.Edit = func(r consumertest.Record) consumertest.Record {
		h := fnv.New32a()
		_, _ = h.Write([]byte(r.SequenceNumber())) // it never fails
		n := int(h.Sum32()>>8) % (2 * len(damages))
		switch role := roles[r.SequenceNumber()]; {
		case role == onlyLast: // nothing else brings this commit along
			n %= harmless
		case n >= len(damages), role == beforeOnlyLast && n < harmless, role == anyLast && n >= harmless:
			return r
		}
		damaged[n]++
		return r.With(damages[n])
	}
	f := w.project(t, w.server.Endpoint())
	m := w.run(t, f, func(context.Context, *mapping.Stream) {})
	w.expectViews(t)
	t.Logf("damaged, by kind: %v", damaged)
	for kind, n := range damaged {
		if n == 0 {
			t.Errorf("no record was damaged by kind %d", kind)
		}
	}
	if f := m.Figures(); f.Errors+f.PartialFailures > 0 {
		t.Errorf("it held up others: %s", f)
	}
}

// role is what a record is to its key. Of every other key only the last record is without its commit, and has to bring it all the same;
// of the others any may be, but the last one keeps its key.
type role int

const (
	anyBefore role = iota
	anyLast
	beforeOnlyLast
	onlyLast
)

// roles are those of all records, by sequence number.
func (w *world) roles(t *testing.T) map[string]role {
	t.Helper()
	records, err := consumertest.Records(t.Context(), w.server.Streams(), w.source.ARN)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string][]string{}
	for _, r := range records {
		var keys struct{ Key struct{ S string } }
		text, err := json.Marshal(r.Change()["Keys"])
		if err == nil {
			err = json.Unmarshal(text, &keys)
		}
		if err != nil {
			t.Fatal(err)
		}
		byKey[keys.Key.S] = append(byKey[keys.Key.S], r.SequenceNumber())
	}
	roles := map[string]role{}
	for i, key := range w.load.Keys() {
		before, last := anyBefore, anyLast
		if i%2 == 0 {
			before, last = beforeOnlyLast, onlyLast
		}
		for _, sequence := range byKey[key] {
			roles[sequence] = before
		}
		roles[byKey[key][len(byKey[key])-1]] = last
	}
	return roles
}
