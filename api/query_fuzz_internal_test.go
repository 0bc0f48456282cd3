package api

import (
	"errors"
	"reflect"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
)

// FuzzRanges parses what a request asks for: it is refused as ErrInvalid, or it is a range that the store can read and that
// a token for the next page brings back whole.
func FuzzRanges(f *testing.F) {
	for _, seed := range []string{
		"", "start=3&startExclusive=true&end=9007199254740991&endExclusive=false&limit=1000&direction=backward&type=a&type=b",
		"start=0", "end=0", "limit=0", "start=9&end=3", "start=01M85YE5AB3ABQP37F5162M000&settled=true&keyPrefix=a%2F", "type=%ff", "start=-1",
	} {
		f.Add(seed)
	}
	s := store.New(memstore.New())
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := streamQuery(raw, "key")
		if mustBeSound(t, raw, err) {
			for _, err := range s.Read(t.Context(), "key", q.span()) {
				mustBeSound(t, raw, err)
			}
			text, err := newToken("key", q)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := parseToken(text, "key"); err != nil || !same(again, q) {
				t.Errorf("%q: %+v came back as %+v, %v", raw, q, again, err)
			}
		}
		all, err := parseAllQuery(raw)
		if mustBeSound(t, raw, err) {
			for _, err := range s.ReadAll(t.Context(), all.span()) {
				mustBeSound(t, raw, err)
			}
		}
	})
}

// same takes no types for none, however they are written.
func same(a, b query) bool {
	if len(a.Types) == 0 && len(b.Types) == 0 {
		a.Types, b.Types = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// mustBeSound says whether there is no error, and fails where there is one of another kind.
func mustBeSound(t *testing.T, raw string, err error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, store.ErrInvalid) {
		t.Errorf("%q: %v", raw, err)
	}
	return err == nil
}
