package projectortest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// skips passes over what can't be folded, one event at a time.
func skips(t *testing.T, k *parking) {
	k.appendAll(t, "bad", "happened", "worse", "happened")
	k.expectAt(t, 0, 1)
	seen, err := k.open(t).Skip(t.Context(), k.view, k.key, 1, "never was good")
	var parked *projector.ParkedError
	if !errors.As(err, &parked) || parked.Revision != 3 || seen != 2 {
		t.Errorf("skipped, and then at %d, %v", seen, err)
	}
	k.expectAt(t, 2, 3, 2)
	k.expectSent(t, 2)
	if seen, err := k.open(t).Skip(t.Context(), k.view, k.key, 3, "neither"); err != nil || seen != 4 {
		t.Errorf("skipped, and then at %d, %v", seen, err)
	}
	k.expectAt(t, 4, 0, 2, 4)
	k.expectSkips(t, "1 never was good", "3 neither")
	k.appendAll(t, "happened")
	k.expectAt(t, 5, 0, 2, 4, 5)
	k.expectParkedKeys(t, 0)
}

// expectSkips says which skips are recorded, each as its revision and reason.
func (k *parking) expectSkips(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, skip := range k.standing(t).Skips {
		got = append(got, fmt.Sprint(skip.Revision, " ", skip.Reason))
		if skip.At.IsZero() {
			t.Errorf("skipped at no time: %+v", skip)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("skipped %q, want %q", got, want)
	}
}

// skipRepeated skips what is skipped already, as whoever has lost the answer does.
func skipRepeated(t *testing.T, k *parking) {
	k.appendAll(t, "bad", "happened")
	for _, reason := range []string{"first", "again"} {
		if seen, err := k.open(t).Skip(t.Context(), k.view, k.key, 1, reason); err != nil || seen != 2 {
			t.Errorf("skipped, and then at %d, %v", seen, err)
		}
	}
	k.expectSkips(t, "1 first")
	k.expectAt(t, 2, 0, 2)
}

// skipRefused asks for what can't be skipped. Nothing changes.
func skipRefused(t *testing.T, k *parking) {
	k.appendAll(t, "happened", "bad", "happened")
	for _, tc := range []struct {
		view, key string
		revision  store.Revision
		reason    string
		want      error
	}{
		{k.view, k.key, 1, "seen already", projector.ErrNotParked},
		{k.view, k.key, 3, "not there yet", projector.ErrNotParked},
		{k.view, k.key, 0, "no event", projector.ErrNotParked},
		{k.view, k.key + "/other", 1, "no such key", projector.ErrNotParked},
		{k.view, k.key, 2, "", store.ErrInvalid},
		{k.view, k.key, 2, strings.Repeat("x", projector.MaxSkipReason+1), store.ErrInvalid},
		{k.view, k.key, 2, "\xff", store.ErrInvalid},
		{k.view, k.key, 2, "a\nb", store.ErrInvalid},
		{k.view, "", 2, "no key", store.ErrInvalid},
		{"other", k.key, 2, "no such view", projector.ErrUnknownView},
	} {
		_, err := k.open(t).Skip(t.Context(), tc.view, tc.key, tc.revision, tc.reason)
		expectError(t, err, tc.want)
	}
	k.expectAt(t, 1, 2, 1)
	k.expectSkips(t)
	if _, err := k.open(t).Skip(t.Context(), k.view, k.key, 2, strings.Repeat("ü", projector.MaxSkipReason/2)); err != nil {
		t.Error(err)
	}
	k.expectAt(t, 3, 0, 1, 3)
}

// skipsAreKept has everything that can be written to the item be written behind a skip.
func skipsAreKept(t *testing.T, k *parking) {
	k.appendAll(t, "bad")
	if _, err := k.open(t).Skip(t.Context(), k.view, k.key, 1, "why"); err != nil {
		t.Fatal(err)
	}
	for i, kind := range []string{"happened", "removed", "happened", "mended by now", "worse"} {
		k.appendAll(t, kind)
		k.expectSkips(t, "1 why")
		if seen := k.standing(t).Seen; seen != store.Revision(i+2) && kind != "worse" {
			t.Errorf("after %q at %d", kind, seen)
		}
	}
	k.expectAt(t, 5, 6, 4)
	k.good["worse"] = true
	if _, err := k.open(t).Redrive(t.Context(), k.view, k.key); err != nil {
		t.Error(err)
	}
	k.expectSkips(t, "1 why")
	k.expectAt(t, 6, 0, 4, 6)
}

// tooManySkips skips until no more can be recorded.
func tooManySkips(t *testing.T, k *parking) {
	k.appendAll(t, strings.Fields(strings.Repeat("bad ", projector.MaxSkips+1))...)
	for r := range store.Revision(projector.MaxSkips) {
		_, err := k.open(t).Skip(t.Context(), k.view, k.key, r+1, "why")
		expectError(t, err, projector.ErrParked) // at the next one
	}
	_, err := k.open(t).Skip(t.Context(), k.view, k.key, projector.MaxSkips+1, "why")
	expectError(t, err, projector.ErrTooManySkips)
	k.expectAt(t, projector.MaxSkips, projector.MaxSkips+1)
	k.good["bad"] = true
	if _, err := k.open(t).Redrive(t.Context(), k.view, k.key); err != nil {
		t.Error(err)
	}
	k.expectAt(t, projector.MaxSkips+1, 0, projector.MaxSkips+1)
}
