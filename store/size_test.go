package store

import (
	"encoding/json"
	"strings"
	"testing"
)

// The sizes are counted by hand from DynamoDB's rules, as its developer guide has them.
func TestSizeOfAnEvent(t *testing.T) {
	for name, c := range map[string]struct {
		e    Pending
		want int
	}{
		"type":                     {Pending{Type: "abc"}, 1 + 4 + 3},
		"data":                     {Pending{Type: "a", Data: json.RawMessage(`{"n":1}`)}, 1 + 4 + 1 + 1 + 4 + 7},
		"correlation id":           {Pending{Type: "a", CorrelationID: "xy"}, 1 + 4 + 1 + 1 + 13 + 2},
		"metadata":                 {Pending{Type: "a", Metadata: map[string]string{"by": "kim"}}, 1 + 4 + 1 + 1 + 8 + 3 + 1 + 2 + 3},
		"bytes count, not letters": {Pending{Type: "ü"}, 1 + 4 + 2},
	} {
		if got := eventSize(c.e); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}

func TestSizeOfACommitGrowsWithItsParts(t *testing.T) {
	c := Commit{Key: "k", Events: []Pending{{Type: "a"}}}
	size := c.size()
	for name, change := range map[string]struct {
		by     int
		change func(*Commit)
	}{
		"a longer key":       {9, func(c *Commit) { c.Key = strings.Repeat("k", 10) }},
		"an idempotency key": {14 + 5, func(c *Commit) { c.IdempotencyKey = "12345" }},
		"another event":      {1 + 3 + 1 + 4 + 2, func(c *Commit) { c.Events = append(c.Events, Pending{Type: "bb"}) }},
	} {
		longer := c
		change.change(&longer)
		if got := longer.size() - size; got != change.by {
			t.Errorf("%s: %d bytes more, want %d", name, got, change.by)
		}
	}
}
