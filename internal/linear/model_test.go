package linear

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/aeon-es/aeon/store"
)

// at is an operation from one time to another.
func at(called, returned int64, in input, out output) porcupine.Operation {
	in.key = "k"
	return porcupine.Operation{Input: in, Output: out, Call: called, Return: returned}
}

func appendOf(tag string, e store.Expected) input { return input{tag: tag, count: 1, expected: e} }

func keyed(tag string, variant int) input {
	return input{tag: tag, count: 1, expected: store.Any(), idempotencyKey: "i", variant: variant}
}

func TestModel(t *testing.T) {
	t.Parallel()
	a, b := appendOf("a", store.Any()), appendOf("b", store.Any())
	first, second := output{revision: 1}, output{revision: 2}
	readAll := func(tags ...string) output { return output{read: tags} }
	for name, c := range map[string]struct {
		history []porcupine.Operation
		legal   bool
	}{
		"one after another":           {[]porcupine.Operation{at(1, 2, a, first), at(3, 4, b, second)}, true},
		"at once, in the other order": {[]porcupine.Operation{at(1, 4, a, second), at(2, 3, b, first)}, true},
		"against the order of time":   {[]porcupine.Operation{at(1, 2, a, second), at(3, 4, b, first)}, false},
		"two at one revision":         {[]porcupine.Operation{at(1, 4, a, first), at(2, 3, b, first)}, false},
		"a gap":                       {[]porcupine.Operation{at(1, 2, a, second)}, false},
		"a read that is behind": {[]porcupine.Operation{
			at(1, 2, a, first), at(3, 4, input{kind: doRead}, readAll()),
		}, false},
		"a read of what nobody stored": {[]porcupine.Operation{at(1, 2, input{kind: doRead}, readAll("x.0"))}, false},
		"a conflict": {[]porcupine.Operation{
			at(1, 2, a, first), at(3, 4, appendOf("b", store.NoStream()), output{outcome: conflict, revision: 1}),
		}, true},
		"a conflict with what was expected": {[]porcupine.Operation{
			at(1, 2, a, first), at(3, 4, appendOf("b", store.Exactly(1)), output{outcome: conflict, revision: 1}),
		}, false},
		"a conflict with a head that was": {[]porcupine.Operation{
			at(1, 2, a, first), at(3, 4, b, second), at(5, 6, appendOf("c", store.NoStream()), output{outcome: conflict, revision: 1}),
		}, false},
		"stored in spite of an error": {[]porcupine.Operation{
			at(1, 2, a, first), at(3, 4, appendOf("b", store.NoStream()), output{outcome: conflict, revision: 1}),
			at(5, 6, input{kind: doRead}, readAll("a.0", "b.0")),
		}, false},
		"unknown, there late": {[]porcupine.Operation{
			at(1, forever, a, output{outcome: unknown, revision: 1}), at(3, 4, input{kind: doHead}, output{}),
			at(5, 6, input{kind: doHead}, output{revision: 1}),
		}, true},
		"unknown, never there": {[]porcupine.Operation{
			at(1, forever, a, output{outcome: unknown, revision: 1}), at(3, 4, b, first), at(5, 6, input{kind: doRead}, readAll("b.0")),
		}, true},
		"unknown, somewhere else": {[]porcupine.Operation{
			at(1, forever, a, output{outcome: unknown, revision: 1}), at(3, 4, b, first), at(5, 6, input{kind: doRead}, readAll("b.0", "a.0")),
		}, false},
		"a repeat": {[]porcupine.Operation{
			at(1, 2, keyed("a", 0), first), at(3, 4, b, second), at(5, 6, keyed("c", 0), output{outcome: duplicate, revision: 1}),
		}, true},
		"a repeat stored again": {[]porcupine.Operation{
			at(1, 2, keyed("a", 0), first), at(5, 6, keyed("c", 0), second),
		}, false},
		"a repeat with other events": {[]porcupine.Operation{
			at(1, 2, keyed("a", 0), first), at(5, 6, keyed("c", 1), output{outcome: reused, revision: 1}),
		}, true},
		"other events taken for a repeat": {[]porcupine.Operation{
			at(1, 2, keyed("a", 0), first), at(5, 6, keyed("c", 1), output{outcome: duplicate, revision: 1}),
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if legal := porcupine.CheckOperations(model, c.history); legal != c.legal {
				t.Errorf("legal: %v", legal)
			}
		})
	}
}
