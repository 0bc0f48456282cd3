package projectortest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// listed is all that a listing shows, by its pages.
func listed(t *testing.T, b projector.Backend, view string, version, limit int) map[projector.ItemID]projector.ParkedItem {
	t.Helper()
	all := map[projector.ItemID]projector.ParkedItem{}
	for page := ""; ; {
		items, next, err := b.ListParked(t.Context(), view, version, page, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) > limit {
			t.Errorf("a page of %d items, want at most %d", len(items), limit)
		}
		for _, item := range items {
			if _, twice := all[item.ID]; twice {
				t.Errorf("%+v is listed twice", item.ID)
			}
			all[item.ID] = item
		}
		if next == "" {
			return all
		}
		if next == page {
			t.Fatalf("page %q leads to itself", page)
		}
		page = next
	}
}

// expectListed waits for the list to be as it should: it may lag behind.
func expectListed(t *testing.T, b projector.Backend, view string, version, limit int, want ...projector.ParkedItem) {
	t.Helper()
	wanted := map[projector.ItemID]projector.ParkedItem{}
	for _, item := range want {
		wanted[item.ID] = item
	}
	var got map[projector.ItemID]projector.ParkedItem
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = listed(t, b, view, version, limit); reflect.DeepEqual(got, wanted) {
			return
		}
	}
	t.Errorf("listed %d: %.500v; want %d: %.500v", len(got), fmt.Sprint(got), len(wanted), fmt.Sprint(wanted))
}

// marked is an item with a mark, and how it is listed.
func marked(id projector.ItemID, token string, seen store.Revision) (projector.Stored, projector.ParkedItem) {
	mark := projector.Parked{
		Revision: seen + 1, Class: projector.ClassError, Reason: "broken", Since: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC),
	}
	s := row(token, `{"n":1}`)
	s.Seen, s.Parked = seen, &mark
	return s, projector.ParkedItem{ID: id, Seen: seen, Parked: mark}
}

func parkedIsListed(t *testing.T, b projector.Backend) {
	view := viewName(t)
	expectListed(t, b, view, 1, 10)
	id := projector.ItemID{View: view, Version: 1, ID: "counter/1#2"}
	next, item := marked(id, "a", 7)
	mustSave(t, b, projector.Write{ID: id, Next: next})
	expectListed(t, b, view, 1, 10, item)

	seen := projector.ItemID{Kind: projector.SeenItem, View: view, Version: 1, ID: strings.Repeat("k", store.MaxKey)}
	next, other := marked(seen, "a", 0)
	mustSave(t, b, projector.Write{ID: seen, Next: next})
	for _, elsewhere := range []projector.ItemID{
		{View: view, Version: 11, ID: "x"}, {View: view + "-1", Version: 1, ID: "x"}, {View: view[:len(view)-1], Version: 1, ID: "x"},
	} {
		next, _ := marked(elsewhere, "a", 1)
		mustSave(t, b, projector.Write{ID: elsewhere, Next: next})
	}
	mustSave(t, b, projector.Write{ID: projector.ItemID{View: view, Version: 1, ID: "not parked"}, Next: row("a", `{}`)})
	expectListed(t, b, view, 1, 10, item, other)

	next, item = marked(id, "b", 8) // parked anew, further on
	mustSave(t, b, projector.Write{ID: id, Was: "a", Next: next})
	expectListed(t, b, view, 1, 10, item, other)
	mustSave(t, b, projector.Write{ID: id, Was: "b", Next: row("c", `{}`)})
	mustSave(t, b, projector.Write{ID: seen, Was: "a"})
	expectListed(t, b, view, 1, 10)
}

func parkedInPages(t *testing.T, b projector.Backend) {
	view := viewName(t)
	var all []projector.ParkedItem
	for i := range 23 {
		id := projector.ItemID{View: view, Version: 3, ID: fmt.Sprint("key ", i)}
		if i%3 == 0 {
			id.Kind = projector.SeenItem
		}
		next, item := marked(id, "a", store.Revision(i))
		mustSave(t, b, projector.Write{ID: id, Next: next})
		all = append(all, item)
	}
	for _, limit := range []int{1, 2, 5, 23, 1000} {
		expectListed(t, b, view, 3, limit, all...)
	}
	goneWhileListed(t, b, view, len(all))
	if _, _, err := b.ListParked(t.Context(), view, 3, "no page", 10); err == nil {
		t.Error("a page that no other led to is no error")
	}
}

// goneWhileListed wipes each mark as soon as it is listed, as whoever redrives them all does: none may be missed.
func goneWhileListed(t *testing.T, b projector.Backend, view string, want int) {
	t.Helper()
	got := 0
	for page, more := "", true; more; more = page != "" {
		items, next, err := b.ListParked(t.Context(), view, 3, page, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			mustSave(t, b, projector.Write{ID: item.ID, Was: "a", Next: row("b", `{}`)})
		}
		got += len(items)
		page = next
	}
	if got != want {
		t.Errorf("%d were listed while their marks went, want %d", got, want)
	}
	expectListed(t, b, view, 3, 10)
}
