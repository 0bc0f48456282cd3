package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
)

// world is one run on one key: what is stored, who called, and what they were told.
type world struct {
	run     *interleave.Run
	backend *memstore.Backend
	stores  int
	calls   []*call
}

const worldKey = "k"

// tag is the metadata by which a stored event tells whose it is. It is no part of what makes two appends the same.
const tag = "call"

// begun is where the clocks of a world stand, but for their differences.
var begun = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newWorld has a commit of each of the sizes.
func newWorld(r *interleave.Run, sizes ...int) *world {
	w := &world{run: r, backend: memstore.New()}
	s := w.store()
	for i, n := range sizes {
		if _, err := s.Append(context.Background(), worldKey, store.Any(), tagged(fmt.Sprint("seed", i), n, 0), nil); err != nil {
			panic(err)
		}
	}
	return w
}

// store is one of a process of its own, with a clock that stands still, each behind the one before.
func (w *world) store() *store.Store { return w.storeOver(memstore.Scheduled(w.backend)) }

func (w *world) storeOver(b store.Backend) *store.Store {
	now := begun.Add(time.Duration(-w.stores) * time.Second)
	w.stores++
	return store.New(b, store.WithClock(func() time.Time { return now }))
}

// tagged are n events of the call of that name. The same variant makes the same events, but for their tag.
func tagged(name string, n, variant int) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{
			Type: "happened", Data: json.RawMessage(fmt.Sprint(variant)), Metadata: map[string]string{tag: name},
		}
	}
	return events
}

// call is one append and its answer.
type call struct {
	name           string
	expected       store.Expected
	events         []store.Pending
	idempotencyKey string

	made, answered bool           // it began, and its caller was there to see the end
	before, after  store.Revision // the heads when it began and when it ended
	answer         store.Appended
	err            error
}

// do makes the call.
func (w *world) do(ctx context.Context, s *store.Store, c *call) {
	c.made, c.before = true, w.head()
	c.answer, c.err = s.Append(ctx, worldKey, c.expected, c.events, &store.AppendOptions{IdempotencyKey: c.idempotencyKey})
	c.after = w.head()
	c.answered = ctx.Err() == nil
}

// add has a task of p make the call.
func (w *world) add(p *interleave.Process, s *store.Store, c *call) {
	w.calls = append(w.calls, c)
	p.Go(c.name, func(ctx context.Context) { w.do(ctx, s, c) })
}

// commits is what is stored.
func (w *world) commits() []store.Commit {
	page, err := w.backend.Commits(context.Background(), store.CommitQuery{Key: worldKey})
	if err != nil || page.More {
		panic(fmt.Sprint("more commits than expected, ", err))
	}
	return page.Commits
}

func (w *world) head() store.Revision {
	page, err := w.backend.Commits(context.Background(), store.CommitQuery{Key: worldKey, Backward: true, Limit: 1, WithoutEvents: true})
	switch {
	case err != nil:
		panic(err)
	case len(page.Commits) == 0:
		return 0
	}
	return page.Commits[0].Last()
}

// check says what is wrong with what is stored, or with what somebody was told.
func (w *world) check() error {
	commits := w.commits()
	if err := checkStored(commits); err != nil {
		return err
	}
	for _, c := range w.calls {
		if !c.made || !c.answered {
			continue
		}
		if err := c.check(commits); err != nil {
			return fmt.Errorf("%s expected %v, was told %s (the head was %d before, %d after): %w",
				c.name, c.expected, c.told(), c.before, c.after, err)
		}
	}
	return nil
}

// outcome is what is stored and what everybody was told, without what is random.
func (w *world) outcome() string {
	var b strings.Builder
	for _, c := range w.commits() {
		fmt.Fprint(&b, whose(&c), "@", c.Revision, " ")
	}
	for _, c := range w.calls {
		if c.answered {
			fmt.Fprint(&b, c.name, ":", c.answer.First, c.answer.Duplicate, c.err, " ")
		}
	}
	return b.String()
}

// told describes the answer.
func (c *call) told() string {
	if c.err != nil {
		return c.err.Error()
	}
	return fmt.Sprintf("%d to %d at %v, duplicate %v", c.answer.First, c.answer.Revision(), c.answer.Position(), c.answer.Duplicate)
}

// checkStored looks at commits alone: dense, positions going up, nobody's there twice.
func checkStored(commits []store.Commit) error {
	var last store.Revision
	var position store.Position
	seen := map[string]bool{}
	for i := range commits {
		c := &commits[i]
		if c.Revision != last+1 {
			return fmt.Errorf("the commit behind revision %d begins at %d", last, c.Revision)
		}
		if c.Position.Compare(position) <= 0 {
			return fmt.Errorf("the commit at revision %d has position %v, which isn't behind %v", c.Revision, c.Position, position)
		}
		last, position = c.Last(), c.LastPosition()
		for _, once := range []string{"append id " + c.AppendID, "call " + whose(c), "idempotency key " + c.IdempotencyKey} {
			if seen[once] && once != "idempotency key " {
				return fmt.Errorf("%s is stored twice", once)
			}
			seen[once] = true
		}
	}
	return nil
}

func whose(c *store.Commit) string { return c.Events[0].Metadata[tag] }

// find is the first commit for which is is true, nil if there is none.
func find(commits []store.Commit, is func(c *store.Commit) bool) *store.Commit {
	for i := range commits {
		if is(&commits[i]) {
			return &commits[i]
		}
	}
	return nil
}

// check holds what the caller was told against what is stored at the end.
func (c *call) check(commits []store.Commit) error {
	own := find(commits, func(s *store.Commit) bool { return whose(s) == c.name })
	var keyed *store.Commit // what the idempotency key has led to
	if c.idempotencyKey != "" {
		keyed = find(commits, func(s *store.Commit) bool { return s.IdempotencyKey == c.idempotencyKey })
	}
	conflict, isConflict := errors.AsType[*store.ConflictError](c.err)
	reused, isReused := errors.AsType[*store.IdempotencyKeyReusedError](c.err)
	switch {
	case c.err == nil && c.answer.Duplicate:
		return c.checkDuplicate(keyed)
	case c.err == nil:
		return c.checkStored(own)
	case own != nil:
		return fmt.Errorf("it is stored at revision %d", own.Revision)
	case isConflict:
		return c.checkConflict(conflict, commits, keyed)
	case isReused && (keyed == nil || reused.Revision != keyed.Revision || string(keyed.Events[0].Data) == string(c.events[0].Data)):
		return fmt.Errorf("the idempotency key has stored %+v", keyed)
	case !isReused && !errors.Is(c.err, interleave.ErrLost):
		return errors.New("no reason for such an error")
	}
	return nil
}

// checkStored holds an answer against the caller's own commit, which must have come during the call.
func (c *call) checkStored(own *store.Commit) error {
	if own == nil {
		return errors.New("it isn't stored")
	}
	if want, specific := c.expected.Revision(); specific && own.Revision != want+1 {
		return fmt.Errorf("it is stored at revision %d", own.Revision)
	}
	if own.Revision <= c.before || own.Last() > c.after {
		return fmt.Errorf("it came to revision %d outside of the call", own.Revision)
	}
	return c.checkAnswer(own)
}

// checkDuplicate holds an answer against an earlier commit with the same idempotency key.
func (c *call) checkDuplicate(keyed *store.Commit) error {
	switch {
	case keyed == nil:
		return errors.New("nothing is stored with its idempotency key")
	case whose(keyed) == c.name:
		return errors.New("it is its own commit")
	case keyed.Last() > c.after:
		return errors.New("it was stored after the call only")
	case len(keyed.Events) != len(c.events) || string(keyed.Events[0].Data) != string(c.events[0].Data):
		return errors.New("it has other events")
	}
	return c.checkAnswer(keyed)
}

// checkAnswer compares what the caller was told of a commit with the commit.
func (c *call) checkAnswer(s *store.Commit) error {
	a := c.answer
	if a.First != s.Revision || a.Revision() != s.Last() || a.Count != s.Count || a.Position() != s.LastPosition() || !a.CommittedAt.Equal(s.CommittedAt) {
		return fmt.Errorf("stored is %+v", s)
	}
	return nil
}

// checkConflict looks for an instant during the call at which the key was where the conflict says, that wasn't where
// it was expected, and the idempotency key had led to nothing yet.
func (c *call) checkConflict(e *store.ConflictError, commits []store.Commit, keyed *store.Commit) error {
	want, specific := c.expected.Revision()
	head := e.Actual == 0 || find(commits, func(s *store.Commit) bool { return s.Last() == e.Actual }) != nil
	switch {
	case !specific:
		return errors.New("nothing was expected")
	case e.Actual == want:
		return errors.New("the key was where it was expected")
	case !head || e.Actual < c.before || e.Actual > c.after:
		return errors.New("the key's head wasn't there during the call")
	case keyed != nil && keyed.Revision <= e.Actual:
		return fmt.Errorf("by then its idempotency key had stored %s at revision %d", whose(keyed), keyed.Revision)
	}
	return nil
}
