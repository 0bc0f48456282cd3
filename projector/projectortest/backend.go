package projectortest

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runBackend holds a backend to the contract of each of its methods.
func runBackend(t *testing.T, open Open) {
	_, b := open(t)
	id := func(t *testing.T) projector.RowID {
		t.Helper()
		return projector.RowID{View: "contract", Version: 1, ID: t.Name()}
	}
	t.Run("NothingStored", func(t *testing.T) {
		if s, err := b.Load(t.Context(), id(t)); err != nil || s.Seen != 0 || s.Row != nil {
			t.Errorf("got %+v, %v", s, err)
		}
	})
	t.Run("SaveAndLoad", func(t *testing.T) {
		for _, row := range rows {
			t.Run("", func(t *testing.T) { saveAndLoad(t, b, id(t), row) })
		}
	})
	t.Run("NoRowButSeen", func(t *testing.T) {
		mustSave(t, b, id(t), 0, projector.Stored{Seen: 1, Row: json.RawMessage(`{"a":1}`)})
		mustSave(t, b, id(t), 1, projector.Stored{Seen: 2})
		if s, err := b.Load(t.Context(), id(t)); err != nil || s.Seen != 2 || s.Row != nil {
			t.Errorf("got %+v, %v", s, err)
		}
		mustSave(t, b, id(t), 2, projector.Stored{Seen: 3, Row: json.RawMessage(`{"b":1}`)})
		expectStored(t, b, id(t), 3, `{"b":1}`)
	})
	t.Run("Refused", func(t *testing.T) { refused(t, b, id(t)) })
	t.Run("Apart", func(t *testing.T) {
		for _, other := range []projector.RowID{{View: "contract", Version: 2, ID: "x"}, {View: "contract-2", Version: 1, ID: "x"}, {View: "contract", Version: 1, ID: "y"}} {
			mustSave(t, b, other, 0, projector.Stored{Seen: 7, Row: json.RawMessage(`{}`)})
		}
		if s, err := b.Load(t.Context(), projector.RowID{View: "contract", Version: 1, ID: "x"}); err != nil || s.Seen != 0 {
			t.Errorf("got %+v, %v", s, err)
		}
	})
	t.Run("OneWins", func(t *testing.T) { oneWins(t, b, id(t)) })
	t.Run("Ping", func(t *testing.T) {
		if err := b.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// rows are what views may store.
var rows = []string{
	`{}`,
	`{"count":2,"increments":2,"decrements":0}`,
	`{"empty":"","null":null,"true":true,"list":[1,"two",[],{}],"object":{"nested":{"deep":[null]}}}`,
	`{"number":12345678901234567890123456789012345678,"small":1.5e-100,"negative":-0.25}`,
	`{"text":"ü \u0000 \"quoted\" <b> \u2028 😀","key":1,"count":2,"ü.name with space":3}`,
	`{"big":"` + strings.Repeat("x", 300_000) + `"}`,
}

func saveAndLoad(t *testing.T, b projector.Backend, id projector.RowID, row string) {
	t.Helper()
	mustSave(t, b, id, 0, projector.Stored{Seen: 1 << 52, Row: json.RawMessage(row)})
	expectStored(t, b, id, 1<<52, row)
}

func refused(t *testing.T, b projector.Backend, id projector.RowID) {
	t.Helper()
	mustSave(t, b, id, 0, projector.Stored{Seen: 5, Row: json.RawMessage(`{"n":5}`)})
	for _, seen := range []store.Revision{0, 4, 6} {
		instead, err := b.Save(t.Context(), id, seen, projector.Stored{Seen: 9, Row: json.RawMessage(`{"n":9}`)})
		if err != nil {
			t.Fatal(err)
		}
		if instead == nil || instead.Seen != 5 || string(instead.Row) != `{"n":5}` {
			t.Errorf("saved on %d: answered %+v, want what is stored at 5", seen, instead)
		}
	}
	expectStored(t, b, id, 5, `{"n":5}`)
	instead, err := b.Save(t.Context(), projector.RowID{View: id.View, Version: 1, ID: id.ID + "-none"}, 3, projector.Stored{Seen: 4})
	if err != nil || instead == nil || instead.Seen != 0 || instead.Row != nil {
		t.Errorf("saved on 3 where nothing is: %+v, %v", instead, err)
	}
}

// oneWins lets many save at once on the same seen revision, again and again.
func oneWins(t *testing.T, b projector.Backend, id projector.RowID) {
	t.Helper()
	for seen := range store.Revision(20) {
		var wins sync.Map
		var all sync.WaitGroup
		for writer := range 8 {
			all.Go(func() {
				instead, err := b.Save(t.Context(), id, seen, projector.Stored{Seen: seen + 1, Row: json.RawMessage(`{}`)})
				if err != nil {
					t.Error(err)
				}
				if err == nil && instead == nil {
					wins.Store(writer, true)
				}
			})
		}
		all.Wait()
		n := 0
		wins.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Fatalf("%d writers saved on seen revision %d, want 1", n, seen)
		}
	}
}

func mustSave(t *testing.T, b projector.Backend, id projector.RowID, seen store.Revision, next projector.Stored) {
	t.Helper()
	instead, err := b.Save(t.Context(), id, seen, next)
	if err != nil || instead != nil {
		t.Fatalf("save on %d: %+v, %v", seen, instead, err)
	}
}

func expectStored(t *testing.T, b projector.Backend, id projector.RowID, seen store.Revision, row string) {
	t.Helper()
	s, err := b.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if s.Seen != seen || !sameJSON(t, string(s.Row), row) {
		t.Errorf("loaded %.200s at %d, want %.200s at %d", s.Row, s.Seen, row, seen)
	}
}

// sameJSON compares documents with their numbers as values: a database may write them another way.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	return reflect.DeepEqual(parse(t, a), parse(t, b))
}

func parse(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	return exactNumbers(value)
}
