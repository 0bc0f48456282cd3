package linear

import (
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// kind is what an operation does.
type kind uint8

const (
	doAppend kind = iota
	doHead
	doRead   // all events, first to last
	doLatest // the last few events, last to first
)

// input is what an operation was asked.
type input struct {
	key  string
	kind kind
	// Of an append:
	tag            string // names its events
	count          int
	expected       store.Expected
	idempotencyKey string
	variant        int // with the same idempotency key, the same variant and count are the same events
	limit          int // of doLatest
}

// outcome is how an operation ended.
type outcome uint8

const (
	fine outcome = iota
	duplicate
	conflict
	reused
	unknown
)

// output is what an operation answered.
type output struct {
	outcome outcome
	// revision is that of the first event stored, the head, the conflict's actual, the commit that an idempotency key has
	// stored, or where an unknown outcome may stand.
	revision store.Revision
	read     []string // tags of events read, in their order
}

// String describes the operation.
func (in input) String() string {
	switch in.kind {
	case doHead:
		return "head"
	case doRead:
		return "read"
	case doLatest:
		return fmt.Sprint("last ", in.limit)
	default:
		return fmt.Sprintf("append %s (%d), %v, key %q/%d", in.tag, in.count, in.expected, in.idempotencyKey, in.variant)
	}
}

// String describes the answer.
func (out output) String() string {
	return fmt.Sprintf("%s %d %v", [...]string{"", "duplicate", "conflict", "reused", "unknown"}[out.outcome], out.revision, out.read)
}
