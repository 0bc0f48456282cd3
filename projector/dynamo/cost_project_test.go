package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
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

// projecting is a projector whose requests are recorded.
type projecting struct {
	t      *testing.T
	events *storedynamo.Backend
	s      *store.Store
	rows   *dynamo.Backend
	rec    *recorder.Recorder
	p      *projector.Projector
	bells  []projector.Doorbell
	broken bool // the view's code

	querying bool
}

// newProjecting makes one on tables of its own.
func newProjecting(t *testing.T) *projecting {
	t.Helper()
	client, rec := dynamolocal.Shared(t).Recorded()
	rec.MeasureCapacity(true)
	n := opened.Add(1)
	c := &projecting{
		t: t, rec: rec, rows: dynamo.New(client, fmt.Sprint("views", n)),
		events: storedynamo.New(client, storedynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)}),
	}
	c.s = store.New(c.events)
	c.must(c.events.CreateTables(t.Context()))
	c.must(c.rows.CreateTable(t.Context()))
	return c
}

func (c *projecting) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// start goes on as a process that has just started, and has the view registered.
func (c *projecting) start(views ...projector.Definition) {
	c.t.Helper()
	var err error
	c.p, err = projector.New(c.s, c.rows, &projector.Options{}, views...)
	c.must(err)
	_, err = c.p.Registrations(c.t.Context())
	c.must(err)
}

// commits appends n commits of an event with 200 bytes of data, to each of the keys in turn, and keeps their doorbells.
func (c *projecting) commits(n, keys int) {
	c.t.Helper()
	c.bells = nil
	for i := range n {
		events := []store.Pending{{Type: "scored", Data: fmt.Appendf(nil, `{"points":%d,"text":%q}`, i, strings.Repeat("x", 170))}}
		a, err := c.s.Append(c.t.Context(), fmt.Sprint("key", i%keys), store.Any(), events, nil)
		c.must(err)
		c.bells = append(c.bells, projector.Doorbell{
			Key: a.Key(), Revision: a.Revision(), Commit: &store.Commit{Key: a.Key(), Revision: a.First, Count: 1, Events: events},
		})
	}
	c.rec.Take()
}

func (c *projecting) ring() error { return c.p.Ring(context.Background(), c.bells) }

// total is a row of about 200 bytes.
type total struct {
	Events int    `json:"events"`
	Points int64  `json:"points"`
	Text   string `json:"text"`
}

func (c *projecting) add(row *total, e store.Committed) (*total, error) {
	if c.broken {
		return nil, errors.New("broken on purpose")
	}
	var scored total
	if err := json.Unmarshal(e.Data, &scored); err != nil {
		return nil, err
	}
	if row == nil {
		row = &total{Text: scored.Text}
	}
	row.Events++
	row.Points += scored.Points
	return row, nil
}

func (c *projecting) keyed(version int) projector.Definition {
	return projector.View[total]{Name: "totals", Version: version, Apply: c.add}
}

// ranked has its rows listed by points, which change with nearly each batch.
func (c *projecting) ranked() projector.Definition {
	return projector.View[total]{Name: "totals", Apply: c.add, Rank: func(row total) string { return projector.RankInt(row.Points) }}
}

// many has 4 rows, fed by all keys: an event touches one of them.
func (c *projecting) many() projector.Definition {
	return projector.View[total]{Name: "totals", Apply: c.add, IDs: func(e store.Committed) []string {
		return []string{fmt.Sprint("row", e.Key[len(e.Key)-1]%4)}
	}}
}

// reacting appends an event to another key for each one.
func (c *projecting) reacting() projector.Definition {
	return projector.React[total]{Name: "totals", Keys: []string{"key"}, Apply: func(row *total, e store.Committed) (*total, []projector.Reaction, error) {
		row, err := c.add(row, e)
		return row, []projector.Reaction{{Key: "of/" + e.Key, Events: []store.Pending{{Type: "reacted", Data: e.Data}}}}, err
	}}
}

// taken are the requests since the last time, each once with how often it was sent, in the order of their first answers. What is
// sent once in so many seconds is left out: where a rebuild is, and of a query, which version is live.
func (c *projecting) taken() []string {
	c.t.Helper()
	times := map[string]int{}
	var order []string
	for _, r := range c.rec.Take() {
		if strings.Contains(string(r.Body), "_note#totals#rebuild/") || c.querying && strings.Contains(string(r.Body), "_note#") {
			continue
		}
		line := c.cost(&r)
		if times[line]++; times[line] == 1 {
			order = append(order, line)
		}
	}
	for i, line := range order {
		if n := times[line]; n > 1 {
			order[i] = fmt.Sprintf("%d × %s", n, line)
		}
	}
	return order
}

// cost is a request with its units on the table, and on an index where it writes to one.
func (c *projecting) cost(r *recorder.Request) string {
	c.t.Helper()
	line := r.Operation
	if r.Status != 200 {
		return line + " refused"
	}
	switch r.Operation { // DynamoDB Local reports these wrong: by AWS's rules, then
	case "TransactWriteItems":
		return line + " " + c.transactionUnits(r.Body)
	case "BatchGetItem":
		return line + " " + c.batchUnits(r)
	}
	for _, used := range r.Consumed {
		line += fmt.Sprintf(" %g", used.OnTable)
		for _, units := range used.OnIndex {
			line += fmt.Sprintf("+%g", units)
		}
	}
	return line
}

// transactionUnits are 2 for each KB begun of each item, and 1 for those on the index of positions.
func (c *projecting) transactionUnits(body []byte) string {
	c.t.Helper()
	var sent struct {
		TransactItems []struct{ Put struct{ Item recorder.Item } }
	}
	c.must(json.Unmarshal(body, &sent))
	units, index := 0, 0
	for _, put := range sent.TransactItems {
		units += 2 * put.Put.Item.Kilobytes()
		if _, indexed := put.Put.Item["slice"]; indexed {
			index += put.Put.Item.Kilobytes()
		}
	}
	if index > 0 {
		return fmt.Sprintf("%d+%d", units, index)
	}
	return fmt.Sprint(units)
}

// batchUnits are 1 for each 4 KB begun of each item, and 1 for each that isn't there.
func (c *projecting) batchUnits(r *recorder.Request) string {
	c.t.Helper()
	var asked struct {
		RequestItems map[string]struct{ Keys []recorder.Item }
	}
	var answered struct{ Responses map[string][]recorder.Item }
	c.must(json.Unmarshal(r.Body, &asked))
	c.must(json.Unmarshal(r.Response, &answered))
	units := 0
	for table, items := range asked.RequestItems {
		units += len(items.Keys) - len(answered.Responses[table])
		for _, item := range answered.Responses[table] {
			units += (item.Kilobytes() + 3) / 4
		}
	}
	return fmt.Sprint(units)
}

// projectScenarios are what a projector does after prepare, and the requests that it sends then.
var projectScenarios = []struct {
	name    string
	prepare func(c *projecting)
	run     func(c *projecting) error
	wants   []string
}{
	{"100 commits of 10 keys, one row per key", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(100, 10)
	}, (*projecting).ring, []string{"GetItem 1", "BatchGetItem 10", "10 × PutItem 1"}},
	{"the same again", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(100, 10)
		c.must(c.ring())
	}, (*projecting).ring, []string{"GetItem 1"}},
	{"the same again, in a process that has just started", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(100, 10)
		c.must(c.ring())
		c.start(c.keyed(1))
	}, (*projecting).ring, []string{"GetItem 1", "BatchGetItem 10"}},
	{"1 commit of 1 key", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(1, 1)
	}, (*projecting).ring, []string{"2 × GetItem 1", "PutItem 1"}},
	{"1 commit behind one that never rang", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(2, 1)
		c.bells = c.bells[1:]
	}, (*projecting).ring, []string{"2 × GetItem 1", "Query 1", "PutItem 1"}},
	{"100 commits of 10 keys, rows with a rank that changes", func(c *projecting) {
		c.start(c.ranked())
		c.commits(100, 10)
		c.must(c.ring())
		c.commits(100, 10)
	}, (*projecting).ring, []string{"GetItem 1", "BatchGetItem 10", "10 × PutItem 1+2"}},
	{"100 commits of 10 keys into 4 rows", func(c *projecting) {
		c.start(c.many())
		c.commits(100, 10)
	}, (*projecting).ring, []string{"GetItem 1", "BatchGetItem 10", "BatchGetItem 4", "TransactWriteItems 28"}},
	{"100 commits of 100 keys into 4 rows", func(c *projecting) {
		c.start(c.many())
		c.commits(100, 100)
	}, (*projecting).ring, []string{"GetItem 1", "BatchGetItem 100", "BatchGetItem 4", "TransactWriteItems 200", "TransactWriteItems 16"}},
	{"an event that can't be folded: its key is parked", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(1, 1)
		c.broken = true
	}, (*projecting).ring, []string{"2 × GetItem 1", "PutItem 1+1"}},
	{"later news of a key that is parked", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(1, 1)
		c.broken = true
		c.must(c.ring())
		c.commits(1, 1)
	}, (*projecting).ring, []string{"2 × GetItem 1"}},
	{"a redrive once the code is mended", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(1, 1)
		c.broken = true
		c.must(c.ring())
		c.broken = false
	}, func(c *projecting) error {
		_, err := c.p.Redrive(context.Background(), "totals", "key0")
		return err
	}, []string{"3 × GetItem 1", "2 × Query 1", "PutItem 1+1", "Query 0"}},
	{"a process manager reacts to an event with an append", func(c *projecting) {
		c.start(c.reacting())
		c.commits(1, 1)
	}, (*projecting).ring, []string{"2 × GetItem 1", "Query 0", "TransactWriteItems 4+1", "PutItem 1"}},
	{"a query", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(1, 1)
		c.must(c.ring())
		c.querying = true
	}, (*projecting).query, []string{"GetItem 1"}},
	{"a sweep of 10 keys that the view has seen", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(100, 10)
		c.must(c.ring())
		c.rec.Take()
	}, func(c *projecting) error {
		return c.p.Sweep(context.Background(), &projector.RebuildOptions{Segments: 1})
	}, []string{"Scan 9", "GetItem 1", "BatchGetItem 10", "10 × Query 0", "10 × Query 1"}},
	{"a rebuild of 10 keys with 10 events each", func(c *projecting) {
		c.start(c.keyed(1))
		c.commits(100, 10)
		c.must(c.ring())
		c.start(c.keyed(1), c.keyed(2))
	}, func(c *projecting) error {
		_, err := c.p.Rebuild(context.Background(), "totals", 2, &projector.RebuildOptions{Segments: 1})
		return err
	}, []string{"2 × GetItem 1", "2 × TransactWriteItems 16", "2 × Scan 9", "5 × BatchGetItem 10", "10 × Query 1", "10 × PutItem 1", "Scan 2"}},
}

func (c *projecting) query() error {
	_, err := c.p.Query(context.Background(), "totals", "key0")
	return err
}

func TestProjectCosts(t *testing.T) {
	t.Parallel()
	for _, s := range projectScenarios {
		t.Run(s.name, func(t *testing.T) {
			c := newProjecting(t)
			s.prepare(c)
			c.rec.Take()
			c.must(s.run(c))
			got := c.taken()
			if diff := cmp.Diff(s.wants, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// The table in the documentation is what the test above holds the code to.
func TestProjectCostsAreDocumented(t *testing.T) {
	t.Parallel()
	const costs = "../../docs/costs.md"
	text, err := os.ReadFile(costs)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| what | requests, each with its units |\n|---|---|\n")
	for _, s := range projectScenarios {
		requests := make([]string, len(s.wants))
		for i, want := range s.wants {
			times, request, many := strings.Cut(want, " × ")
			if requests[i] = "`" + want + "`"; many {
				requests[i] = times + " × `" + request + "`"
			}
		}
		fmt.Fprintf(&table, "| %s | %s |\n", s.name, strings.Join(requests, ", "))
	}
	if !strings.Contains(string(text), table.String()) {
		t.Errorf("%s doesn't have this table:\n%s", costs, table.String())
	}
}
