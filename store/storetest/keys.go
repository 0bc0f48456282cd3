package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var keyStories = []story{
	{"every key is listed", everyKeyIsListed},
	{"keys of many pages", keysOfManyPages},
	{"what can't be a page of keys", invalidKeyQueries},
}

// keysIn lists the keys of one segment.
func keysIn(t *testing.T, e *env, segment, segments int) (keys []string) {
	t.Helper()
	for q := (store.KeyQuery{Segment: segment, Segments: segments}); ; {
		page, err := e.store.Keys(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, page.Keys...)
		if q.After = page.Next; q.After == "" {
			return keys
		}
	}
}

// mustList lists the keys that begin with the story's own, in a number of segments.
func mustList(t *testing.T, e *env, segments int, want ...string) {
	t.Helper()
	got := map[string]bool{}
	for segment := range segments {
		for _, key := range keysIn(t, e, segment, segments) {
			if strings.HasPrefix(key, e.key) {
				got[key] = true
			}
		}
	}
	for _, key := range want {
		if !got[key] {
			t.Errorf("in %d segments: %q is not listed", segments, key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("in %d segments: %d keys are listed, want %d", segments, len(got), len(want))
	}
}

func everyKeyIsListed(t *testing.T, e *env) {
	mustList(t, e, 1)
	var keys []string
	for i := range 40 {
		key := fmt.Sprintf("%s/%d ü?%%", e.key, i)
		for range 1 + i%3 {
			mustAppend(t, e.store, key, store.Any(), some(2))
		}
		keys = append(keys, key)
	}
	for _, segments := range []int{1, 2, 7} {
		mustList(t, e, segments, keys...)
	}
}

// keysOfManyPages has commits so large that a page holds few of them, and one key's go over several.
func keysOfManyPages(t *testing.T, e *env) {
	large := []store.Pending{{Type: "happened", Data: json.RawMessage(`"` + strings.Repeat("x", 300_000) + `"`)}}
	var keys []string
	for _, name := range []string{"a", "b", "c"} {
		keys = append(keys, e.key+name)
		for range 5 {
			mustAppend(t, e.store, e.key+name, store.Any(), large)
		}
	}
	mustList(t, e, 1, keys...)
	mustList(t, e, 3, keys...)
}

func invalidKeyQueries(t *testing.T, e *env) {
	for _, q := range []store.KeyQuery{
		{}, {Segments: -1}, {Segment: 1, Segments: 1}, {Segment: -1, Segments: 1}, {Segments: store.MaxSegments + 1},
	} {
		if _, err := e.store.Keys(t.Context(), q); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
