package sqlite

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/store"
)

// accepts says whether the scanner takes text for one JSON value.
func accepts(text []byte) bool {
	s := scanner{text: text}
	_, err := s.value()
	return err == nil && s.end() == nil
}

// The scanner takes for JSON exactly what encoding/json does.
func TestScannerAgrees(t *testing.T) {
	seeds := []string{
		`{"a":[1,-2.5e+10,true,false,null,"x\u00e9\n"],"b":{}}`, `[]`, `""`, `0`, `-0.0E-1`, `"\\\"\/\b\f\r\t"`, ` [ 1 , { "a" : 2 } ] `,
	}
	alphabet := []byte("{}[]\",:0123456789-+.eEtrufalsn\\/bx \t\n\x00\x1fé")
	rapid.Check(t, func(t *rapid.T) {
		for range 50 {
			agrees(t, seeds, alphabet)
		}
	})
}

// agrees compares the two on a seed with a few changes.
func agrees(t *rapid.T, seeds []string, alphabet []byte) {
	text := []byte(rapid.SampledFrom(seeds).Draw(t, "seed"))
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		at := rapid.IntRange(0, len(text)).Draw(t, "at")
		c := rapid.SampledFrom(alphabet).Draw(t, "byte")
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			text = slices.Insert(text, at, c)
		case 1:
			text = slices.Delete(text, min(at, max(0, len(text)-1)), min(at+1, len(text)))
		default:
			text = append(text[:at:at], c)
		}
	}
	if got, want := accepts(text), json.Valid(text); got != want {
		t.Fatalf("%q: accepted %v, want %v", text, got, want)
	}
}

func TestDepth(t *testing.T) {
	for _, depth := range []int{maxDepth, maxDepth + 1, 100 * maxDepth} {
		text := []byte(strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth))
		if got, want := accepts(text), json.Valid(text); got != want {
			t.Errorf("%d deep: accepted %v, want %v", depth, got, want)
		}
	}
	deepest := []byte(strings.Repeat(`{"":`, maxDepth) + `1` + strings.Repeat(`}`, maxDepth))
	events := appendEvents(nil, []store.Pending{{Type: "a", Data: deepest}, {Type: "b", Data: deepest}})
	if got, err := decodeEvents(events, 2, map[string]string{}); err != nil || len(got) != 2 {
		t.Errorf("events with the deepest data that there can be: %d, %v", len(got), err)
	}
}

func FuzzScanner(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e+10,true,null,"x\u00e9"]}`, `""`, `-0`, `[[]]`, `{"":{}}`, `1e5`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := accepts(text), json.Valid(text); got != want {
			t.Fatalf("%q: accepted %v, want %v", text, got, want)
		}
	})
}

// pending draws any event.
func pending() *rapid.Generator[store.Pending] {
	return rapid.Custom(func(t *rapid.T) store.Pending {
		e := store.Pending{Type: rapid.StringN(1, 20, -1).Draw(t, "type"), CorrelationID: rapid.String().Draw(t, "correlation id")}
		if m := rapid.MapOfN(rapid.String(), rapid.String(), 0, 3).Draw(t, "metadata"); len(m) > 0 {
			e.Metadata = m
		}
		if rapid.Bool().Draw(t, "has data") {
			e.Data, _ = json.Marshal(rapid.MapOf(rapid.String(), rapid.Float64()).Draw(t, "data"))
		}
		return e
	})
}

// What is encoded is JSON that says what it should, and is decoded to the same.
func TestEventsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(pending(), 1, 5).Draw(t, "events")
		text := appendEvents(nil, events)
		var plain []struct {
			Type          string            `json:"type"`
			CorrelationID string            `json:"correlationId"`
			Metadata      map[string]string `json:"metadata"`
			Data          json.RawMessage   `json:"data"`
		}
		if err := json.Unmarshal(text, &plain); err != nil || len(plain) != len(events) {
			t.Fatalf("%s: %d events, %v", text, len(plain), err)
		}
		got, err := decodeEvents(text, len(events), map[string]string{})
		if err != nil || len(got) != len(events) {
			t.Fatalf("%s: %d events, %v", text, len(got), err)
		}
		for i, want := range events {
			for _, e := range []store.Pending{store.Pending(plain[i]), got[i]} {
				if e.Type != want.Type || e.CorrelationID != want.CorrelationID || !maps.Equal(e.Metadata, want.Metadata) || string(e.Data) != string(want.Data) {
					t.Fatalf("%+v came back as %+v", want, e)
				}
			}
		}
	})
}
