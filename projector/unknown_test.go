package projector_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// forgetful does the first write, and loses its answer.
type forgetful struct {
	projector.Backend
	armed bool
}

var errAnswerLost = errors.New("the answer is lost")

// Save implements [projector.Backend].
func (f *forgetful) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	done, err := f.Backend.Save(ctx, writes...)
	if f.armed && err == nil {
		f.armed = false
		return false, errAnswerLost
	}
	return done, err
}

// A batch that takes several writes, all into the same row, loses the answer to the first: what the others build on is read anew, so
// that none of them is refused.
func TestAfterALostAnswerABatchReadsAnew(t *testing.T) {
	t.Parallel()
	s, rows := store.New(memstore.New()), &forgetful{Backend: memviews.New(nil)}
	p, err := projector.New(s, rows, nil, projector.View[counter]{
		Name: "counting", Apply: count, IDs: func(store.Committed) []string { return []string{"all"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Registrations(t.Context()); err != nil { // makes it
		t.Fatal(err)
	}
	const keys = 2*projector.MaxWrites + 10
	var bells []projector.Doorbell
	for i := range keys {
		bells = append(bells, commit(t, s, fmt.Sprint("key ", i)))
	}
	rows.armed = true
	backlog, ok := errors.AsType[*projector.BacklogError](p.Ring(t.Context(), bells))
	if !ok || !errors.Is(backlog, errAnswerLost) || len(backlog.Failed) == 0 || len(backlog.Failed) >= projector.MaxWrites {
		t.Fatalf("got %v", backlog)
	}
	if err := p.Ring(t.Context(), bells); err != nil {
		t.Fatal(err)
	}
	if n := p.Stats().Refused; n != 0 {
		t.Errorf("%d writes were refused", n)
	}
	if r, err := p.Query(t.Context(), "counting", "all"); err != nil || string(r.Row) != fmt.Sprintf(`{"count":%d}`, keys) {
		t.Errorf("row %s, %v", r.Row, err)
	}
}
