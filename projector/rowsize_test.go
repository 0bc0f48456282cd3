package projector

import (
	"errors"
	"strings"
	"testing"
)

func TestValidateSize(t *testing.T) {
	t.Parallel()
	list := func(element string, n int) string {
		return `{"list":[` + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + `]}`
	}
	const room = MaxRow - len("list") - containerSize
	for name, tc := range map[string]struct {
		element string
		size    int // of an element, as DynamoDB counts: a number takes a byte for two digits, one more, and one for a sign
	}{
		"small numbers": {`1`, 3}, "negative numbers": {`-1`, 4}, "longer numbers": {`123`, 4}, "empty lists": {`[]`, 4}, "empty objects": {`{}`, 4},
		"lists of lists": {`[[1]]`, 4 + 4 + 3}, "deep lists": {`[[[[[[[[]]]]]]]]`, 8 * 4}, "objects": {`{"a":1}`, 4 + 1 + 1 + 2}, "flags": {`true`, 2},
	} {
		for n, want := range map[int]bool{room / tc.size: true, room/tc.size + 1: false} {
			row := list(tc.element, n)
			err := validateSize([]byte(row))
			var tooLarge *RowError
			if fits := err == nil; fits != (want && len(row) <= MaxRow) || !fits && !errors.As(err, &tooLarge) {
				t.Errorf("%s, %d of them, %d bytes of JSON: %v", name, n, len(row), err)
			}
		}
	}
	for size, want := range map[int]bool{MaxRow: true, MaxRow + 1: false} {
		row := `{"text":"` + strings.Repeat("x", size-len(`{"text":""}`)) + `"}`
		if err := validateSize([]byte(row)); (err == nil) != want {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
