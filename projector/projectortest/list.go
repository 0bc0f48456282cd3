package projectortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runList holds a backend to what it lists.
func runList(t *testing.T, open Open) {
	_, b := open(t)
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, l *listing)
	}{
		{"empty", func(t *testing.T, l *listing) { l.expectAll(t) }},
		{"by rank, then by id", byRankThenID},
		{"at random", ranksAtRandom},
		{"long ids of one rank", longIDs},
		{"rows change and go", rowsChangeAndGo},
		{"views do not mix", listsDoNotMix},
		{"places hold while rows move", placesHold},
		{"places whose rows are gone", placesOfNothing},
		{"large rows", largeRows},
		{"places that never were", badPlaces},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.run(t, &listing{backend: b, view: viewName(t), version: 1, ranks: map[string]string{}, tokens: map[string]string{}})
		})
	}
}

// listing is a view whose rows are set one by one, and what should be listed of it.
type listing struct {
	backend projector.Backend
	view    string
	version int
	ranks   map[string]string // by id
	tokens  map[string]string
	writes  int
}

// set writes a row with this rank, or none.
func (l *listing) set(t *testing.T, id, rank string) {
	t.Helper()
	l.write(t, id, projector.Stored{Row: rowOf(t, rank), Rank: rank, Seen: 3})
	l.ranks[id] = rank
}

// rowOf is a row that shows its rank.
func rowOf(t *testing.T, rank string) json.RawMessage {
	t.Helper()
	row, err := json.Marshal(map[string]string{"rank": rank})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// remove removes a row, for good or so that its seen revision stays.
func (l *listing) remove(t *testing.T, id string, whole bool) {
	t.Helper()
	if whole {
		mustSave(t, l.backend, projector.Write{ID: l.item(id), Was: l.tokens[id]})
		l.tokens[id] = ""
	} else {
		l.write(t, id, projector.Stored{Seen: 4})
	}
	delete(l.ranks, id)
}

func (l *listing) write(t *testing.T, id string, next projector.Stored) {
	t.Helper()
	l.writes++
	next.Token = fmt.Sprint("t", l.writes)
	mustSave(t, l.backend, projector.Write{ID: l.item(id), Was: l.tokens[id], Next: next})
	l.tokens[id] = next.Token
}

func (l *listing) item(id string) projector.ItemID {
	return projector.ItemID{View: l.view, Version: l.version, ID: id}
}

// all are the ids that should be listed by rank, in order.
func (l *listing) all() []string {
	var ids []string
	for id, rank := range l.ranks {
		if rank != "" {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		if l.ranks[a] != l.ranks[b] {
			return strings.Compare(l.ranks[a], l.ranks[b])
		}
		return strings.Compare(a, b)
	})
	return ids
}

// expectAll lists everything, in both directions and in no order, in pages of several sizes.
func (l *listing) expectAll(t *testing.T) {
	t.Helper()
	want := l.all()
	for _, limit := range []int{max(1, len(want)/6), 1000} {
		l.expect(t, projector.ListQuery{Ranked: true, Limit: limit}, want)
		l.expect(t, projector.ListQuery{Ranked: true, Backward: true, Limit: limit}, reversed(want))
		var ids []string
		for id := range l.ranks {
			ids = append(ids, id)
		}
		l.expectUnordered(t, limit, ids)
	}
}

func reversed(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

// expect lists page by page, and compares ids.
func (l *listing) expect(t *testing.T, q projector.ListQuery, want []string) {
	t.Helper()
	var got []string
	for _, row := range l.list(t, q) {
		got = append(got, row.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v: listed\n%.2000q, want\n%.2000q", q, got, want)
	}
}

// expectUnordered lists in no order.
func (l *listing) expectUnordered(t *testing.T, limit int, want []string) {
	t.Helper()
	var got []string
	for _, row := range l.list(t, projector.ListQuery{Limit: limit}) {
		got = append(got, row.ID)
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("limit %d: listed %.2000q, want %.2000q", limit, got, want)
	}
}

// list lists page by page to the end, each row checked to be the one that was written.
func (l *listing) list(t *testing.T, q projector.ListQuery) []projector.ListedRow {
	t.Helper()
	var rows []projector.ListedRow
	for {
		page := l.page(t, q)
		rows = append(rows, page.Rows...)
		if q.After = page.Next; q.After == "" {
			return rows
		}
	}
}

func (l *listing) page(t *testing.T, q projector.ListQuery) projector.ListPage {
	t.Helper()
	q.View, q.Version = l.view, l.version
	page, err := l.backend.List(t.Context(), q)
	if err != nil {
		t.Fatalf("%.300v: %v", q, err)
	}
	if len(page.Rows) > q.Limit {
		t.Fatalf("%+v: %d rows", q, len(page.Rows))
	}
	for _, row := range page.Rows {
		want := string(rowOf(t, l.ranks[row.ID]))
		if row.Token != l.tokens[row.ID] || row.Rank != l.ranks[row.ID] || row.Seen != 3 || row.Place == "" || string(row.Row[:1]) != "{" ||
			(len(row.Row) < 1000 && !sameJSON(t, string(row.Row), want)) {
			t.Errorf("row %.300q: %.300s, want %s", row.ID, fmt.Sprintf("%+v", row), want)
		}
	}
	return page
}

// byRankThenID has ranks and ids that a careless order would confuse: each the beginning of another, with characters that sort
// below those that separate, of one to four bytes in UTF-8 and one or two units in UTF-16.
func byRankThenID(t *testing.T, l *listing) {
	for i, rank := range []string{"a", "a", "a", "aa", "a!", "a#", "a/", "A", " ", "\x01", "a\x01", "ü", "\uffee", "😀", "😀", "z", "", ""} {
		l.set(t, []string{"k", "k/1", "k!", "k#", "ü", "\uffee", "😀", "a"}[i%8]+strings.Repeat("x", i/8), rank)
	}
	l.expectAll(t)
}

func ranksAtRandom(t *testing.T, l *listing) {
	for i := range 60 {
		l.set(t, fmt.Sprint("row/", i), projector.RankInt(rand.Int64N(40)-20)) //nolint:gosec // a test
	}
	l.expectAll(t)
}

// longIDs has the longest ids and ranks there can be. Which comes first of those that begin alike is open, but it is the
// same every time.
func longIDs(t *testing.T, l *listing) {
	rank := strings.Repeat("r", projector.MaxRank)
	for _, end := range []string{"", "1", "22", "333", "ü"} {
		for _, size := range []int{398, 399, 400, 508, 510, store.MaxKey - 3} {
			l.set(t, strings.Repeat("k", size)+end, rank)
		}
		l.set(t, strings.Repeat("ü", 256)+end, rank)
	}
	whole := l.list(t, projector.ListQuery{Ranked: true, Limit: 1000})
	ids := make([]string, len(whole))
	for i, row := range whole {
		ids[i] = row.ID
		if i > 0 && cut(ids[i]) < cut(ids[i-1]) {
			t.Errorf("%.410q comes after %.410q", ids[i], ids[i-1])
		}
	}
	if got := slices.Compact(slices.Sorted(slices.Values(ids))); len(got) != len(l.ranks) || len(ids) != len(got) {
		t.Errorf("%d rows, %d of them different, want %d", len(ids), len(got), len(l.ranks))
	}
	l.expect(t, projector.ListQuery{Ranked: true, Limit: 5}, ids)
	l.expect(t, projector.ListQuery{Ranked: true, Backward: true, Limit: 7}, reversed(ids))
}

func cut(id string) string { return id[:min(len(id), 399)] }

// rowsChangeAndGo has rows get another rank, none, and one again, and be removed in both ways.
func rowsChangeAndGo(t *testing.T, l *listing) {
	for i := range 20 {
		l.set(t, fmt.Sprint(i), projector.RankInt(int64(i)))
	}
	l.set(t, "0", projector.RankInt(100))
	l.set(t, "1", "")
	l.set(t, "2", "")
	l.set(t, "2", projector.RankInt(7))
	l.set(t, "3", projector.RankInt(3))
	l.remove(t, "4", true)
	l.remove(t, "5", false)
	l.remove(t, "6", true)
	l.set(t, "6", projector.RankInt(6))
	l.remove(t, "7", false)
	l.set(t, "7", projector.RankInt(7))
	l.expectAll(t)
}

// listsDoNotMix has views and versions whose names begin alike, and a seen revision.
func listsDoNotMix(t *testing.T, l *listing) {
	others := []*listing{l}
	for _, name := range []struct {
		view    string
		version int
	}{{l.view, 12}, {l.view + "-2", 1}, {l.view[:len(l.view)-1], 1}} {
		others = append(others, &listing{
			backend: l.backend, view: name.view, version: name.version, ranks: map[string]string{}, tokens: map[string]string{},
		})
	}
	for n, l := range others {
		for i := range 5 {
			l.set(t, fmt.Sprint("row", i), fmt.Sprint("rank", i*n))
			l.set(t, fmt.Sprint(n, "#", i), "")
		}
	}
	seen := projector.ItemID{Kind: projector.SeenItem, View: l.view, Version: 1, ID: "key"}
	mustSave(t, l.backend, projector.Write{ID: seen, Next: projector.Stored{Token: "s", Seen: 1}})
	for _, l := range others {
		l.expectAll(t)
	}
}

// placesHold moves rows about between pages: every row that stays where it is, is listed once.
func placesHold(t *testing.T, l *listing) {
	for _, q := range []projector.ListQuery{{Limit: 5}, {Ranked: true, Limit: 5}, {Ranked: true, Backward: true, Limit: 5}} {
		for i := range 60 {
			l.set(t, fmt.Sprint("row", i), projector.RankInt(int64(i/2)))
		}
		times := map[string]int{}
		for round := 0; ; round++ {
			page := l.page(t, q)
			for _, row := range page.Rows {
				times[row.ID]++
			}
			if q.After = page.Next; q.After == "" {
				break
			}
			moved := round * 5 % 60 // every fifth row moves, is removed or made anew
			switch round % 3 {
			case 0:
				l.set(t, fmt.Sprint("row", moved), projector.RankInt(rand.Int64N(60))) //nolint:gosec // a test
			case 1:
				if _, there := l.ranks[fmt.Sprint("row", moved)]; there {
					l.remove(t, fmt.Sprint("row", moved), false)
				}
			default:
				l.set(t, fmt.Sprint("new", round), projector.RankInt(rand.Int64N(60))) //nolint:gosec // a test
			}
		}
		for i := range 60 {
			if n := times[fmt.Sprint("row", i)]; i%5 != 0 && n != 1 {
				t.Errorf("%+v: row %d was listed %d times", q, i, n)
			}
		}
	}
}

// placesOfNothing goes on behind every single row, after it was removed.
func placesOfNothing(t *testing.T, l *listing) {
	for i := range 9 {
		l.set(t, fmt.Sprint(i), fmt.Sprint("rank", i/3))
	}
	for _, q := range []projector.ListQuery{{Limit: 100}, {Ranked: true, Limit: 100}, {Ranked: true, Backward: true, Limit: 100}} {
		rows := l.list(t, q)
		for i, row := range rows {
			rank := l.ranks[row.ID]
			l.remove(t, row.ID, true)
			behind := q
			behind.After = row.Place
			var want []string
			for _, r := range rows[i+1:] {
				want = append(want, r.ID)
			}
			l.expect(t, behind, want)
			l.set(t, row.ID, rank)
		}
	}
}

// largeRows are more together than a page may hold.
func largeRows(t *testing.T, l *listing) {
	large, err := json.Marshal(map[string]string{"x": strings.Repeat("x", projector.MaxRow-100)})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]string, 25)
	for i := range want {
		want[i] = fmt.Sprintf("%02d", i)
		l.write(t, want[i], projector.Stored{Row: large, Rank: want[i], Seen: 3})
		l.ranks[want[i]] = want[i]
	}
	for _, q := range []projector.ListQuery{{Limit: 1000}, {Ranked: true, Limit: 1000}, {Ranked: true, Backward: true, Limit: 1000}} {
		page := l.page(t, q)
		if most := projector.MaxListPage/len(large) + 1; len(page.Rows) > most || page.Next == "" {
			t.Errorf("%+v: %d rows, next %q", q, len(page.Rows), page.Next)
		}
	}
	l.expectUnordered(t, 1000, slices.Clone(want))
	l.expect(t, projector.ListQuery{Ranked: true, Limit: 1000}, want)
	l.expect(t, projector.ListQuery{Ranked: true, Backward: true, Limit: 1000}, reversed(want))
}

// badPlaces goes on behind what never was a place, as somebody may who makes one up: that is refused, or is a place like any other.
func badPlaces(t *testing.T, l *listing) {
	l.set(t, "a", "a")
	for _, after := range []string{
		"\xff", "a\x00\xff", "\x00", "\x00\x00", "a\x00", "a", "\x00a", l.view + "#1#a", strings.Repeat("x", 2000) + "\x00", strings.Repeat("x", 3000),
	} {
		for _, q := range []projector.ListQuery{{}, {Ranked: true}, {Ranked: true, Backward: true}} {
			q.View, q.Version, q.Limit, q.After = l.view, 1, 10, after
			if page, err := l.backend.List(t.Context(), q); err != nil && !errors.Is(err, store.ErrInvalid) || len(page.Rows) > 1 {
				t.Errorf("%.100v: %+v, %v", q, page, err)
			}
		}
	}
}
