package publish_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
)

// room is what an entry has to leave for the envelope that EventBridge puts around it.
const room = 512

// names are text that a store takes for a type or a key: some of it is longer in JSON, or counts twice.
func names(most int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		some := rapid.SampledFrom([]string{"a", "order/", "ü", "漢", "😀", `"`, `\`, "<&>", "\u2028", " x"})
		name := rapid.StringOfN(rapid.SampledFrom([]rune("ab-/ü漢😀\"\\<&>\u2028 ")), 1, 5, most).Draw(t, "start")
		if more := some.Draw(t, "more"); rapid.Bool().Draw(t, "long") {
			name += strings.Repeat(more, (most-len(name))/len(more))
		}
		return name
	})
}

// sizes are those of data: mostly small, often around what fits a request, or shares of it.
func sizes() *rapid.Generator[int] {
	small := rapid.IntRange(2, 200)
	return rapid.OneOf(
		small, small, small, small, small, small,
		rapid.IntRange(awsLimit-2_000, awsLimit+200),
		rapid.Custom(func(t *rapid.T) int {
			return awsLimit/rapid.IntRange(2, 12).Draw(t, "share") - rapid.IntRange(200, 1500).Draw(t, "less")
		}),
	)
}

func pending() *rapid.Generator[store.Pending] {
	return rapid.Custom(func(t *rapid.T) (e store.Pending) {
		e.Type = names(store.MaxName).Draw(t, "type")
		if rapid.Bool().Draw(t, "correlated") {
			e.CorrelationID = names(store.MaxName).Draw(t, "correlation")
		}
		if rapid.IntRange(0, 3).Draw(t, "data") > 0 {
			e.Data = quoted(sizes().Draw(t, "size"))
		}
		if rapid.IntRange(0, 3).Draw(t, "metadata") == 0 {
			e.Metadata = map[string]string{names(20).Draw(t, "name"): strings.Repeat("y", sizes().Draw(t, "length"))}
		}
		return e
	})
}

// Whatever the events: each is sent once, as it is, in requests that EventBridge takes, and what is too large for one goes
// without as little as can be.
func TestRequestsFitAndCarryEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var c commits
		keys := rapid.SliceOfNDistinct(names(store.MaxKey), 1, 4, rapid.ID).Draw(t, "keys")
		for range rapid.IntRange(1, 5).Draw(t, "commits") {
			c.add(rapid.SampledFrom(keys).Draw(t, "key"), rapid.SliceOfN(pending(), 1, 3).Draw(t, "events")...)
		}
		bus := &bus{t: t}
		g := &target{}
		g.Consumer = publish.NewConsumer(publisher(t, bus, &g.log), nil)
		g.mustDeliver(t, c.records...)
		bus.expect(t, c.names()...)
		events := map[string]store.Committed{}
		for _, e := range c.events {
			events[e.Position.String()] = e
		}
		for _, e := range bus.taken {
			d := e.detail(t)
			expectWhole(t, events[d.ID], e, d)
		}
		if len(keys) == 1 {
			expectFull(t, bus.requests)
		}
	})
}

// expectWhole says whether an entry has all of an event that fits it.
func expectWhole(t rapid.TB, e store.Committed, got sent, d detail) {
	t.Helper()
	if d.Key != e.Key || d.Revision != uint64(e.Revision) || d.Position != d.ID || d.CommittedAt != committedAt || d.Type != e.Type || d.CorrelationID != e.CorrelationID {
		t.Errorf("event %+v: detail %+v", e, d)
	}
	cut := len(got.DetailType) > 124 && len(got.DetailType) <= 128 && utf8.ValidString(got.DetailType) && strings.HasPrefix(e.Type, got.DetailType)
	if got.DetailType != e.Type && !cut || len(e.Type) <= 128 && got.DetailType != e.Type {
		t.Errorf("type %q: detail type %q", e.Type, got.DetailType)
	}
	if got.size()+room >= awsLimit {
		t.Errorf("%d bytes leave too little room", got.size())
	}
	// fits says whether it could have had so much more, which had been left out and a mark put in its place.
	fits := func(more int) bool { return got.size()+more+room < awsLimit }
	data, metadata := len(`,"data":`)+len(e.Data)-len(`,"dataOmitted":true`), len(`,"metadata":`)-len(`,"metadataOmitted":true`)
	for name, value := range e.Metadata { // there is one; neither needs escapes but for what is in the name
		metadata += len(`{"":""}`) + 6*len(name) + len(value)
	}
	switch {
	case d.DataOmitted && !d.MetadataOmitted && fits(data):
		t.Errorf("%d bytes of data were left out, but fit", len(e.Data))
	case !d.DataOmitted && string(d.Data) != string(e.Data):
		t.Errorf("data %.100q, want %.100q", d.Data, e.Data)
	case d.MetadataOmitted && fits(metadata):
		t.Errorf("metadata were left out, but fit")
	case !d.MetadataOmitted && !maps.Equal(d.Metadata, e.Metadata):
		t.Errorf("metadata %.100v, want %.100v", d.Metadata, e.Metadata)
	}
}

// expectFull says whether each request of a lane holds what the next one begins with if it fits.
func expectFull(t rapid.TB, requests [][]sent) {
	t.Helper()
	for i := range len(requests) - 1 {
		size := requests[i+1][0].size() + room
		for _, e := range requests[i] {
			size += e.size() + room
		}
		if len(requests[i]) < 10 && size < awsLimit {
			t.Errorf("request %d has %d entries, and the next one's first would fit: %d bytes", i, len(requests[i]), size)
		}
	}
}

// What is too large goes without data, and if need be without metadata, and says so.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	var c commits
	long := map[string]string{"note": strings.Repeat("y", 150_000)}
	c.add("data", store.Pending{Type: "a", Data: quoted(300_000), Metadata: map[string]string{"n": "v"}})
	c.add("both", store.Pending{Type: "b", Data: quoted(150_000), Metadata: long})
	c.add("metadata", store.Pending{Type: "c", Metadata: map[string]string{"note": strings.Repeat("y", 300_000)}})
	c.add("neither", store.Pending{Type: "d", Data: quoted(250_000)})
	bus := &bus{t: t}
	g := &target{}
	g.Consumer = publish.NewConsumer(publisher(t, bus, &g.log), nil)
	g.mustDeliver(t, c.records...)
	if len(bus.taken) != 4 {
		t.Fatalf("%d entries", len(bus.taken))
	}
	for _, e := range bus.taken {
		d := e.detail(t)
		want := map[string]struct {
			data, metadata bool
			left           int
		}{"data": {true, false, 1}, "both": {true, false, 1}, "metadata": {false, true, 0}, "neither": {false, false, 0}}[d.Key]
		if d.DataOmitted != want.data || d.MetadataOmitted != want.metadata || len(d.Metadata) != want.left || want.data && d.Data != nil {
			t.Errorf("%s: %.300s", d.Key, e.Detail)
		}
		if strings.Contains(e.Detail, "Omitted") != (want.data || want.metadata) {
			t.Errorf("%s says something is left out that isn't: %.300s", d.Key, e.Detail)
		}
	}
	for _, part := range []string{`"withoutData":3`, `"key":"data","revision":1`} {
		if !strings.Contains(g.log.String(), part) {
			t.Errorf("no %s in %s", part, &g.log)
		}
	}
}
