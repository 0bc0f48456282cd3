package defaultapp

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// fold applies events to no row, and gives the row as JSON.
func fold[Row any](t *testing.T, v projector.View[Row], events ...store.Committed) string {
	t.Helper()
	var row *Row
	for i, e := range events {
		next, err := v.Apply(row, e)
		if err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		row = next
	}
	encoded, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func event(kind, data string) store.Committed {
	return store.Committed{Pending: store.Pending{Type: kind, Data: json.RawMessage(data)}}
}

func TestCounters(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		events []store.Committed
		row    string
	}{
		"twice up":    {[]store.Committed{event(Incremented, ""), event(Incremented, "")}, `{"count":2,"increments":2,"decrements":0}`},
		"up and down": {[]store.Committed{event(Incremented, `{"by":5}`), event(Decremented, `{"by":7}`)}, `{"count":-2,"increments":1,"decrements":1}`},
		"by absent":   {[]store.Committed{event(Incremented, `{"why":"because"}`), event(Decremented, `{"by":null}`)}, `{"count":0,"increments":1,"decrements":1}`},
		"no object":   {[]store.Committed{event(Incremented, `null`)}, `{"count":1,"increments":1,"decrements":0}`},
		"all of 64 bits": {
			[]store.Committed{event(Decremented, `{"by":9223372036854775807}`), event(Decremented, ``), event(Incremented, `{"by":9223372036854775807}`)},
			`{"count":-1,"increments":1,"decrements":2}`,
		},
	} {
		if got := fold(t, Counters(), tc.events...); got != tc.row {
			t.Errorf("%s: %s, want %s", name, got, tc.row)
		}
	}
}

func TestCountersRefuseWhatTheyCannotCount(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`{"by":0}`, `{"by":-1}`, `{"by":1.5}`, `{"by":"secret"}`, `{"by":{}}`, `{"by":9223372036854775808}`, `"secret"`, `[]`, `7`,
	} {
		row, err := Counters().Apply(nil, event(Incremented, data))
		if err == nil {
			t.Errorf("%s: counted as %+v", data, row)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats the data: %v", data, err)
		}
	}
	for kind, full := range map[string]int64{Incremented: math.MaxInt64, Decremented: math.MinInt64} {
		if row, err := Counters().Apply(&Counter{Count: full}, event(kind, "")); err == nil {
			t.Errorf("%s at %d: counted as %+v", kind, full, row)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	at := func(e store.Committed, second int) store.Committed {
		e.CommittedAt = time.Date(2026, 1, 2, 3, 4, second, 5e6, time.UTC)
		return e
	}
	got := fold(t, Streams(), at(event("placed", ""), 1), at(event("paid", "{}"), 2), at(event("sent", ""), 3))
	want := `{"events":3,"firstAt":"2026-01-02T03:04:01.005Z","lastAt":"2026-01-02T03:04:03.005Z","lastType":"sent"}`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The views are well defined, under the names that the template's users query.
func TestViews(t *testing.T) {
	t.Parallel()
	p, err := projector.New(nil, nil, nil, Views()...)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Views(), " "); got != "counters streams" {
		t.Errorf("views: %s", got)
	}
}
