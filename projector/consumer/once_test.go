package consumer_test

import (
	"fmt"
	"sync"
	"testing"
	"unsafe"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
)

// A record is decoded once, however many views there are: all of them are given the same bytes of data.
func TestRecordsAreDecodedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "a", "happened", "happened")
	b.append(t, "b", "happened")
	var mu sync.Mutex
	given := map[string]map[*byte]bool{} // the data of each event, by where it is
	type row struct{}
	views := make([]projector.Definition, 3)
	for i := range views {
		views[i] = projector.View[row]{Name: fmt.Sprint("view-", i), Apply: func(_ *row, e store.Committed) (*row, error) {
			mu.Lock()
			defer mu.Unlock()
			event := fmt.Sprint(e.Key, "@", e.Revision)
			if given[event] == nil {
				given[event] = map[*byte]bool{}
			}
			given[event][unsafe.SliceData(e.Data)] = true
			return &row{}, nil
		}}
	}
	rows := dynamo.New(b.client, fmt.Sprint("views", created.Add(1)))
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.targetOn(t, rows, views...).mustDeliver(t, b.records(t)...)
	if len(given) != 3 {
		t.Errorf("%d events were given", len(given))
	}
	for event, places := range given {
		if len(places) != 1 {
			t.Errorf("%s was decoded %d times", event, len(places))
		}
	}
}
