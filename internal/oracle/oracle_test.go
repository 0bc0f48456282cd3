package oracle_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/internal/oracle"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// sum is how many events touched a row.
type sum struct {
	N int `json:"n"`
}

func add(row *sum, _ store.Committed) (*sum, error) {
	if row == nil {
		row = &sum{}
	}
	row.N++
	return row, nil
}

// setup has two events of key "a", both touching the rows "x" and "y" of the view "shared"; the view "keyed" has a row per key.
func setup(t *testing.T) (*oracle.Oracle, *memviews.Backend, *memqueue.Queue) {
	t.Helper()
	s := store.New(memstore.New())
	if _, err := s.Append(t.Context(), "a", store.NoStream(), []store.Pending{{Type: "e"}, {Type: "e"}}, nil); err != nil {
		t.Fatal(err)
	}
	queue := &memqueue.Queue{}
	o := oracle.New(s, queue, oracle.Of(projector.View[sum]{Name: "keyed", Apply: add}), oracle.Of(projector.View[sum]{
		Name: "shared", Apply: add, IDs: func(store.Committed) []string { return []string{"x", "y"} },
	}))
	return o, memviews.New(o.Watch), queue
}

func keyed(was string, next projector.Stored) projector.Write {
	return projector.Write{ID: projector.ItemID{View: "keyed", Version: 1, ID: "a"}, Was: was, Next: next}
}

func shared(kind projector.Kind, id string, next projector.Stored) projector.Write {
	return projector.Write{ID: projector.ItemID{Kind: kind, View: "shared", Version: 1, ID: id}, Next: next}
}

func note(copies ...string) (writes []projector.Write) {
	for _, id := range copies {
		writes = append(writes, projector.Write{
			ID: projector.ItemID{Kind: projector.NoteItem, View: "keyed", ID: "versions/" + id}, Next: projector.Stored{Token: "1", Row: json.RawMessage(`{"live":1}`)},
		})
	}
	return writes
}

func row(token string, seen store.Revision, text string) projector.Stored {
	return projector.Stored{Token: token, Seen: seen, Row: json.RawMessage(text)}
}

func TestWhatIsRightIsLeftAlone(t *testing.T) {
	t.Parallel()
	o, b, queue := setup(t)
	mark := &projector.Parked{Revision: 2, Since: time.Unix(0, 0)}
	_ = queue.SendRedrive(context.Background(), "keyed", "a")
	first := row("2", 1, `{"n":1}`)
	first.Parked = mark
	for _, writes := range [][]projector.Write{
		note("0", "1"), {keyed("", row("1", 1, `{"n":1}`))}, {keyed("1", first)}, {keyed("2", row("3", 2, `{"n":2}`))},
		{shared(projector.SeenItem, "a", projector.Stored{Token: "1", Seen: 2}), shared(projector.RowItem, "x", row("1", 0, `{"n":2}`)),
			shared(projector.RowItem, "y", row("1", 0, `{"n":2}`))},
	} {
		if done, err := b.Save(t.Context(), writes...); err != nil || !done {
			t.Fatal(done, err)
		}
	}
	if err := o.Err(); err != nil {
		t.Error(err)
	}
	if err := o.Behind(map[string]store.Revision{"a": 2}, "keyed#1", "shared#1"); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongIsFound(t *testing.T) {
	t.Parallel()
	for want, writes := range map[string][][]projector.Write{
		`row "a" is {"n":2}, and must be {"n":1}`: {{keyed("", row("1", 1, `{"n":2}`))}},
		`row "a" is {"n":1}, and must be {"n":2}`: {{keyed("", row("1", 2, `{"n":1}`))}},
		`goes back from 2 to 1`:                   {{keyed("", row("1", 2, `{"n":2}`))}, {keyed("1", row("2", 1, `{"n":1}`))}},
		`goes back from 1 to 0`:                   {{keyed("", row("1", 1, `{"n":1}`))}, {keyed("1", projector.Stored{})}},
		`revision 3 is seen, which isn't stored`:  {{keyed("", row("1", 3, `{"n":3}`))}},
		`parked without a redrive message`:        {{keyed("", projector.Stored{Token: "1", Parked: &projector.Parked{Revision: 1}})}},
		`parked at revision 2, and stands at 0`:   {{keyed("", projector.Stored{Token: "1", Parked: &projector.Parked{Revision: 2}})}},
		`row "x" is {"n":1}, and must be none`:    {{shared(projector.RowItem, "x", row("1", 0, `{"n":1}`))}},
		`step 1 leaves 1 copies of its registr`:   {note("0")},
		`which say ["{\"live\":1}" "{\"live\":2}"]`: {note("0", "1"), {{
			ID: note("1")[0].ID, Was: "1", Next: projector.Stored{Token: "2", Row: json.RawMessage(`{"live":2}`)},
		}}},
		`row "x" is none, and must be {"n":1}`: {{shared(projector.SeenItem, "a", projector.Stored{Token: "1", Seen: 1})}},
	} {
		o, b, _ := setup(t)
		for _, w := range writes {
			if _, err := b.Save(t.Context(), w...); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// A mark that stands isn't set again, whether there is a message for that or not.
func TestParkedAnew(t *testing.T) {
	t.Parallel()
	o, b, queue := setup(t)
	for i, token := range []string{"1", "2"} {
		_ = queue.SendRedrive(t.Context(), "keyed", "a")
		w := keyed([]string{"", "1"}[i], projector.Stored{Token: token, Parked: &projector.Parked{Revision: 1}})
		if _, err := b.Save(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if err := o.Err(); (err != nil) != (i == 1) || err != nil && !strings.Contains(err.Error(), "parked anew at revision 1") {
			t.Errorf("parked %d times: %v", i+1, err)
		}
	}
}

func TestBehind(t *testing.T) {
	t.Parallel()
	o, b, _ := setup(t)
	heads := map[string]store.Revision{"a": 2}
	if err := o.Behind(heads, "keyed#1"); err == nil || !strings.Contains(err.Error(), "has seen revision 0") {
		t.Errorf("got %v", err)
	}
	if _, err := b.Save(t.Context(), keyed("", projector.Stored{Token: "1", Parked: &projector.Parked{Revision: 1}})); err != nil {
		t.Fatal(err)
	}
	if err := o.Behind(heads, "keyed#1"); err == nil || !strings.Contains(err.Error(), "still parked") {
		t.Errorf("got %v", err)
	}
}

// TestShown asks what a query may show: the row as it was while the query was under way.
func TestShown(t *testing.T) {
	t.Parallel()
	o, b, _ := setup(t)
	result := func(revision store.Revision, text string) projector.Result {
		r := projector.Result{View: "keyed", ID: "a", Revision: revision}
		if text != "" {
			r.Row = json.RawMessage(text)
		}
		return r
	}
	moments := []int{o.Moment()}
	for i, w := range []projector.Write{keyed("", row("1", 1, `{"n":1}`)), keyed("1", row("2", 2, `{"n":2}`))} {
		if _, err := b.Save(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if reached, ok := o.Reached("keyed", 1, "a", store.Revision(i+1)); !ok || reached != o.Moment() {
			t.Errorf("revision %d reached at %d, %v", i+1, reached, ok)
		}
		moments = append(moments, o.Moment())
	}
	if _, ok := o.Reached("keyed", 1, "a", 3); ok {
		t.Error("revision 3 was never reached")
	}
	for begun, tc := range []struct{ right, wrong []projector.Result }{
		{[]projector.Result{result(0, ""), result(1, `{"n":1}`), result(2, `{"n":2}`)}, []projector.Result{result(1, `{"n":2}`), result(2, "")}},
		{[]projector.Result{result(1, `{"n":1}`), result(2, `{"n":2}`)}, []projector.Result{result(0, "")}},
		{[]projector.Result{result(2, `{"n":2}`)}, []projector.Result{result(0, ""), result(1, `{"n":1}`)}},
	} {
		for _, r := range tc.right {
			if err := o.Shown(moments[begun], 1, r); err != nil {
				t.Error(err)
			}
		}
		for _, r := range tc.wrong {
			if err := o.Shown(moments[begun], 1, r); err == nil {
				t.Errorf("a query begun at %d may show %+v", begun, r)
			}
		}
	}
}
