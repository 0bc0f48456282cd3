package projectortest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// parkedKeys is what a projector lists.
func (k *parking) parkedKeys(t *testing.T, p *projector.Projector) map[string]projector.Standing {
	t.Helper()
	keys := map[string]projector.Standing{}
	for at, err := range p.Parked(t.Context(), k.view) {
		if err != nil {
			t.Fatal(err)
		}
		keys[at.Key] = at
	}
	return keys
}

// expectParkedKeys waits for the list to be as it should.
func (k *parking) expectParkedKeys(t *testing.T, want int) map[string]projector.Standing {
	t.Helper()
	var keys map[string]projector.Standing
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if keys = k.parkedKeys(t, k.open(t)); len(keys) == want {
			return keys
		}
	}
	t.Errorf("%d keys are listed, want %d", len(keys), want)
	return keys
}

// narrow is a backend whose lists have small pages.
type narrow struct{ projector.Backend }

// ListParked implements [projector.Backend].
func (n narrow) ListParked(ctx context.Context, view string, version int, page string, limit int) ([]projector.ParkedItem, string, error) {
	return n.Backend.ListParked(ctx, view, version, page, min(limit, 3))
}

// listAndRedriveAll parks more keys than a page has, half of which can be mended.
func listAndRedriveAll(t *testing.T, k *parking) {
	const each = 8
	k.backend = narrow{k.backend}
	prefix := k.key
	var rung []projector.Doorbell
	for i := range each {
		rung = append(rung, bells(
			k.append(t, fmt.Sprint(prefix, "/bad", i), "happened", "bad", "happened"), k.append(t, fmt.Sprint(prefix, "/worse", i), "worse"),
		)...)
	}
	if err := k.open(t).Ring(t.Context(), append(rung, bell(k.append(t, prefix+"/good", "happened")))); err != nil {
		t.Fatal(err)
	}
	keys := k.expectParkedKeys(t, 2*each)
	if at := keys[prefix+"/bad0"]; at.View != k.view || at.Seen != 1 || at.Parked == nil || at.Parked.Revision != 2 ||
		at.Parked.Reason != "bad" || at.Parked.Class != projector.ClassError || at.Parked.Since.IsZero() {
		t.Errorf("listed as %+v (%+v)", at, at.Parked)
	}
	for _, err := range k.open(t).Parked(t.Context(), k.view) { // whoever has seen enough may leave
		if err != nil {
			t.Error(err)
		}
		break
	}

	k.good["bad"] = true
	mended, failed := 0, 0
	err := k.open(t).RedriveAll(t.Context(), k.view, func(r projector.Redriven) {
		var failure *projector.ProjectionError
		switch {
		case r.Err == nil && r.Seen == 3 && strings.HasPrefix(r.Key, prefix+"/bad"):
			mended++
		case errors.As(r.Err, &failure) && r.Seen == 0 && strings.HasPrefix(r.Key, prefix+"/worse"):
			failed++
		default:
			t.Errorf("reported %+v", r)
		}
	})
	if err != nil || mended != each || failed != each {
		t.Errorf("%d mended, %d failed, %v; want %d each", mended, failed, err, each)
	}
	k.expectParkedKeys(t, each)
	k.key = prefix + "/bad3"
	k.expectAt(t, 3, 0, 1, 2, 3)

	k.good["worse"] = true
	if err := k.open(t).RedriveAll(t.Context(), k.view, nil); err != nil {
		t.Error(err)
	}
	k.expectParkedKeys(t, 0)
}

// stale is a backend whose list shows what was parked once.
type stale struct {
	projector.Backend
	items []projector.ParkedItem
}

// ListParked implements [projector.Backend].
func (s stale) ListParked(context.Context, string, int, string, int) ([]projector.ParkedItem, string, error) {
	return s.items, "", nil
}

// staleList redrives by a list that is behind: keys that were redriven long ago, or aren't even there.
func staleList(t *testing.T, k *parking) {
	k.appendAll(t, "happened", "bad")
	items, _, err := k.backend.ListParked(t.Context(), k.view, 1, "", 1)
	for page := ""; len(items) == 0 && err == nil; {
		items, page, err = k.backend.ListParked(t.Context(), k.view, 1, page, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	never := items[0]
	never.ID.ID += "/never"
	k.good["bad"] = true
	k.appendAll(t, "happened")
	for range 2 {
		err = k.openOn(t, stale{k.backend, append(items, never)}).RedriveAll(t.Context(), k.view, func(r projector.Redriven) {
			if want := map[bool]store.Revision{true: 3}[r.Key == k.key]; r.Err != nil || r.Seen != want {
				t.Errorf("reported %+v, want revision %d", r, want)
			}
		})
		if err != nil {
			t.Error(err)
		}
		k.expectAt(t, 3, 0, 1, 2, 3)
	}
	if _, err := k.open(t).Skip(t.Context(), k.view, k.key, 2, "for good"); !errors.Is(err, projector.ErrNotParked) {
		t.Errorf("skip of what the list still shows: %v", err)
	}
}
