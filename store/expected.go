package store

import "fmt"

// Expected says what an append expects of its key: [Any], [NoStream], [At] or [Exactly]. The zero
// value is none of them and refused, so that nobody gets "any" by forgetting.
type Expected struct {
	kind     expectation
	head     Head     // of At
	revision Revision // of At, Exactly and NoStream
}

type expectation uint8

const (
	expectUnset expectation = iota
	expectAny
	expectNoStream
	expectAt
	expectExactly
)

// Any expects nothing: the events go behind whatever is there.
func Any() Expected { return Expected{kind: expectAny} }

// NoStream expects the key to have no events yet.
func NoStream() Expected { return Expected{kind: expectNoStream} }

// At expects the key's last revision to be that of h, which came from this store: one request, as
// the head itself proves where a commit ended.
func At(h Head) Expected { return Expected{kind: expectAt, head: h, revision: h.revision} }

// Exactly expects the key's last revision to be r: for a number that came from outside. It costs a
// small read more than [At], to see that r is where a commit ended.
func Exactly(r Revision) Expected {
	if r == 0 {
		return NoStream()
	}
	return Expected{kind: expectExactly, revision: r}
}

// Revision is the expected revision, and whether there is one: [Any] has none.
func (e Expected) Revision() (Revision, bool) {
	return e.revision, e.kind != expectAny && e.kind != expectUnset
}

// String describes e for messages.
func (e Expected) String() string {
	switch e.kind {
	case expectAny:
		return "any revision"
	case expectNoStream:
		return "no events"
	case expectAt, expectExactly:
		return fmt.Sprintf("revision %d", e.revision)
	default:
		return "nothing (the zero Expected)"
	}
}

// Head is the last revision of a key as a store saw it, and a proof that a commit ended there. Only a
// [Store] makes one, by reading or appending; it is good for its own store and key alone. The zero
// value is no head at all, also not that of an empty key.
type Head struct {
	store    *Store
	key      string
	revision Revision
	position Position
}

// Key is the key whose head it is.
func (h Head) Key() string { return h.key }

// Revision is the last revision of the key, 0 when it had no events.
func (h Head) Revision() Revision { return h.revision }

// Position is that of the key's last event, zero when it had none.
func (h Head) Position() Position { return h.position }
