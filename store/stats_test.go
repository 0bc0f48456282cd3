package store_test

import (
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

func TestStats(t *testing.T) {
	t.Parallel()
	backend := newMemory()
	s := store.New(backend)
	some := []store.Pending{{Type: "a"}, {Type: "b"}}
	ahead := store.New(backend, store.WithClock(func() time.Time { return time.Now().Add(time.Hour) }))
	if _, err := ahead.Append(t.Context(), "ahead", store.Any(), some, nil); err != nil {
		t.Fatal(err)
	}
	for _, a := range []struct {
		key      string
		expected store.Expected
		o        *store.AppendOptions
	}{
		{"k", store.NoStream(), nil},
		{"k", store.NoStream(), nil}, // a conflict
		{"k", store.Any(), &store.AppendOptions{IdempotencyKey: "i"}},
		{"k", store.Any(), &store.AppendOptions{IdempotencyKey: "i"}}, // a duplicate
		{"ahead", store.Any(), nil},
	} {
		_, _ = s.Append(t.Context(), a.key, a.expected, some, a.o) // how they end is counted
	}
	got := s.Stats()
	if got.FarAhead == 0 {
		t.Error("a position an hour ahead isn't counted")
	}
	got.FarAhead = 0
	if want := (store.Stats{Appends: 3, Events: 6, Duplicates: 1, Conflicts: 1, Puts: 4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
