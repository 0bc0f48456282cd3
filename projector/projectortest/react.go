package projectortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runReact has a process manager append to other keys.
func runReact(t *testing.T, open Open) {
	b := setup(t, open)
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, b *bundle)
	}{
		{"reacts once, whatever rings", reactsOnce},
		{"reacts once, whatever stops it", reactsOnceThoughStopped},
		{"reacts once, side by side", reactsOnceSideBySide},
		{"what events carry", whatReactionsCarry},
		{"circles end", circlesEnd},
		{"reactions that can't be", impossibleReactions},
		{"code that changed", changedReactions},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.run(t, b) })
	}
}

func reactsOnce(t *testing.T, b *bundle) {
	g := newGames(t, b)
	g.play(t, "1", "ann", "bob", "ann")
	g.play(t, "2", "bob", "eve")
	reversed := slices.Clone(g.rung)
	slices.Reverse(reversed)
	for range 2 {
		mustRing(t, g.projector(t, b.backend, referee(g.view, g.prefix)), reversed...)
		mustRing(t, g.projector(t, b.backend, referee(g.view, g.prefix)), g.rung...)
	}
	g.expectCredits(t)
	if len(g.credited(t, "ann")) != 1 || len(g.credited(t, "bob")) != 2 {
		t.Errorf("credits %v and %v", places(g.credited(t, "ann")), places(g.credited(t, "bob")))
	}
}

func places(events []store.Committed) []string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprint(e.Key, "@", e.Revision))
	}
	return all
}

// losing is a backend whose writes are lost before they are done, or whose answers are, at every second try.
type losing struct {
	projector.Backend
	mu    sync.Mutex
	saves int
}

// Save implements [projector.Backend].
func (l *losing) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	l.mu.Lock()
	l.saves++
	n := l.saves
	l.mu.Unlock()
	switch n % 4 {
	case 1:
		return false, errStopped
	case 3:
		if done, err := l.Backend.Save(ctx, writes...); err != nil || !done {
			return done, err
		}
		return false, errStopped
	}
	return l.Backend.Save(ctx, writes...)
}

func reactsOnceThoughStopped(t *testing.T, b *bundle) {
	g := newGames(t, b)
	for i := range 6 {
		g.play(t, fmt.Sprint(i), "ann", "bob", fmt.Sprint("player ", i))
	}
	rows := &losing{Backend: b.backend}
	for tries := 0; ; tries++ {
		err := g.projector(t, rows, referee(g.view, g.prefix)).Ring(t.Context(), g.rung)
		if err == nil {
			break
		}
		if tries > 50 || !errors.Is(err, errStopped) {
			t.Fatalf("after %d tries: %v", tries, err)
		}
	}
	g.expectCredits(t)
}

func reactsOnceSideBySide(t *testing.T, b *bundle) {
	g := newGames(t, b)
	for i := range 4 {
		g.play(t, fmt.Sprint(i), "ann", "bob", "ann", fmt.Sprint("player ", i))
	}
	var all sync.WaitGroup
	for range 3 {
		p := g.projector(t, b.backend, referee(g.view, g.prefix))
		all.Go(func() {
			if err := p.Ring(t.Context(), g.rung); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g.expectCredits(t)
}

func whatReactionsCarry(t *testing.T, b *bundle) {
	g := newGames(t, b)
	g.play(t, "1", "ann", "bob")
	mustRing(t, g.projector(t, b.backend, referee(g.view, g.prefix)), g.rung...)
	e := g.credited(t, "bob")[0]
	want := map[string]string{
		projector.CausationKey: g.prefix + "game/1", projector.CausationRevision: "3", projector.CausationDepth: "1",
	}
	for name, value := range want {
		if e.Metadata[name] != value {
			t.Errorf("%s is %q, want %q", name, e.Metadata[name], value)
		}
	}
	if e.CorrelationID != "game 1" {
		t.Errorf("correlation id %q", e.CorrelationID)
	}
}

// circlesEnd has a process manager react to its own events.
func circlesEnd(t *testing.T, b *bundle) {
	name, key := viewName(t), t.Name()
	p, err := projector.New(b.store, b.backend, nil, projector.React[struct{}]{
		Name: name, Keys: []string{key}, MaxDepth: 3,
		Apply: func(s *struct{}, _ store.Committed) (*struct{}, []projector.Reaction, error) {
			return s, []projector.Reaction{{Key: key, Events: []store.Pending{{Type: "again"}}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.append(t, key, "first")
	for range 10 {
		mustRing(t, p, projector.Doorbell{Key: key})
	}
	var parked *projector.ParkedError
	if _, err := p.Seen(t.Context(), name, key); !errors.As(err, &parked) || parked.Class != projector.ClassLoop || parked.Revision != 4 {
		t.Errorf("%+v, want it parked at revision 4 for a loop", err)
	}
	if head, err := b.store.Head(t.Context(), key); err != nil || head.Revision() != 4 {
		t.Errorf("the key is at %d, %v", head.Revision(), err)
	}
}

// impossibleReactions parks at the event whose reaction can't be appended; the reactions before it stand.
func impossibleReactions(t *testing.T, b *bundle) {
	name, key := viewName(t), t.Name()
	p, err := projector.New(b.store, b.backend, nil, projector.React[Tally]{
		Name: name, Keys: []string{key},
		Apply: func(s *Tally, e store.Committed) (*Tally, []projector.Reaction, error) {
			next, err := tally(s, e)
			to := key + "/to"
			if e.Revision == 2 {
				to = "not\x00allowed"
			}
			return next, []projector.Reaction{{Key: to, Events: []store.Pending{{Type: "reacted"}}}}, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	mustRing(t, p, bell(b.append(t, key, "happened", "happened", "happened")))
	r, err := p.Query(t.Context(), name, key)
	var parked *projector.ParkedError
	if !errors.As(err, &parked) || parked.Class != projector.ClassReaction || parked.Revision != 2 {
		t.Errorf("%v, want it parked at revision 2 for its reaction", err)
	}
	if want, err := json.Marshal(fold(t, 1)); err != nil || string(r.Row) != string(want) {
		t.Errorf("state %s, want %s", r.Row, want)
	}
	if head, err := b.store.Head(t.Context(), key+"/to"); err != nil || head.Revision() != 1 {
		t.Errorf("%d reactions were appended, %v", head.Revision(), err)
	}
}

// changedReactions reacts once more with code that says something else: what is done is done.
func changedReactions(t *testing.T, b *bundle) {
	name, key := viewName(t), t.Name()
	with := func(rows projector.Backend, reaction string) error {
		p, err := projector.New(b.store, rows, nil, projector.React[struct{}]{
			Name: name, Keys: []string{key},
			Apply: func(s *struct{}, _ store.Committed) (*struct{}, []projector.Reaction, error) {
				return s, []projector.Reaction{{Key: "to " + key, Events: []store.Pending{{Type: reaction}}}}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return p.Ring(t.Context(), []projector.Doorbell{{Key: key}})
	}
	if err := with(b.backend, "none yet"); err != nil {
		t.Fatal(err)
	}
	b.append(t, key, "happened")
	stopped := &failing{Backend: b.backend} // after the append, before the seen revision advances
	if err := with(stopped, "reacted"); !errors.Is(err, errStopped) {
		t.Fatal(err)
	}
	if err := with(b.backend, "reacted otherwise"); err != nil {
		t.Fatal(err)
	}
	e, ok, err := b.store.ReadLatest(t.Context(), "to "+key)
	if err != nil || !ok || e.Revision != 1 || e.Type != "reacted" {
		t.Errorf("%+v, %v", e, err)
	}
}
