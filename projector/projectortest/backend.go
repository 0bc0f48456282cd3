package projectortest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
)

// runBackend holds a backend to the contract of each of its methods.
func runBackend(t *testing.T, open Open) {
	_, b := open(t)
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, b projector.Backend)
	}{
		{"nothing stored", nothingStored},
		{"what is saved is loaded", savedIsLoaded},
		{"a write expects its item as it was", writesExpect},
		{"all writes or none", allOrNone},
		{"a hundred at once", hundredAtOnce},
		{"items do not mix", itemsDoNotMix},
		{"many of several kinds", manyOfSeveralKinds},
		{"one of many wins", oneWins},
		{"removed and made anew", removedAndMadeAnew},
		{"items of a version", itemsOfAVersion},
		{"what is parked is listed", parkedIsListed},
		{"parked is listed page by page", parkedInPages},
		{"ping", func(t *testing.T, b projector.Backend) {
			if err := b.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { tc.run(t, b) })
	}
	if each, ok := b.(projector.EachSaver); ok {
		t.Run("each write by itself", func(t *testing.T) { eachByItself(t, b, each) })
	}
}

// item is one that no other test uses.
func item(t *testing.T, name string) projector.ItemID {
	t.Helper()
	return projector.ItemID{View: "contract", Version: 1, ID: t.Name() + name}
}

func row(token, text string) projector.Stored {
	return projector.Stored{Token: token, Row: json.RawMessage(text)}
}

func mustSave(t *testing.T, b projector.Backend, writes ...projector.Write) {
	t.Helper()
	if done, err := b.Save(t.Context(), writes...); err != nil || !done {
		t.Fatalf("save %+v: %v, %v", writes, done, err)
	}
}

func mustRefuse(t *testing.T, b projector.Backend, writes ...projector.Write) {
	t.Helper()
	if done, err := b.Save(t.Context(), writes...); err != nil || done {
		t.Fatalf("save %+v: %v, %v, want it refused", writes, done, err)
	}
}

// mustHave makes sure of an item, its row compared as JSON: a database may write numbers another way.
func mustHave(t *testing.T, b projector.Backend, id projector.ItemID, want projector.Stored) {
	t.Helper()
	items, err := b.Load(t.Context(), id)
	if err != nil || len(items) != 1 {
		t.Fatalf("load: %d items, %v", len(items), err)
	}
	got := items[0]
	if got.Row != nil && want.Row != nil && sameJSON(t, string(got.Row), string(want.Row)) {
		got.Row = want.Row
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v: loaded %.300v, want %.300v", id, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}

func nothingStored(t *testing.T, b projector.Backend) {
	mustHave(t, b, item(t, ""), projector.Stored{})
	if items, err := b.Load(t.Context()); err != nil || len(items) != 0 {
		t.Errorf("load nothing: %v, %v", items, err)
	}
}

// rows are what views may store.
var rows = []string{
	`{}`,
	`{"count":2,"increments":2,"decrements":0}`,
	`{"empty":"","null":null,"true":true,"list":[1,"two",[],{}],"object":{"nested":{"deep":[null]}}}`,
	`{"number":12345678901234567890123456789012345678,"small":1.5e-100,"negative":-0.25}`,
	`{"text":"ü \u0000 \"quoted\" <b> \u2028 😀","key":1,"count":2,"ü.name with space":3}`,
	`{"big":"` + strings.Repeat("x", 300_000) + `"}`,
}

func savedIsLoaded(t *testing.T, b projector.Backend) {
	states := []projector.Stored{
		{Token: "seen-only", Seen: 1 << 52},
		{Token: "nothing-but-a-token"},
		{Token: "parked", Seen: 7, Row: json.RawMessage(`{"a":1}`), Parked: &projector.Parked{
			Revision: 8, Class: projector.ClassError, Reason: "ü <b>", Since: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC),
		}},
		{Token: "skipped", Seen: 9, Row: json.RawMessage(`{"a":1}`), Skips: []projector.Skip{
			{Revision: 3, Reason: "ü <b>", At: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}, {Revision: 9, At: time.Unix(0, 0).UTC()},
		}},
		{Token: "ranked", Seen: 8, Row: json.RawMessage(`{"a":1}`), Rank: "\x01 rank ü😀"},
		{Token: "parked-at-0", Parked: &projector.Parked{Revision: 1, Class: projector.ClassPanic, Since: time.Unix(0, 0).UTC()}},
	}
	for _, text := range rows {
		states = append(states, projector.Stored{Token: "row", Seen: 3, Row: json.RawMessage(text)})
	}
	was := ""
	for i, next := range states { // one after another in one item: nothing of the last may stay
		next.Token += fmt.Sprint(i)
		mustSave(t, b, projector.Write{ID: item(t, ""), Was: was, Next: next})
		mustHave(t, b, item(t, ""), next)
		was = next.Token
	}
}

func writesExpect(t *testing.T, b projector.Backend) {
	id := item(t, "")
	mustRefuse(t, b, projector.Write{ID: id, Was: "a", Next: row("b", `{}`)})
	mustRefuse(t, b, projector.Write{ID: id, Was: "a"})
	mustSave(t, b, projector.Write{ID: id, Next: row("a", `{"n":1}`)})
	mustRefuse(t, b, projector.Write{ID: id, Next: row("b", `{}`)})
	mustRefuse(t, b, projector.Write{ID: id, Was: "b", Next: row("c", `{}`)})
	mustRefuse(t, b, projector.Write{ID: id, Was: "b"})
	mustHave(t, b, id, row("a", `{"n":1}`))
}

func allOrNone(t *testing.T, b projector.Backend) {
	x, y, z := item(t, "x"), item(t, "y"), item(t, "z")
	mustSave(t, b, projector.Write{ID: x, Next: row("x1", `{}`)}, projector.Write{ID: y, Next: row("y1", `{}`)})
	mustRefuse(t, b,
		projector.Write{ID: x, Was: "x1", Next: row("x2", `{"n":2}`)}, projector.Write{ID: z, Next: row("z1", `{}`)},
		projector.Write{ID: y, Was: "y0", Next: row("y2", `{}`)})
	mustHave(t, b, x, row("x1", `{}`))
	mustHave(t, b, z, projector.Stored{})
	mustSave(t, b,
		projector.Write{ID: x, Was: "x1"}, projector.Write{ID: z, Next: row("z1", `{}`)},
		projector.Write{ID: y, Was: "y1", Next: row("y2", `{"n":2}`)})
	mustHave(t, b, x, projector.Stored{})
	mustHave(t, b, y, row("y2", `{"n":2}`))
	mustHave(t, b, z, row("z1", `{}`))
}

func hundredAtOnce(t *testing.T, b projector.Backend) {
	var writes []projector.Write
	var ids []projector.ItemID
	for i := range projector.MaxWrites {
		ids = append(ids, item(t, fmt.Sprint(i)))
		writes = append(writes, projector.Write{ID: ids[i], Next: row("t", fmt.Sprintf(`{"n":%d}`, i))})
	}
	mustSave(t, b, writes...)
	for i := range 20 { // more than fit into one request, and some that aren't there
		ids = append(ids, item(t, fmt.Sprint("none", i)))
	}
	items, err := b.Load(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range projector.MaxWrites {
		if string(items[i].Row) != fmt.Sprintf(`{"n":%d}`, i) {
			t.Errorf("item %d: %s", i, items[i].Row)
		}
	}
	if items[100].Token != "" {
		t.Errorf("an item that isn't there: %+v", items[100])
	}
}

func itemsDoNotMix(t *testing.T, b projector.Backend) {
	ids := []projector.ItemID{
		{View: "mix", Version: 1, ID: "x"}, {View: "mix", Version: 2, ID: "x"}, {View: "mix-2", Version: 1, ID: "x"},
		{View: "mix", Version: 1, ID: "y"}, {Kind: projector.SeenItem, View: "mix", Version: 1, ID: "x"},
		{View: "mix", Version: 12, ID: "#x"}, {View: "mix", Version: 1, ID: "2##x"}, {View: "mix", Version: 1, ID: "X"},
	}
	for i, id := range ids {
		mustSave(t, b, projector.Write{ID: id, Next: row(fmt.Sprint("t", i), fmt.Sprintf(`{"n":%d}`, i))})
	}
	for i, id := range ids {
		mustHave(t, b, id, row(fmt.Sprint("t", i), fmt.Sprintf(`{"n":%d}`, i)))
	}
}

// manyOfSeveralKinds loads items of several kinds and views at once, in between some that aren't there.
func manyOfSeveralKinds(t *testing.T, b projector.Backend) {
	var ids []projector.ItemID
	for _, name := range []string{"7", "ü<&>😀", `"quoted" \`, "\u2028", "[]", "none"} {
		for _, id := range []projector.ItemID{
			item(t, name), {Kind: projector.SeenItem, View: "contract", Version: 1, ID: t.Name() + name},
			{View: "contract", Version: 2, ID: t.Name() + name}, {View: "other", Version: 1, ID: t.Name() + name},
		} {
			ids = append(ids, id)
			if name != "none" {
				mustSave(t, b, projector.Write{ID: id, Next: row(fmt.Sprint("t", len(ids)), `{}`)})
			}
		}
	}
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, func(a, b projector.ItemID) int { return cmp.Compare(a.Kind, b.Kind) })
	for _, order := range [][]projector.ItemID{ids, sorted} {
		items, err := b.Load(t.Context(), order...)
		if err != nil || len(items) != len(ids) {
			t.Fatalf("%d items, %v", len(items), err)
		}
		for i, id := range order {
			want := fmt.Sprint("t", slices.Index(ids, id)+1)
			if strings.HasSuffix(id.ID, "none") {
				want = ""
			}
			if items[i].Token != want {
				t.Errorf("%+v: token %q, want %q", id, items[i].Token, want)
			}
		}
	}
}

// eachByItself does those writes of several that find their item as they expect.
func eachByItself(t *testing.T, b projector.Backend, each projector.EachSaver) {
	x, y, z := item(t, "x"), item(t, "y"), item(t, "z")
	mustSave(t, b, projector.Write{ID: x, Next: row("x1", `{}`)}, projector.Write{ID: y, Next: row("y1", `{}`)})
	done, err := each.SaveEach(t.Context(),
		projector.Write{ID: y, Was: "y0", Next: row("y2", `{}`)}, projector.Write{ID: z, Next: row("z1", `{"n":1}`)},
		projector.Write{ID: x, Was: "x1"})
	if err != nil || !slices.Equal(done, []bool{false, true, true}) {
		t.Errorf("%v, %v", done, err)
	}
	mustHave(t, b, x, projector.Stored{})
	mustHave(t, b, y, row("y1", `{}`))
	mustHave(t, b, z, row("z1", `{"n":1}`))
}

// oneWins lets many save at once over the same token, again and again, half of them beside another item.
func oneWins(t *testing.T, b projector.Backend) {
	was := ""
	for round := range 20 {
		var wins, winner atomic.Int64
		var all sync.WaitGroup
		for writer := range 8 {
			all.Go(func() {
				next := fmt.Sprintf("%d-%d", round, writer)
				writes := []projector.Write{{ID: item(t, ""), Was: was, Next: row(next, `{}`)}}
				if writer%2 == 1 {
					writes = append(writes, projector.Write{ID: item(t, next), Next: row(next, `{}`)})
				}
				done, err := b.Save(t.Context(), writes...)
				if err != nil && writer%2 == 0 { // transactions may run into each other
					t.Error(err)
				}
				if done {
					wins.Add(1)
					winner.Store(int64(writer))
				}
			})
		}
		all.Wait()
		if wins.Load() > 1 {
			t.Fatalf("%d writers saved over token %q, want 1", wins.Load(), was)
		}
		if wins.Load() == 1 {
			was = fmt.Sprintf("%d-%d", round, winner.Load())
		}
		mustHave(t, b, item(t, ""), row(was, `{}`))
	}
}

func removedAndMadeAnew(t *testing.T, b projector.Backend) {
	id := item(t, "")
	mustSave(t, b, projector.Write{ID: id, Next: row("a", `{"n":1}`)})
	mustSave(t, b, projector.Write{ID: id, Was: "a"})
	mustHave(t, b, id, projector.Stored{})
	mustSave(t, b, projector.Write{ID: id, Next: row("b", `{"n":2}`)})
	mustRefuse(t, b, projector.Write{ID: id, Was: "a", Next: row("c", `{}`)})
	mustHave(t, b, id, row("b", `{"n":2}`))
}

// sameJSON compares documents with their numbers as values.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	return reflect.DeepEqual(parse(t, a), parse(t, b))
}

func parse(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	return exactNumbers(value)
}

// itemsOfAVersion lists the items of one version of a view, more than a page of them, and nothing else.
func itemsOfAVersion(t *testing.T, b projector.Backend) {
	view := viewName(t)
	want := map[projector.ItemID]bool{}
	large := row("large", `{"large":"`+strings.Repeat("x", 200_000)+`"}`)
	for i := range 12 {
		for _, kind := range []projector.Kind{projector.RowItem, projector.SeenItem} {
			id := projector.ItemID{Kind: kind, View: view, Version: 1, ID: fmt.Sprint(i, "#ü")}
			want[id] = true
			mustSave(t, b, projector.Write{ID: id, Next: large})
		}
	}
	for _, other := range []projector.ItemID{
		{View: view, Version: 2, ID: "0#ü"}, {View: view, Version: 11, ID: "0#ü"}, {View: view + "-", Version: 1, ID: "0#ü"},
		{Kind: projector.NoteItem, View: view, ID: "1#0#ü"},
	} {
		mustSave(t, b, projector.Write{ID: other, Next: large})
	}
	got := map[projector.ItemID]bool{}
	for q := (projector.ItemQuery{View: view, Version: 1}); ; {
		page, err := b.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range page.IDs {
			if got[id] {
				t.Errorf("%v is listed twice", id)
			}
			got[id] = true
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}
