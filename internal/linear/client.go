package linear

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// tagName is the metadata by which an event tells whose it is. It is no part of what makes two appends the same.
const tagName = "tag"

// client does operations one after another.
type client struct {
	t       *testing.T
	id      int
	store   *store.Store
	history *history
	rng     *rand.Rand
	keys    []string
	heads   map[string]store.Head // the last ones it knows of
	appends int
}

func (c *client) run(operations int) {
	for range operations {
		key := c.keys[c.rng.IntN(len(c.keys))]
		switch n := c.rng.IntN(100); {
		case n < 65:
			c.append(c.anyAppend(key))
		case n < 75:
			c.head(key)
		case n < 78:
			c.read(input{key: key, kind: doRead})
		case n < 92:
			c.read(input{key: key, kind: doLatest, limit: 1 + c.rng.IntN(20)})
		default:
			c.readForAppend(key)
		}
	}
}

// anyAppend is an append of any sort.
func (c *client) anyAppend(key string) input {
	in := input{key: key, count: 1 + c.rng.IntN(3), expected: store.Any()}
	known, ok := c.heads[key]
	switch n := c.rng.IntN(10); {
	case n < 4:
	case n < 7 && ok:
		in.expected = store.At(known)
	case n < 9:
		in.expected = store.Exactly(known.Revision() + store.Revision(max(0, c.rng.IntN(4)-1)))
	default:
		in.expected = store.NoStream()
	}
	if c.rng.IntN(3) == 0 { // one that others use, too, within a while
		in.idempotencyKey = fmt.Sprint("i", uint64(known.Revision())/8, "-", c.rng.IntN(6))
		in.variant, in.count = c.rng.IntN(8)/7, 1
	}
	return in
}

// append does in; now and then with little time, and then the same again.
func (c *client) append(in input) {
	ctx, cancel := c.t.Context(), context.CancelFunc(func() {})
	if c.rng.IntN(12) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.rng.Int64N(int64(10*time.Millisecond))))
	}
	out := c.appendOnce(ctx, &in)
	cancel()
	if out.outcome == unknown && in.idempotencyKey != "" && c.rng.IntN(2) == 0 {
		c.appendOnce(c.t.Context(), &in)
	}
}

func (c *client) appendOnce(ctx context.Context, in *input) output {
	c.appends++
	in.tag = fmt.Sprint(c.id, "-", c.appends)
	events := make([]store.Pending, in.count)
	for i := range events {
		events[i] = store.Pending{
			Type: "happened", Data: json.RawMessage(fmt.Sprint(in.variant)), Metadata: map[string]string{tagName: eventTag(in.tag, i)},
		}
	}
	called := c.history.now()
	a, err := c.store.Append(ctx, in.key, in.expected, events, &store.AppendOptions{IdempotencyKey: in.idempotencyKey})
	returned := c.history.now()
	if err == nil {
		c.heads[in.key] = a.Head
	}
	out := answered(a, err)
	c.history.add(c.id, *in, out, called, returned, err)
	return out
}

// answered is what an append answered, as the model has it.
func answered(a store.Appended, err error) output {
	if e, ok := errors.AsType[*store.ConflictError](err); ok {
		return output{outcome: conflict, revision: e.Actual}
	}
	if e, ok := errors.AsType[*store.IdempotencyKeyReusedError](err); ok {
		return output{outcome: reused, revision: e.Revision}
	}
	if e, ok := errors.AsType[*store.UnknownOutcomeError](err); ok {
		return output{outcome: unknown, revision: e.Revision}
	}
	if a.Duplicate {
		return output{outcome: duplicate, revision: a.First}
	}
	return output{revision: a.First}
}

func (c *client) head(key string) {
	called := c.history.now()
	h, err := c.store.Head(c.t.Context(), key)
	if err == nil {
		c.heads[key] = h
	}
	c.history.add(c.id, input{key: key, kind: doHead}, output{revision: h.Revision()}, called, c.history.now(), err)
}

func (c *client) read(in input) {
	r := store.Range{}
	if in.kind == doLatest {
		r = store.Range{Backward: true, Limit: in.limit}
	}
	called := c.history.now()
	var out output
	var err error
	var last store.Committed
	for e, failed := range c.store.Read(c.t.Context(), in.key, r) {
		if err = failed; err != nil {
			break
		}
		if len(out.read) > 0 && (e.Position.Compare(last.Position) > 0) == r.Backward {
			c.t.Errorf("key %q: positions %v and %v in the order of their reading", in.key, last.Position, e.Position)
		}
		out.read, last = append(out.read, e.Metadata[tagName]), e
	}
	c.history.add(c.id, in, out, called, c.history.now(), err)
}

// readForAppend reads all events, and appends at the head that comes with them.
func (c *client) readForAppend(key string) {
	called := c.history.now()
	var out output
	h, events, err := c.store.ReadForAppend(c.t.Context(), key, store.Range{Start: c.heads[key].Revision() / 2})
	if err != nil {
		return
	}
	n := store.Revision(0)
	for _, err = range events {
		if err != nil {
			break
		}
		n++
	}
	out.revision = h.Revision()
	c.history.add(c.id, input{key: key, kind: doHead}, out, called, c.history.now(), err)
	if want := h.Revision() - max(c.heads[key].Revision()/2, 1) + 1; err == nil && n != want {
		c.t.Errorf("read %d events with head %d, want %d", n, h.Revision(), want)
	}
	c.heads[key] = h
	c.append(input{key: key, count: 1, expected: store.At(h)})
}
