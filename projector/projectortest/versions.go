package projectortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runVersions has views be rebuilt into another version.
func runVersions(t *testing.T, open Open) {
	b := setup(t, open)
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, b *bundle)
	}{
		{"what is not registered stands still", unregisteredStandsStill},
		{"out of date", outOfDate},
		{"code that is gone", codeIsGone},
		{"rebuild under live traffic", rebuildUnderTraffic},
		{"rebuild of a view of many keys", rebuildOfMany},
		{"rebuild goes on", rebuildGoesOn},
		{"parked keys keep a version back", parkedKeepBack},
		{"drop", dropRemovesOldRows},
		{"sweep", sweepRingsEveryKey},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.run(t, b) })
	}
}

// doubled is the second version of a tally: each event counts twice.
func doubled(row *Tally, e store.Committed) (*Tally, error) {
	row, err := tally(row, e)
	if row != nil {
		row.Count++
	}
	return row, err
}

// versioned is a view in several versions, on keys of its own.
type versioned struct {
	*bundle
	view, prefix string
}

func newVersioned(t *testing.T, b *bundle) *versioned {
	t.Helper()
	return &versioned{bundle: b, view: viewName(t), prefix: t.Name() + "/"}
}

// with is a projector whose code has these versions.
func (v *versioned) with(t *testing.T, versions ...int) *projector.Projector {
	t.Helper()
	return v.on(t, v.backend, versions...)
}

func (v *versioned) on(t *testing.T, backend projector.Backend, versions ...int) *projector.Projector {
	t.Helper()
	var all []projector.Definition
	for _, n := range versions {
		apply := tally
		if n == 2 {
			apply = doubled
		}
		all = append(all, projector.View[Tally]{Name: v.view, Version: n, Keys: []string{v.prefix}, Apply: apply})
	}
	p, err := projector.New(v.store, backend, nil, all...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// some appends a commit to one of the keys and gives its doorbell.
func (v *versioned) some(t *testing.T, key int) projector.Doorbell {
	t.Helper()
	return bell(v.append(t, fmt.Sprint(v.prefix, key), "happened"))
}

// expectRow compares a row with the fold of the key's events by apply.
func (v *versioned) expectRow(t *testing.T, p *projector.Projector, key int, apply func(*Tally, store.Committed) (*Tally, error)) {
	t.Helper()
	name := fmt.Sprint(v.prefix, key)
	var want *Tally
	var head store.Revision
	for e, err := range v.store.Read(t.Context(), name, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		if want, err = apply(want, e); err != nil {
			t.Fatal(err)
		}
		head = e.Revision
	}
	r, err := p.Query(t.Context(), v.view, name)
	if err != nil || r.Revision != head || string(r.Row) != fmt.Sprintf(`{"count":%d,"hash":%d}`, want.Count, want.Hash) {
		t.Errorf("row of %q: %s at %d, %v; want %+v at %d", name, r.Row, r.Revision, err, want, head)
	}
}

func mustRing(t *testing.T, p *projector.Projector, bells ...projector.Doorbell) {
	t.Helper()
	if err := p.Ring(t.Context(), bells); err != nil {
		t.Fatal(err)
	}
}

func unregisteredStandsStill(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	p := v.with(t, 1, 2)
	mustRing(t, p, v.some(t, 1))
	v.expectRow(t, p, 1, tally)
	if _, err := p.Switch(t.Context(), v.view, 2); err == nil {
		t.Error("switched to a version that was never rebuilt")
	}
	if _, err := p.Register(t.Context(), v.view, 3); !errors.Is(err, projector.ErrUnknownView) {
		t.Errorf("registered an unknown version: %v", err)
	}
	r, err := p.Registrations(t.Context())
	if err != nil || len(r) != 1 || r[0].Live != 1 || len(r[0].Versions) != 1 {
		t.Errorf("registrations %+v, %v", r, err)
	}
}

func outOfDate(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	old, p := v.with(t, 1), v.with(t, 1, 2)
	mustRing(t, old, v.some(t, 1))
	if _, err := p.Register(t.Context(), v.view, 2); err != nil {
		t.Fatal(err)
	}
	rung := v.some(t, 1)
	var backlog *projector.BacklogError
	if err := old.Ring(t.Context(), []projector.Doorbell{rung}); !errors.As(err, &backlog) || backlog.First != 0 {
		t.Errorf("a projector that doesn't know version 2: %v", err)
	}
	if _, err := old.CatchUp(t.Context(), v.view, rung.Key); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("catch-up: %v", err)
	}
	mustRing(t, p, rung)
	v.expectRow(t, p, 1, tally)
	if _, err := p.Unregister(t.Context(), v.view, 1); err == nil {
		t.Error("unregistered the live version")
	}
}

// codeIsGone has live a version whose code was taken away: it stands still, and says so.
func codeIsGone(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	mustRing(t, v.with(t, 1), v.some(t, 1))
	p := v.with(t, 2)
	mustRing(t, p, v.some(t, 1))
	if _, err := p.Query(t.Context(), v.view, v.prefix+"1"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("query: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		if err := p.Upgrade(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	v.expectRow(t, v.with(t, 2), 1, doubled)
}

func rebuildUnderTraffic(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	old := v.with(t, 1)
	const keys = 40
	for key := range keys {
		mustRing(t, old, v.some(t, key))
	}
	ctx, stop := context.WithCancel(t.Context())
	var traffic sync.WaitGroup
	var rung []projector.Doorbell
	p := v.with(t, 1, 2)
	traffic.Go(func() {
		for i := 0; ctx.Err() == nil || i < keys; i++ {
			bell := v.some(t, i%keys)
			if rung = append(rung, bell); i%3 == 0 {
				mustRing(t, p, rung...)
				rung = nil
			}
		}
	})
	c, err := v.with(t, 1, 2).Rebuild(t.Context(), v.view, 2, &projector.RebuildOptions{Segments: 3})
	if err != nil || c.Keys < keys || c.Behind != 0 || c.Parked != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	for key := range keys { // nobody sees it before the switch
		if r, err := p.Query(t.Context(), v.view, fmt.Sprint(v.prefix, key)); err != nil || v.countsTwice(t, r) {
			t.Errorf("before the switch: %s, %v", r.Row, err)
		}
	}
	if _, err := p.Switch(t.Context(), v.view, 2); err != nil {
		t.Error(err)
	}
	stop()
	traffic.Wait()
	mustRing(t, p, rung...)
	for key := range keys {
		v.expectRow(t, v.with(t, 1, 2), key, doubled)
	}
	if _, err := p.Switch(t.Context(), v.view, 1); err != nil { // and back out
		t.Error(err)
	}
	for key := range keys {
		v.expectRow(t, v.with(t, 1), key, tally)
	}
}

// countsTwice says whether a row is one of version 2.
func (v *versioned) countsTwice(t *testing.T, r projector.Result) bool {
	t.Helper()
	var row Tally
	if err := json.Unmarshal(r.Row, &row); err != nil {
		t.Fatal(err)
	}
	return row.Count != int(r.Revision)
}

func rebuildOfMany(t *testing.T, b *bundle) {
	k := newBank(t, b)
	for i := range 30 {
		k.transfer(t, fmt.Sprint(i%7), transfer{From: fmt.Sprint("a", i%4), To: []string{fmt.Sprint("a", i%5), "z"}, Amount: i})
	}
	live, next := accounts(k.view), accounts(k.view)
	next.Version = 2
	live.Keys, next.Keys = []string{k.prefix}, []string{k.prefix}
	p, err := projector.New(k.store, k.backend, nil, live, next)
	if err != nil {
		t.Fatal(err)
	}
	mustRing(t, p, k.rung...)
	c, err := p.Rebuild(t.Context(), k.view, 2, &projector.RebuildOptions{WriteUnits: 100_000})
	if err != nil || c.Same == 0 { // how often an account was touched since it was last empty depends on the order of keys
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := p.Switch(t.Context(), k.view, 2); err != nil {
		t.Fatal(err)
	}
	k.projector = p
	k.expect(t)
}

// failing is a backend that writes so many times, and then no more.
type failing struct {
	projector.Backend
	left atomic.Int64
}

var errStopped = errors.New("stopped on purpose")

// Save implements [projector.Backend].
func (f *failing) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	if f.left.Add(-1) < 0 {
		return false, errStopped
	}
	return f.Backend.Save(ctx, writes...)
}

// rebuildGoesOn stops a rebuild in the middle, again and again, until one comes to its end.
func rebuildGoesOn(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	p := v.with(t, 1, 2)
	const keys = 60
	for key := range keys {
		mustRing(t, p, v.some(t, key))
	}
	for stops := 0; ; stops++ {
		f := &failing{Backend: v.backend}
		f.left.Store(25)
		c, err := v.on(t, f, 1, 2).Rebuild(t.Context(), v.view, 2, nil)
		if err == nil {
			if stops < 2 || c.Behind != 0 {
				t.Errorf("stopped %d times, %+v", stops, c)
			}
			break
		}
		if !errors.Is(err, errStopped) || stops > keys {
			t.Fatalf("after %d stops: %v", stops, err)
		}
	}
	if _, err := p.Switch(t.Context(), v.view, 2); err != nil {
		t.Fatal(err)
	}
	for key := range keys {
		v.expectRow(t, v.with(t, 2), key, doubled)
	}
}

func parkedKeepBack(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	p := v.with(t, 1)
	mustRing(t, p, v.some(t, 1), v.some(t, 2))
	broken := projector.View[Tally]{Name: v.view, Version: 2, Keys: []string{v.prefix}, Apply: func(*Tally, store.Committed) (*Tally, error) {
		return nil, errors.New("broken on purpose")
	}}
	live := broken
	live.Version, live.Apply = 1, tally
	p, err := projector.New(v.store, v.backend, nil, live, broken)
	if err != nil {
		t.Fatal(err)
	}
	var incomplete *projector.IncompleteError
	if _, err := p.Rebuild(t.Context(), v.view, 2, nil); !errors.As(err, &incomplete) || incomplete.Parked != 2 {
		t.Fatalf("rebuilt with code that fails: %v", err)
	}
	if _, err := p.Switch(t.Context(), v.view, 2); err == nil {
		t.Error("switched to a version with parked keys")
	}
	mended := v.with(t, 1, 2)
	for key := 1; key <= 2; key++ {
		if _, err := mended.Redrive(t.Context(), v.view, fmt.Sprint(v.prefix, key)); err != nil {
			t.Error(err)
		}
	}
	if c, err := mended.Rebuild(t.Context(), v.view, 2, nil); err != nil {
		t.Errorf("%+v, %v", c, err)
	}
}

func dropRemovesOldRows(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	p := v.with(t, 1, 2)
	mustRing(t, p, v.some(t, 1), v.some(t, 2), v.some(t, 3))
	if _, err := p.Rebuild(t.Context(), v.view, 2, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Switch(t.Context(), v.view, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Drop(t.Context(), v.view, 1); err == nil {
		t.Error("dropped a registered version")
	}
	if _, err := p.Unregister(t.Context(), v.view, 1); err == nil {
		t.Error("unregistered what some queries may see still")
	}
	later, err := projector.New(v.store, v.backend, &projector.Options{Now: func() time.Time { return time.Now().Add(time.Minute) }},
		projector.View[Tally]{Name: v.view, Version: 2, Keys: []string{v.prefix}, Apply: doubled})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := later.Unregister(t.Context(), v.view, 1); err != nil {
		t.Fatal(err)
	}
	if n, err := later.Drop(t.Context(), v.view, 1); n != 3 || err != nil {
		t.Errorf("dropped %d items, %v", n, err)
	}
	if n, err := later.Drop(t.Context(), v.view, 1); n != 0 || err != nil {
		t.Errorf("dropped %d items again, %v", n, err)
	}
	v.expectRow(t, later, 1, doubled)

	// The same version once more is another registration: nothing that is remembered of the first one counts.
	if _, err := p.Rebuild(t.Context(), v.view, 1, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Switch(t.Context(), v.view, 1); err != nil {
		t.Fatal(err)
	}
	v.expectRow(t, v.with(t, 1), 1, tally)
}

func sweepRingsEveryKey(t *testing.T, b *bundle) {
	v := newVersioned(t, b)
	for key := range 30 {
		v.some(t, key) // and nobody rings
	}
	p := v.with(t, 1)
	var last projector.Progress
	if err := p.Sweep(t.Context(), &projector.RebuildOptions{Progress: func(now projector.Progress) { last = now }}, v.view); err != nil {
		t.Fatal(err)
	}
	if last.Keys < 30 || last.Ended != last.Segments {
		t.Errorf("the last progress was %+v", last)
	}
	for key := range 30 {
		v.expectRow(t, p, key, tally)
	}
	if err := p.Sweep(t.Context(), nil, "unknown"); !errors.Is(err, projector.ErrUnknownView) {
		t.Errorf("sweep of an unknown view: %v", err)
	}
}
