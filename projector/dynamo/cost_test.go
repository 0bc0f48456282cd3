package dynamo_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// score is a row of 200 bytes.
type score struct {
	Points int64  `json:"points"`
	Name   string `json:"name"`
}

func scores(name string, rank func(score) string) projector.View[score] {
	return projector.View[score]{
		Name: name, Rank: rank,
		Apply: func(_ *score, e store.Committed) (*score, error) {
			row := score{Name: strings.Repeat("x", 170)}
			return &row, json.Unmarshal(e.Data, &row.Points)
		},
	}
}

// costs are views whose requests are recorded.
type costs struct {
	t         *testing.T
	rows      *dynamo.Backend
	ranked    *projector.Projector
	unranked  *projector.Projector
	unevenly  *projector.Projector
	revisions map[string]store.Revision
	rec       *recorder.Recorder
}

func newCosts(t *testing.T) *costs {
	t.Helper()
	client, rec := dynamolocal.Shared(t).Recorded()
	rec.MeasureCapacity(true)
	n := opened.Add(1)
	events := storedynamo.New(client, storedynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)})
	if err := events.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := dynamo.New(client, fmt.Sprint("views", n))
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &costs{t: t, rows: rows, rec: rec, revisions: map[string]store.Revision{}}
	s := store.New(events)
	byPoints := func(row score) string { return projector.RankInt(row.Points) }
	for p, v := range map[**projector.Projector]projector.View[score]{
		&c.ranked: scores("ranked", byPoints), &c.unevenly: scores("unevenly", byPoints), &c.unranked: scores("unranked", nil),
	} {
		var err error
		if *p, err = projector.New(s, rows, nil, v); err != nil {
			t.Fatal(err)
		}
	}
	c.score(c.ranked, "first", 0) // what there is to send once
	c.score(c.unranked, "first", 0)
	return c
}

// score has key make points, which its doorbell carries, so that nothing is read but where the view stands.
func (c *costs) score(p *projector.Projector, key string, points int) {
	c.t.Helper()
	c.revisions[p.Views()[0]+key]++
	commit := &store.Commit{
		Key: key, Revision: c.revisions[p.Views()[0]+key], Count: 1, Events: []store.Pending{{Type: "scored", Data: fmt.Append(nil, points)}},
	}
	if err := p.Ring(c.t.Context(), []projector.Doorbell{{Key: key, Revision: commit.Revision, Commit: commit}}); err != nil {
		c.t.Fatal(err)
	}
}

// taken are the requests since the last time, in whatever order, but for those of which version of a view is live: a query knows
// that for a second. Each is "Operation units on the table+units on the index"; those that are the same are counted.
func (c *costs) taken() []string {
	times := map[string]int{}
	for _, r := range c.rec.Take() {
		if strings.Contains(string(r.Body), "_note#") {
			continue
		}
		line := r.Operation
		for _, used := range r.Consumed {
			line += fmt.Sprintf(" %g", used.OnTable)
			if units, ok := used.OnIndex["byRank"]; ok {
				line += fmt.Sprintf("+%g", units)
			}
		}
		times[line]++
	}
	var lines []string
	for line, n := range times {
		if n > 1 {
			line = fmt.Sprint(n, " × ", line)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// fill makes n rows in each view; those of the last are all in the same shard.
func (c *costs) fill(n int) {
	c.t.Helper()
	var writes []projector.Write
	add := func(p *projector.Projector, id string, i int) {
		view := p.Views()[0]
		next := projector.Stored{Token: "t", Seen: 1, Row: fmt.Appendf(nil, `{"points":%d,"name":%q}`, i, strings.Repeat("x", 170))}
		if p != c.unranked {
			next.Rank = projector.RankInt(int64(i))
		}
		c.revisions[view+id] = 1
		writes = append(writes, projector.Write{ID: projector.ItemID{View: view, Version: 1, ID: id}, Next: next})
	}
	for i := range n {
		add(c.ranked, fmt.Sprint("row", i), i)
		add(c.unranked, fmt.Sprint("row", i), i)
	}
	for i, made := 0, 0; made < n; i++ {
		h := fnv.New32a()
		if _, _ = fmt.Fprint(h, i); h.Sum32()%8 == 3 {
			add(c.unevenly, fmt.Sprint(i), i)
			made++
		}
	}
	for some := range slices.Chunk(writes, projector.MaxWrites) {
		if done, err := c.rows.Save(c.t.Context(), some...); err != nil || !done {
			c.t.Fatal(done, err)
		}
	}
	c.rec.Take()
}

func (c *costs) list(p *projector.Projector, limit int) {
	c.t.Helper()
	l, err := p.List(c.t.Context(), p.Views()[0], &projector.ListOptions{Limit: limit})
	if err != nil || len(l.Rows) > limit {
		c.t.Errorf("%d rows, %v", len(l.Rows), err)
	}
}

var scenarios = []struct {
	name  string
	run   func(c *costs)
	wants []string
}{
	{"project a new row without a rank", func(c *costs) { c.score(c.unranked, "a", 1) }, []string{"GetItem 1", "PutItem 1"}},
	{"project a new row with a rank", func(c *costs) { c.score(c.ranked, "a", 1) }, []string{"GetItem 1", "PutItem 1+1"}},
	{"project a row whose rank stays", func(c *costs) { c.score(c.ranked, "row1", 1) }, []string{"GetItem 1", "PutItem 1+1"}},
	{"project a row whose rank changes", func(c *costs) { c.score(c.ranked, "row1", 2) }, []string{"GetItem 1", "PutItem 1+2"}},
	{"list the first of 300 rows, by rank", func(c *costs) { c.list(c.ranked, 1) }, []string{"8 × Query 0+0.5"}},
	{"list 100 of 300 rows, by rank", func(c *costs) { c.list(c.ranked, 100) }, []string{"8 × Query 0+1"}},
	{"list 100 of 300 rows, by rank, that are all in one shard", func(c *costs) { c.list(c.unevenly, 100) },
		[]string{"7 × Query 0+0", "Query 0+1", "Query 0+3"}},
	{"list 100 of 300 rows, in no order", func(c *costs) { c.list(c.unranked, 100) }, []string{"Scan 25", "Scan 3.5"}},
}

func TestListCosts(t *testing.T) {
	t.Parallel()
	c := newCosts(t)
	c.fill(300)
	for _, s := range scenarios {
		s.run(c)
		if diff := cmp.Diff(s.wants, c.taken()); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", s.name, diff)
		}
	}
}

// A page of large rows ends at 4 MB, and a request at 1 MB: there are more of them then, but not many.
func TestListCostsOfLargeRows(t *testing.T) {
	t.Parallel()
	c := newCosts(t)
	const size = 300_000
	var writes []projector.Write
	for i := range 45 {
		writes = append(writes, projector.Write{ID: projector.ItemID{View: "ranked", Version: 1, ID: fmt.Sprint("large", i)}, Next: projector.Stored{
			Token: "t", Seen: 1, Rank: projector.RankInt(int64(i)), Row: fmt.Appendf(nil, `{"points":1,"name":%q}`, strings.Repeat("x", size)),
		}})
	}
	for some := range slices.Chunk(writes, 10) {
		if done, err := c.rows.Save(t.Context(), some...); err != nil || !done {
			t.Fatal(done, err)
		}
	}
	c.rec.Take()
	l, err := c.ranked.List(t.Context(), "ranked", &projector.ListOptions{Limit: projector.MaxList})
	if want := projector.MaxListPage/size + 2; err != nil || len(l.Rows) != want || l.Next == "" { // with the first, which is small
		t.Errorf("%d rows, want %d; %v", len(l.Rows), want, err)
	}
	if n := len(c.rec.Take()); n > 20 {
		t.Errorf("%d requests", n)
	}
}

const doc = "../../docs/views.md"

// The table in the documentation is what the test above holds the code to.
func TestListCostsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| what | requests, each with its units |\n|---|---|\n")
	for _, s := range scenarios {
		fmt.Fprintf(&table, "| %s | `%s` |\n", s.name, strings.Join(s.wants, "`, `"))
	}
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("%s doesn't have this table:\n%s", doc, table.String())
	}
}
