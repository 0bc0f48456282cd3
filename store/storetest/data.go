package storetest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var dataStories = []story{
	{"data keeps every byte that matters", dataIsExact},
	{"data loses white space", dataLosesSpace},
	{"no data is not null", noDataIsNotNull},
	{"metadata and correlation id", metadataRoundTrips},
	{"types of every kind", typesOfEveryKind},
	{"what is read is the reader's own", whatIsReadIsOnesOwn},
}

// exactData is JSON that many a round trip would change.
var exactData = []string{
	`12345678901234567890.123`, `1e400`, `-0`, `0.1000`, `1E+2`, `1e-7`, `123456789012345678901234567890123456789012345678901234567890`,
	`"é"`, `"\u00e9"`, `"\u0000"`, `"\ud83d\ude00"`, `"😀"`, `"\ud800"`, `"<a href='x'>&amp;</a>"`, "\"\u2028\u2029\"", `"\/ \\ \" \b\f\n\r\t"`,
	`null`, `true`, `false`, `0`, `""`, `[]`, `{}`, `{"":""}`, `{"a":1,"a":2}`, `{"z":1,"a":2}`, `[[],{},[{}]]`,
	`{"type":"x","data":{"events":[1,{"deep":[true,null]}]}}`, `"]"`, `"}"`, `"\"},{\""`,
	strings.Repeat("[", 500) + strings.Repeat("]", 500),
}

func dataIsExact(t *testing.T, e *env) {
	var events []store.Pending
	for _, d := range exactData {
		events = append(events, one(d)...)
	}
	mustAppend(t, e.store, e.key, store.NoStream(), events) // all in one commit
	for _, event := range events {
		mustAppend(t, e.store, e.key, store.Any(), []store.Pending{event})
	}
	mustHold(t, e.store, e.key, flat(events, events)...)
}

func dataLosesSpace(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.NoStream(), one(" {\n\t\"a b\" : [ 1 , \" x \" ] \r} "))
	mustHold(t, e.store, e.key, one(`{"a b":[1," x "]}`)...)
}

func noDataIsNotNull(t *testing.T, e *env) {
	none, empty := store.Pending{Type: "none"}, store.Pending{Type: "empty", Data: json.RawMessage{}}
	null := store.Pending{Type: "null", Data: json.RawMessage("null")}
	mustAppend(t, e.store, e.key, store.NoStream(), []store.Pending{none, empty, null})
	got := mustHold(t, e.store, e.key, none, empty, null)
	if len(got[0].Data) != 0 || len(got[1].Data) != 0 || string(got[2].Data) != "null" {
		t.Errorf("data came back as %q, %q and %q", got[0].Data, got[1].Data, got[2].Data)
	}
}

func metadataRoundTrips(t *testing.T, e *env) {
	events := []store.Pending{
		full(),
		{Type: "bare"},
		{Type: "empty", Metadata: map[string]string{}},
		{Type: "odd", CorrelationID: `"é/😀\`, Metadata: map[string]string{
			"a b": "", "ü": "new\nline\x00", `quote"`: `\`, "type": "x", "data": "{}", strings.Repeat("n", store.MaxName): strings.Repeat("v", 2000),
		}},
		{Type: "bare"}, // gets nothing of its neighbour's
	}
	mustAppend(t, e.store, e.key, store.NoStream(), events)
	mustHold(t, e.another(), e.key, events...)
}

// whatIsReadIsOnesOwn changes each event once it is read, and wants to find the next ones as they were.
func whatIsReadIsOnesOwn(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.NoStream(), []store.Pending{full(), full(), full()})
	mustAppend(t, e.store, e.key, store.Any(), []store.Pending{full()})
	for range 2 {
		for i, c := range mustRead(t, e.store, e.key, store.Range{}) {
			if !sameEvent(c.Pending, full()) {
				t.Errorf("event %d has become %s", i, describe(c.Pending))
			}
			for at := range c.Data {
				c.Data[at] = '!'
			}
			_ = append(c.Data, strings.Repeat("!", 150)...) // into whatever lies behind
			c.Metadata["by"] = "!"
		}
	}
}

func typesOfEveryKind(t *testing.T, e *env) {
	var events []store.Pending
	for _, name := range []string{"a", "A", "order-placed", "Order Placed", "ü", "😀", `"`, `\`, "null", "a/b.c:d", strings.Repeat("t", store.MaxName)} {
		events = append(events, store.Pending{Type: name}, store.Pending{Type: name, Data: json.RawMessage("1")})
	}
	mustAppend(t, e.store, e.key, store.NoStream(), events)
	mustHold(t, e.another(), e.key, events...)
}
