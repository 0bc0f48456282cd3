package storetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

var appendStories = []story{
	{"revisions are dense", revisionsAreDense},
	{"the answer is what is stored", answerIsWhatIsStored},
	{"one append is one commit", oneAppendIsOneCommit},
	{"no events do nothing", noEventsDoNothing},
	{"keys of every kind", keysOfEveryKind},
	{"keys do not mix", keysDoNotMix},
	{"a key is case sensitive", keysAreCaseSensitive},
	{"positions go on whatever the clock says", positionsWithWrongClocks},
	{"clocks that can hardly be", clocksThatCanHardlyBe},
	{"what is appended is copied", whatIsAppendedIsCopied},
}

func revisionsAreDense(t *testing.T, e *env) {
	var all []store.Pending
	for _, n := range []int{1, 3, 1, 2} {
		a := mustAppend(t, e.store, e.key, store.Any(), some(n))
		first := store.Revision(len(all) + 1)
		all = append(all, some(n)...)
		if a.First != first || a.Revision() != store.Revision(len(all)) || a.Count != n {
			t.Errorf("append of %d events answered %d to %d, %d of them", n, a.First, a.Revision(), a.Count)
		}
	}
	mustHold(t, e.store, e.key, all...)
	mustHold(t, e.another(), e.key, all...)
}

func answerIsWhatIsStored(t *testing.T, e *env) {
	before := time.Now()
	a := mustAppend(t, e.store, e.key, store.NoStream(), some(3))
	got := mustHold(t, e.store, e.key, some(3)...)
	for _, c := range got {
		if !c.CommittedAt.Equal(a.CommittedAt) || c.CommittedAt.Location() != time.UTC {
			t.Errorf("revision %d committed at %v, the append answered %v", c.Revision, c.CommittedAt, a.CommittedAt)
		}
	}
	if off := a.CommittedAt.Sub(before); off < -time.Millisecond || off > time.Minute {
		t.Errorf("committed at %v, but appended at %v", a.CommittedAt, before)
	}
	if a.Position() != got[2].Position {
		t.Errorf("the answer has position %v, the last event %v", a.Position(), got[2].Position)
	}
	if a.Key() != e.key || a.Duplicate {
		t.Errorf("the answer is about %q, duplicate: %v", a.Key(), a.Duplicate)
	}
}

func oneAppendIsOneCommit(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(5))
	mustAppend(t, e.store, e.key, store.Any(), some(2))
	all := commits(t, e.backend, store.CommitQuery{Key: e.key})
	if len(all) != 2 || all[0].Revision != 1 || all[0].Count != 5 || all[1].Revision != 6 || all[1].Count != 2 {
		t.Errorf("the backend has %+v", all)
	}
}

func noEventsDoNothing(t *testing.T, e *env) {
	if a := mustAppend(t, e.store, e.key, store.NoStream(), nil); a != (store.Appended{}) {
		t.Errorf("answered %+v", a)
	}
	mustHold(t, e.store, e.key)
}

func keysOfEveryKind(t *testing.T, e *env) {
	prefix := e.key + "/"
	keys := []string{
		"counter/a b", "ü", "u\u0308", "50%", "what?", "a//b", "/", "a#b&c=d", "a'b\"c\\d`", "%2F", "..", "日本語", "😀",
		"$1", ":key", "*", "null", " leading and trailing ", strings.Repeat("k", store.MaxKey-len(prefix)),
	}
	for i, k := range keys {
		mustAppend(t, e.store, prefix+k, store.NoStream(), one(fmt.Sprint(i)))
	}
	for i, k := range keys {
		mustHold(t, e.another(), prefix+k, one(fmt.Sprint(i))...)
	}
}

func keysDoNotMix(t *testing.T, e *env) {
	keys := []string{e.key, e.key + "/", e.key + "/1", e.key + "\U0010ffff", e.key + " "}
	for round := range 2 {
		for i, k := range keys {
			mustAppend(t, e.store, k, store.Any(), one(fmt.Sprint(i, round)[:1]))
		}
	}
	for i, k := range keys {
		want := one(fmt.Sprint(i))
		mustHold(t, e.store, k, want[0], want[0])
	}
}

func keysAreCaseSensitive(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key+"/A", store.NoStream(), one(`"upper"`))
	mustAppend(t, e.store, e.key+"/a", store.NoStream(), one(`"lower"`))
	mustHold(t, e.store, e.key+"/A", one(`"upper"`)...)
}

// positionsWithWrongClocks appends in turn from processes whose clocks disagree by hours.
func positionsWithWrongClocks(t *testing.T, e *env) {
	var writers []*store.Store
	for _, off := range []time.Duration{0, -3 * time.Hour, 2 * time.Hour, -time.Second} {
		writers = append(writers, e.another(store.WithClock(func() time.Time { return time.Now().Add(off) })))
	}
	var want []store.Pending
	for i := range 12 {
		events := some(1 + i%3)
		mustAppend(t, writers[i%len(writers)], e.key, store.Any(), events)
		want = append(want, events...)
	}
	mustHold(t, e.store, e.key, want...) // which makes sure of the positions
}

// clocksThatCanHardlyBe are those of machines that lost theirs. What they write has to be read again like all else.
func clocksThatCanHardlyBe(t *testing.T, e *env) {
	var want []store.Pending
	for i, wall := range []time.Time{{}, time.Unix(-1, 0), time.Unix(0, 0), time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<60, 0)} {
		s := e.another(store.WithClock(func() time.Time { return wall }))
		id, event := fmt.Sprint(i), one(fmt.Sprint(i))
		first := mustAppendWith(t, s, e.key, store.Any(), event, with(id))
		mustRepeat(t, s, first, store.Any(), event, id)
		mustRepeat(t, e.another(), first, store.NoStream(), event, id)
		want = append(want, event...)
	}
	for _, c := range mustHold(t, e.store, e.key, want...) {
		if _, err := json.Marshal(c.CommittedAt); err != nil {
			t.Errorf("revision %d: %v", c.Revision, err)
		}
	}
}

func whatIsAppendedIsCopied(t *testing.T, e *env) {
	events := one(`{"n":1}`)
	events[0].Metadata = map[string]string{"by": "kim"}
	mustAppend(t, e.store, e.key, store.NoStream(), events)
	copy(events[0].Data, `{"n":2}`)
	events[0].Metadata["by"] = "lee"
	events[0].Type = "changed"
	want := one(`{"n":1}`)
	want[0].Metadata = map[string]string{"by": "kim"}
	mustHold(t, e.store, e.key, want...)
}
