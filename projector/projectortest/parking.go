package projectortest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runParking has keys park, and whoever looks after them find them, redrive them and skip what can't be mended; once for a
// view whose marks are in its rows, and once for one that keeps them apart.
func runParking(t *testing.T, open Open) {
	for name, ids := range map[string]func(store.Committed) []string{
		"keyed": nil,
		"many":  func(e store.Committed) []string { return []string{"row of " + e.Key} },
	} {
		t.Run(name, func(t *testing.T) {
			shared := setup(t, open)
			for _, tc := range []struct {
				name string
				run  func(t *testing.T, k *parking)
			}{
				{"message before mark", messageBeforeMark},
				{"parked anew", parkedAnew},
				{"unmarked", redriveParks},
				{"list and redrive all", listAndRedriveAll},
				{"stale list", staleList},
				{"skip", skips},
				{"skip repeated", skipRepeated},
				{"skip refused", skipRefused},
				{"skips are kept", skipsAreKept},
				{"too many skips", tooManySkips},
				{"any reason", anyReason},
				{"two versions", twoVersions},
			} {
				t.Run(tc.name, func(t *testing.T) {
					own := *shared
					own.view, own.key = viewName(t), t.Name()
					tc.run(t, &parking{bundle: &own, ids: ids, good: map[string]bool{"happened": true, "removed": true}})
				})
			}
		})
	}
}

// parking is a view that can't fold events whose types aren't good. It is its own redriver.
type parking struct {
	*bundle // with view and key of its own
	ids     func(store.Committed) []string
	good    map[string]bool

	mu   sync.Mutex
	sent []string // view and key of each message
	send func() error
}

// SendRedrive implements [projector.Redriver].
func (k *parking) SendRedrive(_ context.Context, view, key string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sent = append(k.sent, view+" "+key)
	if k.send != nil {
		return k.send()
	}
	return nil
}

func (k *parking) expectSent(t *testing.T, n int) {
	t.Helper()
	if len(k.sent) != n {
		t.Errorf("sent %q, want %d messages", k.sent, n)
	}
}

// open is a projector in a process of its own, with code that is as good as it is by now.
func (k *parking) open(t *testing.T) *projector.Projector { return k.openOn(t, k.backend) }

func (k *parking) openOn(t *testing.T, rows projector.Backend) *projector.Projector {
	t.Helper()
	p, err := projector.New(k.store, rows, &projector.Options{Redriver: k}, k.definition(1))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// definition is a version of the view; only the first one can't fold events of type "bad in v1".
func (k *parking) definition(version int) projector.Definition {
	return projector.View[Tally]{
		Name: k.view, Version: version, IDs: k.ids, Apply: func(row *Tally, e store.Committed) (*Tally, error) {
			switch {
			case k.good[e.Type]:
				return tally(row, e)
			case strings.HasPrefix(e.Type, "mended"), e.Type == "bad in v1" && version > 1:
				return row, nil
			}
			return nil, errors.New(e.Type)
		},
	}
}

// appendAll appends events of these types to the key, and rings for them.
func (k *parking) appendAll(t *testing.T, types ...string) {
	t.Helper()
	if err := k.open(t).Ring(t.Context(), bells(k.append(t, k.key, types...))); err != nil {
		t.Fatal(err)
	}
}

// standing is where the view stands with the key.
func (k *parking) standing(t *testing.T) projector.Standing {
	t.Helper()
	all, err := k.open(t).Inspect(t.Context(), k.view, k.key)
	if err != nil || len(all) != 1 || all[0].Version != 1 {
		t.Fatalf("stands at %+v, %v; want one version", all, err)
	}
	return all[0]
}

// expectAt says where the view stands: with the revisions of good events folded, and parked at the one given, 0 for not.
func (k *parking) expectAt(t *testing.T, seen, parkedAt store.Revision, folded ...store.Revision) {
	t.Helper()
	p, at := k.open(t), k.standing(t)
	if at.View != k.view || at.Key != k.key || at.Seen != seen || (at.Parked != nil) != (parkedAt > 0) || at.Parked != nil && at.Parked.Revision != parkedAt {
		t.Errorf("stands at %+v (%+v), want revision %d, parked at %d", at, at.Parked, seen, parkedAt)
	}
	id := k.key
	if k.ids != nil {
		id = "row of " + k.key
	}
	r, err := p.Query(t.Context(), k.view, id)
	if err != nil && !errors.Is(err, projector.ErrParked) {
		t.Fatal(err)
	}
	want, err := json.Marshal(fold(t, folded...))
	if err != nil {
		t.Fatal(err)
	}
	if got := cmp.Or(string(r.Row), "null"); got != string(want) {
		t.Errorf("row %s, want %s", got, want)
	}
}

// expectError is what a redrive or a skip answers.
func expectError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// messageBeforeMark has the queue be down while a key parks: there is no mark without its message, and the batch comes again.
func messageBeforeMark(t *testing.T, k *parking) {
	down := errors.New("the queue is down")
	k.send = func() error { return down }
	bell := bell(k.append(t, k.key, "happened", "bad"))
	for range 2 {
		err := k.open(t).Ring(t.Context(), []projector.Doorbell{bell})
		expectError(t, err, down)
		k.expectAt(t, 1, 0, 1)
	}
	k.send = func() error { // at this moment there must not be a mark yet
		k.expectAt(t, 1, 0, 1)
		return nil
	}
	k.sent = nil
	for range 2 {
		if err := k.open(t).Ring(t.Context(), []projector.Doorbell{bell}); err != nil {
			t.Fatal(err)
		}
		k.expectAt(t, 1, 2, 1)
	}
	if len(k.sent) != 1 || k.sent[0] != k.view+" "+k.key {
		t.Errorf("sent %q", k.sent)
	}
}

// parkedAnew has a redrive get past the mark, and fail later on: that is another mark, with its own message.
func parkedAnew(t *testing.T, k *parking) {
	k.appendAll(t, "happened", "bad", "happened", "worse", "happened")
	k.expectAt(t, 1, 2, 1)
	var failure *projector.ProjectionError
	if _, err := k.open(t).Redrive(t.Context(), k.view, k.key); !errors.As(err, &failure) || failure.Revision != 2 {
		t.Errorf("redrive: %v", err)
	}
	k.expectSent(t, 1)

	k.good["bad"] = true
	seen, err := k.open(t).Redrive(t.Context(), k.view, k.key)
	var parked *projector.ParkedError
	if !errors.As(err, &parked) || parked.Revision != 4 || parked.Seen != 3 || seen != 3 {
		t.Errorf("redriven to %d, %v", seen, err)
	}
	k.expectAt(t, 3, 4, 1, 2, 3)
	k.expectSent(t, 2)
	if _, err := k.open(t).Redrive(t.Context(), k.view, k.key); !errors.As(err, &failure) || failure.Revision != 4 {
		t.Errorf("redrive: %v", err)
	}
	k.expectSent(t, 2)

	k.good["worse"] = true
	if seen, err := k.open(t).Redrive(t.Context(), k.view, k.key); err != nil || seen != 5 {
		t.Errorf("redriven to %d, %v", seen, err)
	}
	k.expectAt(t, 5, 0, 1, 2, 3, 4, 5)
}

// redriveParks has a message arrive before the mark that it belongs to is set: the redrive then sets it.
func redriveParks(t *testing.T, k *parking) {
	k.append(t, k.key, "happened", "bad")
	_, err := k.open(t).Redrive(t.Context(), k.view, k.key)
	expectError(t, err, projector.ErrParked)
	k.expectAt(t, 1, 2, 1)
	k.expectSent(t, 1)
}

// nobody is an error that can't be asked what it is.
type nobody struct{ text string }

func (n *nobody) Error() string { return n.text }

// anyReason parks with errors that a database can't keep as they are.
func anyReason(t *testing.T, k *parking) {
	for i, reason := range []error{
		errors.New("\xff\xfe \x00"), errors.New(strings.Repeat("ü", 10_000)), errors.New("x" + strings.Repeat("ü", 10_000)),
		errors.New(""), (*nobody)(nil),
	} {
		p, err := projector.New(k.store, k.backend, nil, projector.View[Tally]{
			Name: k.view, IDs: k.ids, Apply: func(*Tally, store.Committed) (*Tally, error) { return nil, reason },
		})
		if err != nil {
			t.Fatal(err)
		}
		k.key = fmt.Sprint(t.Name(), i)
		if err := p.Ring(t.Context(), bells(k.append(t, k.key, "bad"))); err != nil {
			t.Errorf("reason %d: %v", i, err)
		}
		at := k.standing(t)
		if at.Parked == nil {
			t.Errorf("reason %d: not parked", i)
			continue
		}
		if kept := at.Parked.Reason; !utf8.ValidString(kept) || len(kept) > 1024 || i > 0 && strings.Contains(kept, "\uFFFD") {
			t.Errorf("reason %d is kept as %.50q, %d bytes", i, kept, len(kept))
		}
	}
}

// twoVersions has two versions of a view side by side, which fail at different events.
func twoVersions(t *testing.T, k *parking) {
	p, err := projector.New(k.store, k.backend, &projector.Options{Redriver: k}, k.definition(1), k.definition(2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Register(t.Context(), k.view, 2); err != nil {
		t.Fatal(err)
	}
	expect := func(what string, seen ...store.Revision) {
		t.Helper()
		all, err := p.Inspect(t.Context(), k.view, k.key)
		if err != nil || len(all) != 2 || all[0].Version != 1 || all[1].Version != 2 || all[0].Seen != seen[0] || all[1].Seen != seen[1] {
			t.Errorf("%s: stands at %+v, %v; want %d", what, all, err, seen)
		}
	}
	if err := p.Ring(t.Context(), bells(k.append(t, k.key, "bad in v1", "bad", "happened"))); err != nil {
		t.Fatal(err)
	}
	expect("parked", 0, 1)
	k.expectSent(t, 2)
	listed := map[int]store.Revision{}
	for end := time.Now().Add(10 * time.Second); len(listed) < 2 && time.Now().Before(end); {
		for at, err := range p.Parked(t.Context(), k.view) {
			if err != nil {
				t.Fatal(err)
			}
			listed[at.Version] = at.Parked.Revision
		}
	}
	if len(listed) != 2 || listed[1] != 1 || listed[2] != 2 {
		t.Errorf("listed at %v", listed)
	}
	seen, err := p.Skip(t.Context(), k.view, k.key, 1, "only the first version")
	expectError(t, err, projector.ErrParked)
	if seen != 1 {
		t.Errorf("the live version has seen %d", seen)
	}
	expect("one skipped", 1, 1)
	if seen, err := p.Skip(t.Context(), k.view, k.key, 2, "both"); err != nil || seen != 3 {
		t.Errorf("skipped, and then at %d, %v", seen, err)
	}
	expect("both skipped", 3, 3)
	if err := p.Ring(t.Context(), bells(k.append(t, k.key, "worse"))); err != nil {
		t.Fatal(err)
	}
	k.good["worse"] = true
	reports := 0
	if err := p.RedriveAll(t.Context(), k.view, func(projector.Redriven) { reports++ }); err != nil || reports > 2 {
		t.Errorf("%d reports, %v", reports, err)
	}
	if _, err := p.Redrive(t.Context(), k.view, k.key); err != nil { // whatever the list said
		t.Error(err)
	}
	expect("redriven", 4, 4)
}
