package trial

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// Rows are what the rows of a key have to be, as JSON; "" for none.
type Rows struct {
	Counters string
	// Counted is the last revision before one that can't be counted.
	Counted store.Revision
	Streams string
	// Seen is the last revision.
	Seen store.Revision
	// Mended are the counters where what can't be counted is passed over.
	Mended counter
}

// Rows makes the rows of a key from the store's events, without the code of the views.
func (l *Load) Rows(ctx context.Context, key string) (Rows, error) {
	var events []store.Committed
	for e, err := range l.store.Read(ctx, key, store.Range{}) {
		if err != nil {
			return Rows{}, err
		}
		events = append(events, e)
	}
	if len(events) != l.events[key] {
		return Rows{}, fmt.Errorf("key %q has %d events, but %d were appended", key, len(events), l.events[key])
	}
	return fold(events)
}

func fold(events []store.Committed) (r Rows, err error) {
	var counted counter
	poison := false
	for _, e := range events {
		poison = !r.Mended.count(e) || poison
		if r.Seen = e.Revision; !poison {
			r.Counted = e.Revision
			counted.count(e)
		}
	}
	r.Counters = counted.String()
	first, last := events[0].CommittedAt, events[len(events)-1]
	text, err := json.Marshal(struct {
		Events   int    `json:"events"`
		FirstAt  any    `json:"firstAt"`
		LastAt   any    `json:"lastAt"`
		LastType string `json:"lastType"`
	}{len(events), first, last.CommittedAt, last.Type})
	r.Streams = string(text)
	return r, err
}

// counter is a row of the counters.
type counter struct{ Total, Increments, Decrements int64 }

// count says whether the event can be counted, and does so.
func (c *counter) count(e store.Committed) bool {
	if e.Type == "noted" {
		return true
	}
	data := struct{ By int64 }{1}
	if len(e.Data) > 0 {
		if err := json.Unmarshal(e.Data, &data); err != nil || data.By < 1 {
			return false
		}
	}
	if e.Type == "incremented" {
		c.Total, c.Increments = c.Total+data.By, c.Increments+1
	} else {
		c.Total, c.Decrements = c.Total-data.By, c.Decrements+1
	}
	return true
}

// String is the row as JSON, "" for none.
func (c counter) String() string {
	if c.Increments+c.Decrements == 0 {
		return ""
	}
	return fmt.Sprintf(`{"count":%d,"increments":%d,"decrements":%d}`, c.Total, c.Increments, c.Decrements)
}
