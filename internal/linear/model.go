package linear

import (
	"fmt"
	"hash/fnv"

	"github.com/anishathalye/porcupine"

	"github.com/aeon-es/aeon/store"
)

// event is one that is stored; it begins a list of all of them, last to first.
type event struct {
	before   *event
	tag      string
	revision store.Revision
	digest   uint64 // of this and all before it
}

// marked is an idempotency key that has stored a commit; it begins a list of all of them.
type marked struct {
	before         *marked
	idempotencyKey string
	variant, count int
	first          store.Revision
}

// keyState is what is stored of one key, by the sequential specification: what operations make of it that come one
// after another. It never changes: steps make another. The events tell one from another.
type keyState struct {
	last    *event
	markers *marked
}

func (s keyState) head() store.Revision {
	if s.last == nil {
		return 0
	}
	return s.last.revision
}

func (s keyState) digest() uint64 {
	if s.last == nil {
		return 0
	}
	return s.last.digest
}

func (s keyState) marker(idempotencyKey string) *marked {
	for m := s.markers; m != nil && idempotencyKey != ""; m = m.before {
		if m.idempotencyKey == idempotencyKey {
			return m
		}
	}
	return nil
}

// with is the state after the append of in.
func (s keyState) with(in input) keyState {
	first := s.head() + 1
	for i := range in.count {
		h := fnv.New64a()
		tag := eventTag(in.tag, i)
		_, _ = fmt.Fprint(h, s.digest(), tag)
		s.last = &event{before: s.last, tag: tag, revision: s.head() + 1, digest: h.Sum64()}
	}
	if in.idempotencyKey != "" {
		s.markers = &marked{s.markers, in.idempotencyKey, in.variant, in.count, first}
	}
	return s
}

// eventTag names the i-th event of an append.
func eventTag(tag string, i int) string { return fmt.Sprint(tag, ".", i) }

// step says whether an operation may answer so, and what is there afterwards.
func (s keyState) step(in input, out output) (bool, keyState) {
	switch in.kind {
	case doHead:
		return out.revision == s.head(), s
	case doRead:
		return uint64(len(out.read)) == uint64(s.head()) && s.endsWith(out.read, true), s
	case doLatest:
		return len(out.read) == int(min(uint64(in.limit), uint64(s.head()))) && s.endsWith(out.read, false), s
	default:
		return s.stepAppend(in, out)
	}
}

// endsWith compares events read with the last ones.
func (s keyState) endsWith(read []string, forward bool) bool {
	e := s.last
	for i := range read {
		if forward {
			i = len(read) - 1 - i
		}
		if e == nil || e.tag != read[i] {
			return false
		}
		e = e.before
	}
	return true
}

func (s keyState) stepAppend(in input, out output) (bool, keyState) {
	want, specific := in.expected.Revision()
	met := !specific || want == s.head()
	m := s.marker(in.idempotencyKey)
	same := m != nil && m.variant == in.variant && m.count == in.count
	switch out.outcome {
	case fine:
		return m == nil && met && out.revision == s.head()+1, s.with(in)
	case duplicate:
		return same && out.revision == m.first, s
	case reused:
		return m != nil && !same && out.revision == m.first, s
	case conflict:
		return m == nil && !met && out.revision == s.head(), s
	default: // It can stand at one revision only; once that is taken it can be no more.
		if m == nil && met && out.revision == s.head()+1 {
			return true, s.with(in)
		}
		return m != nil || s.head() >= out.revision, s
	}
}

// model is the specification as porcupine has it.
var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		var keys []string
		byKey := map[string][]porcupine.Operation{}
		for _, o := range history {
			key := as[input](o.Input).key
			if byKey[key] == nil {
				keys = append(keys, key)
			}
			byKey[key] = append(byKey[key], o)
		}
		all := make([][]porcupine.Operation, len(keys))
		for i, key := range keys {
			all[i] = byKey[key]
		}
		return all
	},
	Init: func() any { return keyState{} },
	Step: func(state, in, out any) (bool, any) { return as[keyState](state).step(as[input](in), as[output](out)) },
	Equal: func(a, b any) bool {
		return as[keyState](a).digest() == as[keyState](b).digest()
	},
	Hash: func(state any) uint64 { return as[keyState](state).digest() },
	DescribeOperation: func(in, out any) string {
		return fmt.Sprintf("%s → %s", as[input](in), as[output](out))
	},
	DescribeState: func(state any) string { return fmt.Sprint("head ", as[keyState](state).head()) },
}

// as is v, which porcupine has from this package.
func as[T any](v any) T {
	t, ok := v.(T)
	if !ok {
		panic(fmt.Sprintf("linear: %T where %T belongs", v, t))
	}
	return t
}
